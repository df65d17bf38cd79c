package sources

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// BySystem is a text for each of some systems. So that it is comparable, it is lines "SYSTEM TEXT" in the order of systems.
type BySystem string

// NewBySystem makes a BySystem of texts without line breaks.
func NewBySystem(texts map[string]string) BySystem {
	var lines []string
	for _, system := range slices.Sorted(maps.Keys(texts)) {
		lines = append(lines, system+" "+texts[system])
	}
	return BySystem(strings.Join(lines, "\n"))
}

// ParseBySystem reads words of the form SYSTEM=TEXT. own returns the text for a SYSTEM without one.
func ParseBySystem(words []string, own func(system string) (string, error)) (BySystem, error) {
	texts := make(map[string]string)
	for _, word := range words {
		system, text, _ := strings.Cut(word, "=")
		if err := ValidateSystem(system); err != nil {
			return "", err
		}
		if _, twice := texts[system]; twice {
			return "", Invalid("system %s is given twice", system)
		}
		if text == "" {
			var err error
			if text, err = own(system); err != nil {
				return "", err
			}
		}
		if strings.Contains(text, "\n") {
			return "", Invalid("the text for %s contains a line break", system)
		}
		texts[system] = text
	}
	return NewBySystem(texts), nil
}

// Texts returns the texts by system.
func (b BySystem) Texts() map[string]string {
	texts := make(map[string]string)
	for line := range strings.SplitSeq(string(b), "\n") {
		if system, text, found := strings.Cut(line, " "); found {
			texts[system] = text
		}
	}
	return texts
}

// Words returns the texts as a user gives them, SYSTEM=TEXT, in the order of systems.
func (b BySystem) Words() []string {
	var words []string
	texts := b.Texts()
	for _, system := range slices.Sorted(maps.Keys(texts)) {
		words = append(words, system+"="+texts[system])
	}
	return words
}

// MarshalJSON returns an object of texts by system.
func (b BySystem) MarshalJSON() ([]byte, error) {
	return json.Marshal(b.Texts(), json.Deterministic(true))
}

// UnmarshalJSON reads an object of texts by system.
func (b *BySystem) UnmarshalJSON(data []byte) error {
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		return err
	}
	if len(texts) == 0 {
		return Invalid(`"systems" is empty`)
	}
	for system, text := range texts {
		if err := ValidateSystem(system); err != nil {
			return err
		}
		if strings.Contains(text, "\n") {
			return Invalid("the text for %s contains a line break", system)
		}
	}
	*b = NewBySystem(texts)
	return nil
}
