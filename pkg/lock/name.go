package lock

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrName is the class of names that no pin can have.
var ErrName = errors.New("invalid name")

// reserved holds what a component cannot be: Nix's keywords (src/libexpr/lexer.l)
// and the attributes that Nix or nixpkgs' lib reads from a set by itself.
var reserved = []string{
	"assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with",
	"override", "overrideDerivation", "overrideAttrs", "recurseForDerivations",
	"outPath", "drvPath", "type", "outputs",
}

// maxName is the longest name in bytes; pname and store names are made of it.
const maxName = 200

// ValidateName reports what is wrong with a pin's name; the error is an [ErrName].
func ValidateName(name string) error {
	if len(name) > maxName {
		return fmt.Errorf("pin name %q: longer than %d bytes: %w", name[:maxName]+"…", maxName, ErrName)
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
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		case '0' <= c && c <= '9', c == '+', c == '-':
			if i == 0 {
				return false
			}
		default:
			return false
		}
	}
	return text != ""
}

var foreignCharacters = regexp.MustCompile(`[^A-Za-z0-9_+-]+`)

// maxClean is the longest name in bytes that CleanName gives, so that a scope has room beside it.
const maxClean = 100

// CleanName maps what upstream calls itself to a name: "plenary.nvim" to
// "plenary-nvim", "2048" to "_2048". The result is "" if nothing usable is left.
func CleanName(title string) string {
	name := strings.TrimLeft(foreignCharacters.ReplaceAllString(title, "-"), "-+")
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

// ScopedName puts a clean name into a scope and drops the scope's own prefix:
// "tree-sitter-rust" in "tree-sitter" is "tree-sitter/rust".
func ScopedName(scope, name string) string {
	if scope == "" {
		return name
	}
	scope = strings.TrimSuffix(scope, "/")
	last := scope[strings.LastIndexByte(scope, '/')+1:]
	for _, separator := range []string{"-", "_"} {
		if rest, found := strings.CutPrefix(name, last+separator); found && CleanName(rest) != "" {
			name = CleanName(rest)
			break
		}
	}
	return scope + "/" + name
}

// Variable returns the part of PINFETCH_OVERRIDE_<name> that stands for a pin:
// every character that an environment variable cannot hold becomes "_".
func Variable(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, name)
}

// Validate reports the first name that is invalid or stands in another's way; the error is an [ErrName].
func (f *File) Validate() error {
	return checkNames(f.Names(), f.Pins).err
}

// nameError is an error about a name; the zero value is none.
type nameError struct {
	name string
	err  error
}

// checkNames checks the names of pins, which are in order.
func checkNames[P any](names []string, pins map[string]P) nameError {
	variables := make(map[string]string, len(names))
	for _, name := range names {
		if err := ValidateName(name); err != nil {
			return nameError{name, err}
		}
		for i, c := range []byte(name) {
			if c != '/' {
				continue
			}
			if _, taken := pins[name[:i]]; taken {
				return nameError{name, fmt.Errorf("pin name %q: %q is a pin, so it cannot be a scope too: %w", name, name[:i], ErrName)}
			}
		}
		v := Variable(name)
		if other, taken := variables[v]; taken {
			return nameError{name, fmt.Errorf("pin name %q: PINFETCH_OVERRIDE_%s already stands for %q: %w", name, v, other, ErrName)}
		}
		variables[v] = name
	}
	return nameError{}
}
