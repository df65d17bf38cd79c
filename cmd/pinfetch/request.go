package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// requestFlags binds to a request the flags for some options.
func requestFlags(r *sources.Request, options []string) (flags []cli.Flag) {
	for _, option := range r.Options() {
		if slices.Contains(options, option.Name) {
			flags = append(flags, group(option.Group, optionFlag(option))...)
		}
	}
	return flags
}

// kindOptions are the options that the kinds of sources take.
func kindOptions() (options []string) {
	for _, c := range codecs() {
		options = slices.Concat(options, c.Options, c.FollowOptions)
	}
	return options
}

// optionFlag binds a flag to the field of an option.
func optionFlag(o sources.Option) cli.Flag {
	help := o.Help
	if o.Value != "" {
		help = strings.Replace(help, o.Value, "`"+o.Value+"`", 1)
	}
	var aliases []string
	if o.Short != "" {
		aliases = []string{o.Short}
	}
	switch field := o.Field.(type) {
	case *bool:
		return boolFlag(field, o.Name, help, aliases...)
	case *string:
		return stringFlag(field, o.Name, help, aliases...)
	case *[]string:
		return listFlag(func(value string) { *field = append(*field, value) }, o.Name, help)
	case *sources.Patterns:
		return listFlag(func(value string) { *field = sources.NewPatterns(append(field.List(), value)...) }, o.Name, help)
	case *sources.Access:
		return &cli.GenericFlag{Name: o.Name, Value: (*access)(field), DefaultText: "public", Usage: help}
	}
	panic(fmt.Sprintf("option %q has a field of type %T", o.Name, o.Field)) // a kind's test fails before this does
}

// access is the value of --private[=PREFIX].
type access sources.Access

// IsBoolFlag lets the flag stand alone (package flag).
func (*access) IsBoolFlag() bool { return true }

func (a *access) String() string { return a.VarPrefix }

// Set reads "true", which is what the flag alone means, "false", or a prefix.
func (a *access) Set(text string) error {
	if text == "true" || text == "false" {
		*a = access{Private: text == "true"}
		return nil
	}
	*a = access{Private: true, VarPrefix: text}
	return sources.Access(*a).Validate()
}

// keepDotGitFlags ask fetchgit to keep .git (its leaveDotGit, deepClone and fetchTags). They exist only to be refused.
func keepDotGitFlags() (flags []cli.Flag) {
	for _, name := range []string{"leave-dot-git", "deep-clone", "fetch-tags"} {
		flags = append(flags, &cli.BoolFlag{Name: name, Hidden: true, Action: func(_ *cli.Context, asked bool) error {
			if asked {
				return sources.RefuseDotGit("--" + name)
			}
			return nil
		}})
	}
	return flags
}

// referenceForms lists the shortest form of reference of each kind, for help.
func referenceForms() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
	for _, codec := range codecs() {
		for _, reference := range codec.References[:1] {
			fmt.Fprintf(table, "   %s\t%s\n", reference.Form, reference.Help)
		}
	}
	table.Flush()
	return text.String()
}
