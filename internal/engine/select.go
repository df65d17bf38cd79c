package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// ErrUnknownName is the class of names, scopes and globs that select no pin.
var ErrUnknownName = errors.New("no such pin")

// Selection is a choice of pins.
type Selection struct {
	Names []string        // in name order
	named map[string]bool // those that were selected by their own name
}

// Select finds pins by name, by scope ("tree-sitter/") and by glob ("tree-sitter/*", where * stands for any
// characters). No words select all. The error is an [ErrUnknownName].
func Select(f *lock.File, words []string) (Selection, error) {
	if len(words) == 0 {
		return Selection{Names: f.Names()}, nil
	}
	selected, named := make(map[string]bool), make(map[string]bool)
	for _, word := range words {
		names, err := match(f, word)
		if err != nil {
			return Selection{}, err
		}
		for _, name := range names {
			selected[name] = true
			named[name] = named[name] || name == word
		}
	}
	return Selection{Names: slices.Sorted(maps.Keys(selected)), named: named}, nil
}

// skips reports whether a pin is left out because it is frozen and was not named.
func (s Selection) skips(f *lock.File, name string) bool {
	return f.Pins[name].Frozen && !s.named[name]
}

func match(f *lock.File, word string) ([]string, error) {
	if _, found := f.Pins[word]; found {
		return []string{word}, nil
	}
	var names []string
	switch {
	case strings.HasSuffix(word, "/"):
		names = filter(f, func(name string) bool { return strings.HasPrefix(name, word) })
	case strings.ContainsAny(word, "*?[{"):
		g, err := glob.Compile(word)
		if err != nil {
			return nil, fmt.Errorf("glob %q: %w: %w", word, err, ErrUnknownName)
		}
		names = filter(f, g.Match)
	}
	if len(names) > 0 {
		return names, nil
	}
	return nil, unknown(f, word)
}

func filter(f *lock.File, keep func(string) bool) []string {
	var names []string
	for _, name := range f.Names() {
		if keep(name) {
			names = append(names, name)
		}
	}
	return names
}

// farthest is how many letters a name may differ from a word that it is offered for.
const farthest = 3

func unknown(f *lock.File, word string) error {
	err := fmt.Errorf("%q: %w", word, ErrUnknownName)
	if len(filter(f, func(name string) bool { return strings.HasPrefix(name, word+"/") })) > 0 {
		return sources.WithHint(err, "%q is a scope: write %s/ for all pins in it", word, word)
	}
	best, distance := "", min(farthest, len(word)/3)+1
	if strings.ContainsAny(word, "*?[{") {
		distance = 0
	}
	for _, name := range f.Names() {
		for _, candidate := range []string{name, name[strings.LastIndexByte(name, '/')+1:]} {
			if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(candidate)); d < distance {
				best, distance = name, d
			}
		}
	}
	if best != "" {
		return sources.WithHint(err, "did you mean %q?", best)
	}
	return sources.WithHint(err, "pinfetch show --plain lists the pins there are")
}
