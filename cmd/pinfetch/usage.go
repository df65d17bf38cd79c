package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/nearest"
	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// usage returns an error about how a command was called.
func usage(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), errUsage)
}

// suggestHelp adds a hint to an error about usage that has none. The command is named as in its help: "pinfetch add".
func suggestHelp(command string, err error) error {
	if _, hint := classify(err); errors.Is(err, errUsage) && hint == "" {
		return sources.WithHint(err, "see %s --help", command)
	}
	return err
}

// flagName matches a long flag as package flag writes it, with one hyphen.
var flagName = lazyregexp.New(`\b(flag|flag:|argument:) -([a-zA-Z0-9-]{2,})`)

// onUsageError rewords the errors of package flag.
func onUsageError(c *cli.Context, err error, _ bool) error {
	text := strings.Replace(err.Error(), "flag provided but not defined: ", "unknown flag: ", 1)
	text = strings.Replace(text, "invalid boolean value", "invalid value", 1)
	text = flagName.ReplaceAllString(strings.TrimSuffix(text, ": parse error"), `$1 "--$2"`)
	err = usage("%s", strings.Replace(text, "flag: ", "flag ", 1))
	if m := unknownFlag.FindStringSubmatch(text); m != nil {
		if name := nearest.Word(m[1], flagNames(slices.Concat(c.Command.VisibleFlags(), c.App.VisibleFlags()))); name != "" {
			return sources.WithHint(err, "did you mean --%s? See %s --help", name, c.Command.HelpName)
		}
	}
	return suggestHelp(c.Command.HelpName, err)
}

var unknownFlag = lazyregexp.New(`^unknown flag: (?:"--|-)([^"=]+)`)

// flagNames returns the long names.
func flagNames(flags []cli.Flag) (names []string) {
	for _, flag := range flags {
		names = append(names, flag.Names()[0])
	}
	return names
}

// unknownCommand returns an error that suggests a command with a similar name.
func unknownCommand(word string, commands []*cli.Command) error {
	const hint = "pinfetch --help lists the commands"
	var names []string
	for _, c := range commands {
		names = append(names, c.Names()...)
	}
	if name := nearest.Word(word, names); name != "" {
		return sources.WithHint(usage("unknown command %q", word), "did you mean pinfetch %s? %s", name, hint)
	}
	return sources.WithHint(usage("unknown command %q", word), "%s", hint)
}
