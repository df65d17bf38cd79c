package sources

import (
	"fmt"
	"strings"

	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Tracking says what a git-hosted source follows: a branch, the newest matching version tag, the newest release of
// the forge, or one fixed revision. At most one of the four is set. With none, the kind chooses. Names may be full names of
// refs, such as "refs/heads/main".
type Tracking struct {
	Branch  string `json:"branch,omitzero" option:"branch" short:"b" value:"NAME" help:"follow the branch NAME; HEAD is the default branch"`
	Tags    string `json:"tags,omitzero" option:"tag" value:"GLOB" help:"follow the newest version among tags matching GLOB"`
	Release bool   `json:"release,omitzero" option:"release" help:"follow the forge's newest release"`
	Range
	Rev string `json:"rev,omitzero" option:"rev" value:"REV" help:"stay at REV, a full commit ID, tag or version"`
}

// DefaultBranch is the Branch of a source that follows the default branch of its repository, whatever its name.
const DefaultBranch = "HEAD"

// IsOpen reports whether nothing to follow is named.
func (t Tracking) IsOpen() bool { return t.Branch == "" && t.Tags == "" && !t.Release && t.Rev == "" }

// Commit returns the full commit ID that the source stays at, "" if it may move.
func (t Tracking) Commit() string {
	if IsCommit(t.Rev) {
		return t.Rev
	}
	return ""
}

// String names the whole rule, to be put after "follows": `version tags "v*" that satisfy "<2"`. It is "" if nothing is
// followed.
func (t Tracking) String() string {
	what := ""
	switch {
	case t.Branch == DefaultBranch:
		return "the default branch"
	case t.Branch != "":
		return fmt.Sprintf("the branch %q", t.Branch)
	case t.Tags != "":
		what = fmt.Sprintf("version tags %q", t.Tags)
	case t.Release:
		what = "the forge's releases"
	default:
		return ""
	}
	return what + t.Range.String()
}

// Validate refuses settings that exclude each other, and names that git would read as an option. The error is
// an [ErrInvalid].
func (t Tracking) Validate() error {
	given := 0
	for _, set := range [...]bool{t.Branch != "", t.Tags != "", t.Release, t.Rev != ""} {
		if set {
			given++
		}
	}
	if given > 1 {
		return &OptionError{[]string{"branch", "tag", "release", "rev"}, "exclude each other: a pin follows one thing"}
	}
	if t.Range != (Range{}) && (t.Branch != "" || t.Rev != "") {
		err := &OptionError{[]string{"constraint", "prerelease", "min-age"}, "choose among versions, which a branch or a fixed revision does not have"}
		return WithSettings(err, Setting{Option: "tag", Value: "*"}, Setting{Option: "release"})
	}
	for _, name := range [...]string{t.Branch, t.Rev} {
		if name != "" && !isRefName(name) {
			return Invalid("%q is not a valid name of a branch, tag or commit", name)
		}
	}
	if err := t.validateFullName(); err != nil {
		return err
	}
	if t.Tags != "" && !isGlob(t.Tags) {
		return WithHint(Invalid("%q is not a glob that can match the name of a tag", t.Tags), `write a glob such as "v1.*" or "tool-*"`)
	}
	return t.Range.Validate()
}

// validateFullName refuses a full ref name of another kind than the setting takes.
func (t Tracking) validateFullName() error {
	const heads, tags = "refs/heads/", "refs/tags/"
	branch, isBranch := strings.CutPrefix(t.Rev, heads)
	switch {
	case isBranch:
		return WithSettings(Invalid("%q is a branch, which moves", t.Rev), Setting{Option: "branch", Value: branch})
	case strings.HasPrefix(t.Branch, "refs/") && !strings.HasPrefix(t.Branch, heads):
		rev := strings.TrimPrefix(t.Branch, tags)
		return WithSettings(Invalid("%q is not a branch", t.Branch), Setting{Option: "rev", Value: rev})
	case strings.HasPrefix(t.Tags, "refs/") && !strings.HasPrefix(t.Tags, tags):
		return WithHint(Invalid("%q does not match tags", t.Tags), `write a glob such as "v1.*" or "refs/tags/v1.*"`)
	}
	return nil
}

func isGlob(tags string) bool {
	_, err := glob.Compile(tags)
	return err == nil && !strings.ContainsAny(tags, " ~^:") && !strings.HasPrefix(tags, "-") && terminal.IsSafe(tags)
}

// isRefName holds a name below refs/heads/ or refs/tags/ to the rules of git-check-ref-format(1), and refuses what git
// would read as an option or a terminal would obey.
func isRefName(name string) bool {
	return IsRefName("refs/heads/"+name) && name != "@" && !strings.HasPrefix(name, "-") && terminal.IsSafe(name)
}
