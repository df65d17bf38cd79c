package bot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Groups say which pins share a request. The zero value is one request for each pin.
type Groups struct {
	named []group
	mode  string // of the pins that are in no named group: pin, scope or all
}

type group struct {
	name    string
	matches func(pin string) bool
}

const all = "all"

// ParseGroups reads words: "pin", "scope" or "all", and any number of "NAME=GLOB", of which the first that matches a pin counts.
// The error is a [sources.ErrInvalid].
func ParseGroups(words []string) (g Groups, err error) {
	for _, word := range words {
		name, pattern, isNamed := strings.Cut(word, "=")
		switch {
		case !isNamed && slices.Contains([]string{"pin", "scope", all}, word):
			if g.mode != "" && g.mode != word {
				return Groups{}, sources.Invalid("groups %q and %q exclude each other", g.mode, word)
			}
			g.mode = word
			continue
		case !isNamed:
			return Groups{}, sources.WithHint(sources.Invalid("unknown group %q", word), "choose pin, scope, all or NAME=GLOB")
		case !sources.IsRefName("refs/heads/"+Prefix+name) || strings.Contains(name, "/"):
			return Groups{}, sources.Invalid("group name %q cannot be part of a branch", name)
		}
		compiled, err := glob.Compile(pattern)
		if err != nil || pattern == "" {
			return Groups{}, sources.Invalid("glob %q of group %q is malformed", pattern, name)
		}
		g.named = append(g.named, group{name, compiled.Match})
	}
	return g, nil
}

// of returns the name of a pin's group. A scope within a scope has no group of its own, because its branch would be in the
// directory of another.
func (g Groups) of(pin string) string {
	for _, named := range g.named {
		if named.matches(pin) {
			return named.name
		}
	}
	switch g.mode {
	case all:
		return all
	case "scope":
		scope, _, _ := strings.Cut(pin, "/")
		return scope
	}
	return pin
}

// assign returns the pins of each group. The error is a [sources.ErrInvalid] if the branches of two groups exclude each other, or if
// a named group is called like a pin outside it.
func (g Groups) assign(pins []string) (map[string][]string, error) {
	groups := make(map[string][]string)
	for _, pin := range pins {
		name := g.of(pin)
		groups[name] = append(groups[name], pin)
	}
	for name, members := range groups {
		if slices.Contains(pins, name) && !slices.Equal(members, []string{name}) {
			return nil, sources.WithHint(sources.Invalid("%q is both a pin and a group", name), "give the group another name")
		}
		for parent := name; strings.Contains(parent, "/"); {
			parent = parent[:strings.LastIndex(parent, "/")]
			if groups[parent] != nil {
				return nil, sources.WithHint(sources.Invalid("groups %q and %q cannot both have a branch: one is a directory of the other", parent, name),
					"give the first one another name, or extend its glob")
			}
		}
	}
	return groups, nil
}

// describe counts pins: "update 3 pins".
func describe(name string, pins int) string {
	if name == all {
		name = "pinfetch"
	}
	return fmt.Sprintf("%s: update %d pins", name, pins)
}
