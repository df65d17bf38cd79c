package main

import (
	"cmp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// addCommand returns the command, to paste into a shell, that pins what a request means.
func addCommand(r sources.Request) string {
	words := []string{"pinfetch", "add"}
	if r.Ref != "" {
		words = append(words, quote(r.Ref))
	}
	for _, option := range r.Options() {
		if option.IsSet() {
			words = append(words, flagOf(option)...)
		}
	}
	return strings.Join(words, " ")
}

// setCommand returns the command that changes a setting of a pin. "…" stands for a value that the user has to choose.
func setCommand(name string, s sources.Setting) string {
	words := []string{"pinfetch", "set", name, "--" + s.Option}
	for _, option := range new(sources.Request).Options() {
		if option.Name == s.Option && option.Value != "" {
			words = append(words, quote(cmp.Or(s.Value, "…")))
		}
	}
	return strings.Join(words, " ")
}

// moveCommand returns the command that takes a pin from another source.
func moveCommand(name string, r sources.Request) string {
	command := "pinfetch set " + name + " --source " + quote(r.Ref)
	if r.From != "" {
		command = "pinfetch set " + name + " --from " + quote(r.From)
	}
	if r.Host != "" {
		command += " --host " + quote(r.Host)
	}
	return command
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

// plain matches words that every shell takes as they are.
var plain = lazyregexp.New(`^[A-Za-z0-9%+,./:=@_~…-]*$`)

// quote quotes a word for a shell, if necessary.
func quote(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
