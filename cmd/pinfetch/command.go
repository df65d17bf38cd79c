package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// addCommand returns the command, to paste into a shell, that pins what a request means.
func addCommand(r sources.Request, more ...string) string {
	words := []string{"pinfetch", "add"}
	if r.Ref != "" {
		words = append(words, quote(r.Ref))
	}
	for _, option := range r.Options() {
		if option.IsSet() {
			words = append(words, flagOf(option)...)
		}
	}
	return strings.Join(append(words, more...), " ")
}

// replaceCommand returns the command that replaces a pin by what a request means.
func replaceCommand(name string, r sources.Request) string {
	return addCommand(r, "--name", name, "--replace")
}

// flagOf writes an option that is set as a flag.
func flagOf(o sources.Option) (words []string) {
	flag := "--" + o.Name
	values := func(list ...string) []string {
		for _, value := range list {
			words = append(words, flag, quote(value))
		}
		return words
	}
	switch field := o.Field.(type) {
	case *string:
		return values(*field)
	case *[]string:
		return values(*field...)
	case *sources.Patterns:
		return values(field.List()...)
	case *sources.Access:
		if field.VarPrefix != "" {
			flag += "=" + field.VarPrefix
		}
	}
	return []string{flag}
}

// apply changes a setting of a request, and reports whether the setting has all that this takes.
func apply(r *sources.Request, s sources.Setting) bool {
	if slices.Contains([]string{"branch", "tag", "release", "rev"}, s.Option) {
		r.Tracking = sources.Tracking{}
	}
	for _, option := range r.Options() {
		if option.Name != s.Option {
			continue
		}
		switch field := option.Field.(type) {
		case *string:
			*field = s.Value
			return s.Value != ""
		case *bool:
			*field = true
			return true
		}
	}
	return false
}

// plain matches words that every shell takes as they are.
var plain = regexp.MustCompile(`^[A-Za-z0-9%+,./:=@_~…-]*$`)

// quote quotes a word for a shell, if necessary.
func quote(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
