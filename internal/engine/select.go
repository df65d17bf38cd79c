package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/internal/nearest"
	"github.com/pinfetch/pinfetch/pkg/lock"
)

// ErrUnknownName is the class of [*UnknownNameError].
var ErrUnknownName = errors.New("no such pin")

// UnknownNameError means that a name, scope or glob selects no pin.
type UnknownNameError struct {
	Word    string
	Nearest string // the most similar name, "" if none is similar
	IsScope bool   // Word is a scope without its slash
	Err     error  // why Word is not a valid glob, or nil
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
	Names []string // in name order
	words []string // that selected them
}

// Select finds pins by name, by scope ("tree-sitter/") and by glob ("tree-sitter/*", where * matches any characters).
// Without words it selects all. The error is an [*UnknownNameError].
func Select(f *lock.File, words []string) (Selection, error) {
	if len(words) == 0 {
		return Selection{Names: f.Names()}, nil
	}
	selected := make(map[string]bool)
	for _, word := range words {
		names, err := match(f, word)
		if err != nil {
			return Selection{}, err
		}
		for _, name := range names {
			selected[name] = true
		}
	}
	return Selection{slices.Sorted(maps.Keys(selected)), words}, nil
}

// Without returns the selection without the pins that other words select, which need not be in it. The error is an
// [*UnknownNameError].
func (s Selection) Without(f *lock.File, words []string) (Selection, error) {
	if len(words) == 0 {
		return s, nil
	}
	excluded, err := Select(f, words)
	if err != nil {
		return Selection{}, err
	}
	isExcluded := func(name string) bool { return slices.Contains(excluded.Names, name) }
	return Selection{slices.DeleteFunc(slices.Clone(s.Names), isExcluded), s.words}, nil
}

// skips reports whether a pin is left out because it is frozen and was not named.
func (s Selection) skips(f *lock.File, name string) bool {
	return f.Pins[name].Frozen && !slices.Contains(s.words, name)
}

func match(f *lock.File, word string) ([]string, error) {
	if _, found := f.Pins[word]; found {
		return []string{word}, nil
	}
	keep := func(string) bool { return false }
	switch {
	case strings.HasSuffix(word, "/"):
		keep = func(name string) bool { return strings.HasPrefix(name, word) }
	case isGlob(word):
		g, err := glob.Compile(word)
		if err != nil {
			return nil, &UnknownNameError{Word: word, Err: err}
		}
		keep = g.Match
	}
	names := slices.DeleteFunc(f.Names(), func(name string) bool { return !keep(name) })
	if len(names) == 0 {
		return nil, unknown(f, word)
	}
	return names, nil
}

func isGlob(word string) bool { return strings.ContainsAny(word, "*?[{") }

func unknown(f *lock.File, word string) error {
	if slices.ContainsFunc(f.Names(), func(name string) bool { return strings.HasPrefix(name, word+"/") }) {
		return &UnknownNameError{Word: word, IsScope: true}
	}
	if isGlob(word) {
		return &UnknownNameError{Word: word}
	}
	names := f.Names()
	candidates := slices.Clone(names)
	for _, name := range names {
		candidates = append(candidates, name[strings.LastIndexByte(name, '/')+1:])
	}
	found := nearest.Word(word, candidates)
	if i := slices.Index(candidates, found); i >= len(names) {
		found = names[i-len(names)]
	}
	return &UnknownNameError{Word: word, Nearest: found}
}
