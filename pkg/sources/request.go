package sources

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// ErrOtherKind is what a kind's Parse answers to a reference that is not its own.
var ErrOtherKind = errors.New("another kind of source")

// Request is a reference as a user typed it, with the wishes that go with it.
// The zero value of each wish is "not asked for"; the tag names its flag.
type Request struct {
	Ref string

	Tracking // what to follow
	Checkout // which tree of it
	Access   // what builds need to get at it

	Systems     []string `flag:"--system"`        // SYSTEM=URL, or SYSTEM where Ref has {system}
	Host        string   `flag:"--host"`          // a GitHub Enterprise host
	FetchURL    string   `flag:"--fetch-url"`     // what the build fetches, where it is not what is resolved
	Unpack      bool     `flag:"--unpack"`        // the file is an archive: pin its contents
	NoStripRoot bool     `flag:"--no-strip-root"` // with Unpack: keep the top-level directory
	Executable  bool     `flag:"--executable"`    // mark the file executable
	StoreName   string   `flag:"--store-name"`    // store name instead of nixpkgs' own
}

// Checkout asks for another tree than a commit's plain one; only git itself makes those.
type Checkout struct {
	Submodules     bool     `json:"submodules,omitzero" flag:"--submodules"`          // git submodules, recursively
	LFS            bool     `json:"lfs,omitzero" flag:"--lfs"`                        // git LFS contents instead of pointers
	SparseCheckout Patterns `json:"sparseCheckout,omitzero" flag:"--sparse-checkout"` // these folders (git's cone mode)
	RootDir        string   `json:"rootDir,omitzero" flag:"--root-dir"`               // only this folder of the repository
}

// IsPlain reports whether a commit's plain tree will do.
func (c Checkout) IsPlain() bool { return c == Checkout{} }

// Validate reports folders and patterns that git would misread. The error is an [ErrInvalid].
func (c Checkout) Validate() error { return ValidateCheckout(c.SparseCheckout, c.RootDir) }

// GitFlags are the wishes that every git-hosted kind grants, for [Request.Allow].
func GitFlags(more ...string) []string {
	return append([]string{
		"--branch", "--tag", "--constraint", "--prerelease", "--rev",
		"--submodules", "--lfs", "--sparse-checkout", "--root-dir", "--store-name", "--private",
	}, more...)
}

// Tracking says what a git-hosted source follows: a branch, the newest matching
// version tag, the newest release of the forge, or one fixed revision. At most
// one of the four is set; none leaves it open.
type Tracking struct {
	Branch     string `json:"branch,omitzero" flag:"--branch"`         // a branch's name, without refs/heads/
	Tags       string `json:"tags,omitzero" flag:"--tag"`              // a glob over whole tag names; newest version wins
	Release    bool   `json:"release,omitzero" flag:"--release"`       // the forge's releases; newest version wins
	Constraint string `json:"constraint,omitzero" flag:"--constraint"` // with Tags or Release: "<2", ">=1.4, <2"
	Prerelease bool   `json:"prerelease,omitzero" flag:"--prerelease"` // with Tags or Release: pre-releases too
	Rev        string `json:"rev,omitzero" flag:"--rev"`               // a full commit ID, or a tag's whole name
}

// IsOpen reports whether nothing to follow is named.
func (t Tracking) IsOpen() bool { return t.Branch == "" && t.Tags == "" && !t.Release && t.Rev == "" }

// Validate reports wishes that exclude each other, and names that git would
// read as an option. The error is an [ErrInvalid].
func (t Tracking) Validate() error {
	chosen := 0
	for _, set := range [...]bool{t.Branch != "", t.Tags != "", t.Release, t.Rev != ""} {
		if set {
			chosen++
		}
	}
	if chosen > 1 {
		return Invalid("a pin follows one thing, so --branch, --tag, --release and --rev exclude each other")
	}
	if (t.Constraint != "" || t.Prerelease) && (t.Branch != "" || t.Rev != "") {
		return Invalid("--constraint and --prerelease choose among versions: they go with --tag or --release")
	}
	for _, name := range [...]string{t.Branch, t.Rev} {
		if name != "" && !validRefName(name) {
			return Invalid("%q cannot be the name of a branch, tag or commit", name)
		}
	}
	if t.Tags != "" && !isGlob(t.Tags) {
		return WithHint(Invalid("%q is no glob that the name of a tag can match", t.Tags), `write one such as "v1.*" or "tool-*"`)
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

// validRefName holds the rules of git-check-ref-format(1) for one name below refs/heads/ or refs/tags/.
func validRefName(name string) bool {
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

// Allow reports the first wish that is set and whose flag is not among those that
// a kind knows: a wish is granted or refused, never dropped. The error is an [ErrInvalid].
func (r Request) Allow(kind string, flags ...string) error {
	known := make(map[string]bool, len(flags))
	for _, flag := range flags {
		known[flag] = true
	}
	for _, v := range []reflect.Value{reflect.ValueOf(r), reflect.ValueOf(r.Tracking), reflect.ValueOf(r.Checkout), reflect.ValueOf(r.Access)} {
		for i := range v.NumField() {
			flag := v.Type().Field(i).Tag.Get("flag")
			if flag != "" && !known[flag] && !v.Field(i).IsZero() {
				return Invalid("%s does not apply to %s %q", flag, kind, redact.Reference(r.Ref))
			}
		}
	}
	return nil
}

// Parse turns a user's reference into a valid Spec of the first kind that knows it.
// The error is an [ErrInvalid].
func (s *Set) Parse(r Request) (Spec, error) {
	for _, k := range s.kinds {
		spec, err := k.parse(r)
		if errors.Is(err, ErrOtherKind) {
			continue
		}
		if err == nil {
			err = spec.Validate()
		}
		if err != nil {
			return nil, fmt.Errorf("reference %q: %w", redact.Reference(r.Ref), err)
		}
		return spec, nil
	}
	return nil, fmt.Errorf("reference %q: %w", redact.Reference(r.Ref),
		Invalid("want github:OWNER/REPO, git+https://HOST/PATH or https://HOST/PATH"))
}
