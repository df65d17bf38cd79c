package sources

import (
	"strings"

	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Tracking says what a git-hosted source follows: a branch, the newest matching version tag, the newest release of
// the forge, or one fixed revision. At most one of the four is set. With none, the kind chooses.
type Tracking struct {
	Branch     string `json:"branch,omitzero" option:"branch" short:"b" value:"NAME" help:"follow the branch NAME"`
	Tags       string `json:"tags,omitzero" option:"tag" value:"GLOB" help:"follow the newest version among tags matching GLOB"`
	Release    bool   `json:"release,omitzero" option:"release" help:"follow the forge's newest release"`
	Constraint string `json:"constraint,omitzero" option:"constraint" value:"RANGE" help:"accept only versions in RANGE, such as '>=1.4, <2'"`
	Prerelease bool   `json:"prerelease,omitzero" option:"prerelease" help:"also accept pre-releases"`
	Rev        string `json:"rev,omitzero" option:"rev" value:"REV" help:"stay at REV, a full commit ID or exact tag name"`
}

// IsOpen reports whether nothing to follow is named.
func (t Tracking) IsOpen() bool { return t.Branch == "" && t.Tags == "" && !t.Release && t.Rev == "" }

// Commit returns the full commit ID that the source stays at, "" if it may move.
func (t Tracking) Commit() string {
	if IsCommit(t.Rev) {
		return t.Rev
	}
	return ""
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
	if (t.Constraint != "" || t.Prerelease) && (t.Branch != "" || t.Rev != "") {
		err := &OptionError{[]string{"constraint", "prerelease"}, "choose among versions, which a branch or a fixed revision does not have"}
		return WithSettings(err, Setting{Option: "tag", Value: "*"}, Setting{Option: "release"})
	}
	for _, name := range [...]string{t.Branch, t.Rev} {
		if name != "" && !isRefName(name) {
			return Invalid("%q is not a valid name of a branch, tag or commit", name)
		}
	}
	if t.Tags != "" && !isGlob(t.Tags) {
		return WithHint(Invalid("%q is not a glob that can match the name of a tag", t.Tags), `write a glob such as "v1.*" or "tool-*"`)
	}
	if _, err := version.ParseConstraint(t.Constraint); err != nil {
		return Invalid("%v", err)
	}
	return nil
}

func isGlob(tags string) bool {
	_, err := glob.Compile(tags)
	return err == nil && !strings.ContainsAny(tags, " ~^:") && !strings.HasPrefix(tags, "-") && terminal.IsSafe(tags)
}

// isRefName holds one name below refs/heads/ or refs/tags/ to the rules of git-check-ref-format(1).
func isRefName(name string) bool {
	if strings.HasPrefix(name, "-") || strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") ||
		strings.HasSuffix(name, ".") || name == "@" || strings.Contains(name, "..") ||
		strings.Contains(name, "//") || strings.Contains(name, "@{") || strings.ContainsAny(name, "~^:?*[\\") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return terminal.IsSafe(name) && !strings.Contains(name, " ")
}
