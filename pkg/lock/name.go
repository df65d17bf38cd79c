package lock

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// ErrName is the class of names that no pin can have.
var ErrName = errors.New("invalid name")

// reserved contains Nix's keywords (src/libexpr/lexer.l) and the attributes to which Nix or nixpkgs' lib gives a meaning.
var reserved = []string{
	"assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with",
	"override", "overrideDerivation", "overrideAttrs", "recurseForDerivations",
	"outPath", "drvPath", "type", "outputs",
}

// maxName is the length of the longest name, in bytes. pname and store names are made of it.
const maxName = 200

// ValidateName refuses a name that is malformed, is longer than 200 bytes, or means something else to Nix. The error is an
// [ErrName].
func ValidateName(name string) error {
	if len(name) > maxName {
		return fmt.Errorf("pin name %q: longer than %d bytes: %w", terminal.Shorten(name, maxName), maxName, ErrName)
	}
	for component := range strings.SplitSeq(name, "/") {
		switch {
		case !isComponent(component):
			return fmt.Errorf("pin name %q: %q does not match [A-Za-z_][A-Za-z0-9_+-]*: %w", name, component, ErrName)
		case slices.Contains(reserved, component):
			return fmt.Errorf("pin name %q: %q means something else to Nix: %w", name, component, ErrName)
		case strings.HasPrefix(component, "__"):
			return fmt.Errorf("pin name %q: a leading __ means something else to Nix: %w", name, ErrName)
		}
	}
	return nil
}

// isComponent reports whether text matches [A-Za-z_][A-Za-z0-9_+-]*.
func isComponent(text string) bool {
	return text != "" && strings.IndexByte("0123456789+-", text[0]) < 0 && !strings.ContainsFunc(text, isForeign)
}

// isForeign reports whether no name contains r.
func isForeign(r rune) bool { return !isWordCharacter(r) && r != '+' && r != '-' }

func isWordCharacter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_'
}

// maxClean is the length of the longest name that CleanName returns, in bytes. It leaves room for a scope.
const maxClean = 100

// CleanName turns upstream's name of a source into a valid name: "plenary.nvim" into "plenary-nvim", "2048" into "_2048".
// It returns "" if nothing usable is left.
func CleanName(title string) string {
	name := strings.TrimLeft(strings.Join(strings.FieldsFunc(title, isForeign), "-"), "-+")
	if strings.HasPrefix(name, "__") {
		name = "_" + strings.TrimLeft(name, "_")
	}
	if name != "" && !isComponent(name) {
		name = "_" + name
	}
	name = strings.TrimRight(name[:min(len(name), maxClean)], "-")
	if slices.Contains(reserved, name) {
		name += "_"
	}
	return name
}

// ScopedName puts a clean name into a scope, "" for none, without the scope's own prefix: "tree-sitter-rust" in
// "tree-sitter" becomes "tree-sitter/rust".
func ScopedName(scope, name string) string {
	if scope == "" {
		return name
	}
	scope = strings.TrimSuffix(scope, "/")
	last := scope[strings.LastIndexByte(scope, '/')+1:]
	for _, separator := range []string{"-", "_"} {
		if rest, found := strings.CutPrefix(name, last+separator); found && CleanName(rest) != "" {
			return scope + "/" + CleanName(rest)
		}
	}
	return scope + "/" + name
}

// Variable returns the last part of PINFETCH_OVERRIDE_<name>, the environment variable that overrides a pin: every
// character that such a name cannot contain becomes "_".
func Variable(name string) string {
	return strings.Map(func(r rune) rune {
		if isWordCharacter(r) {
			return r
		}
		return '_'
	}, name)
}

// Validate reports the first name that is invalid or collides with another. The error is an [ErrName].
func (f *File) Validate() error {
	_, err := checkNames(f.Names())
	return err
}

// checkNames checks names, and returns the index of the first bad one.
func checkNames(names []string) (index int, err error) {
	var all Names
	for i, name := range names {
		if err := all.Add(name); err != nil {
			return i, err
		}
	}
	return 0, nil
}

// Names is a set of names of pins that do not collide. The zero value is empty.
type Names struct {
	variables map[string]string // names by variable
	scopes    map[string]string // a name in each scope
}

// Add adds a name, unless it is invalid or collides with another. The error is an [ErrName].
func (n *Names) Add(name string) error {
	if err := ValidateName(name); err != nil {
		return err
	}
	if n.variables == nil {
		n.variables, n.scopes = make(map[string]string), make(map[string]string)
	}
	v := Variable(name)
	if inner, isScope := n.scopes[name]; isScope {
		return fmt.Errorf("pin name %q: it is the scope of %q, so it cannot also be a pin: %w", name, inner, ErrName)
	}
	for end, c := range []byte(name) {
		if c == '/' && n.has(name[:end]) {
			return fmt.Errorf("pin name %q: %q is a pin, so it cannot also be a scope: %w", name, name[:end], ErrName)
		}
	}
	if other, taken := n.variables[v]; taken {
		return fmt.Errorf("pin name %q: PINFETCH_OVERRIDE_%s already stands for %q: %w", name, v, other, ErrName)
	}
	n.variables[v] = name
	for end, c := range []byte(name) {
		if c == '/' {
			n.scopes[name[:end]] = name
		}
	}
	return nil
}

func (n *Names) has(name string) bool { return n.variables[Variable(name)] == name }
