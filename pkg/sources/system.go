package sources

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// systemPattern is the form of Nix's system doubles (nixpkgs, lib/systems/doubles.nix).
var systemPattern = regexp.MustCompile(`^[a-z0-9_]+-[a-z0-9]+$`)

// ValidateSystem refuses text that is not a system double. The error is an [ErrInvalid].
func ValidateSystem(system string) error {
	if !systemPattern.MatchString(system) {
		return Invalid("%q is not a system such as x86_64-linux", system)
	}
	return nil
}

// BySystem is a word for each of some systems, such as the registry's name of the platform. So that it is comparable, it has
// lines "SYSTEM WORD" in the order of systems.
type BySystem string

// NewBySystem returns the words by system. None may contain white space.
func NewBySystem(words map[string]string) BySystem {
	var lines []string
	for _, system := range slices.Sorted(maps.Keys(words)) {
		lines = append(lines, system+" "+words[system])
	}
	return BySystem(strings.Join(lines, "\n"))
}

// Map is the inverse of [NewBySystem].
func (b BySystem) Map() map[string]string {
	words := make(map[string]string)
	for line := range strings.Lines(string(b)) {
		system, word, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		words[system] = word
	}
	return words
}

// Options returns the words as a user gives them, SYSTEM=WORD.
func (b BySystem) Options() []string {
	if b == "" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(string(b), " ", "="), "\n")
}

// MarshalJSON returns an object of words by system.
func (b BySystem) MarshalJSON() ([]byte, error) {
	return json.Marshal(b.Map(), json.Deterministic(true))
}

// UnmarshalJSON reads an object of words by system.
func (b *BySystem) UnmarshalJSON(data []byte) error {
	var words map[string]string
	if err := json.Unmarshal(data, &words); err != nil {
		return err
	}
	if len(words) == 0 {
		return Invalid(`"systems" is empty`)
	}
	for system, word := range words {
		if err := ValidateSystem(system); err != nil {
			return err
		}
		if strings.ContainsAny(word, " \t\r\n") {
			return Invalid("the word for %s contains white space", system)
		}
	}
	*b = NewBySystem(words)
	return nil
}
