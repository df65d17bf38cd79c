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
)

// ErrUnknownName is the class of [*UnknownNameError].
var ErrUnknownName = errors.New("no such pin")

// UnknownNameError means that a name, scope or glob selects no pin.
type UnknownNameError struct {
	Word    string
	Nearest string // the most similar name, "" if none is similar
	IsScope bool   // it is a scope, written without its slash
	Err     error  // why it is not a glob, or nil
}

func (e *UnknownNameError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("glob %q: %v: %v", e.Word, e.Err, ErrUnknownName)
	}
	return fmt.Sprintf("%q: %v", e.Word, ErrUnknownName)
}

func (e *UnknownNameError) Unwrap() error { return ErrUnknownName }

// Selection is a choice of pins.
type Selection struct {
	Names []string        // in name order
	named map[string]bool // those selected by their full name
}

// Select finds pins by name, by scope ("tree-sitter/") and by glob ("tree-sitter/*", where * matches any characters). No
// words select all. The error is an [*UnknownNameError].
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
			return nil, &UnknownNameError{Word: word, Err: err}
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

// farthest is how many letters a name may differ from a word that it is suggested for.
const farthest = 3

func unknown(f *lock.File, word string) error {
	if len(filter(f, func(name string) bool { return strings.HasPrefix(name, word+"/") })) > 0 {
		return &UnknownNameError{Word: word, IsScope: true}
	}
	if strings.ContainsAny(word, "*?[{") {
		return &UnknownNameError{Word: word}
	}
	nearest, distance := "", min(farthest, len(word)/3)+1
	for _, name := range f.Names() {
		for _, candidate := range []string{name, name[strings.LastIndexByte(name, '/')+1:]} {
			if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(candidate)); d < distance {
				nearest, distance = name, d
			}
		}
	}
	return &UnknownNameError{Word: word, Nearest: nearest}
}
