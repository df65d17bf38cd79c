package sources

import (
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Checkout asks for another tree than a commit's plain one. Only git itself can make it.
type Checkout struct {
	Submodules     bool     `json:"submodules,omitzero" option:"submodules" help:"include git submodules, recursively"`
	LFS            bool     `json:"lfs,omitzero" option:"lfs" help:"include the contents of Git LFS files"`
	SparseCheckout Patterns `json:"sparseCheckout,omitzero" option:"sparse-checkout" value:"DIR" help:"keep only DIR and files above it; repeatable"`
	RootDir        string   `json:"rootDir,omitzero" option:"root-dir" value:"DIR" help:"keep only DIR, as the root"`
}

// IsPlain reports whether a commit's plain tree will do.
func (c Checkout) IsPlain() bool { return c == Checkout{} }

// Validate refuses sparse-checkout patterns and directories that git would read as options or that leave the
// checkout. The error is an [ErrInvalid].
func (c Checkout) Validate() error {
	for _, pattern := range c.SparseCheckout.List() {
		if pattern == "" || strings.HasPrefix(pattern, "-") || !terminal.IsSafe(pattern) {
			return Invalid("invalid sparse-checkout pattern %q", pattern)
		}
	}
	if c.RootDir == "" {
		return nil
	}
	for part := range strings.SplitSeq(c.RootDir, "/") {
		if part == "" || part == "." || part == ".." || part == ".git" || strings.HasPrefix(c.RootDir, "-") || !terminal.IsSafe(c.RootDir) {
			return Invalid("root directory %q is not a directory of a checkout", c.RootDir)
		}
	}
	return nil
}

// Patterns is a list of sparse-checkout patterns, one per line, so that the list is comparable.
type Patterns string

// NewPatterns joins patterns. None may contain a line break.
func NewPatterns(patterns ...string) Patterns { return Patterns(strings.Join(patterns, "\n")) }

// List returns the patterns, nil if there are none.
func (p Patterns) List() []string {
	if p == "" {
		return nil
	}
	return strings.Split(string(p), "\n")
}

// MarshalJSON writes the list as an array of strings.
func (p Patterns) MarshalJSON() ([]byte, error) { return json.Marshal(p.List()) }

// UnmarshalJSON reads an array of strings.
func (p *Patterns) UnmarshalJSON(data []byte) error {
	var list []string
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	for _, pattern := range list {
		if pattern == "" || strings.Contains(pattern, "\n") {
			return Invalid("invalid sparse-checkout pattern %q", pattern)
		}
	}
	*p = NewPatterns(list...)
	return nil
}
