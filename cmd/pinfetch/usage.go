package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// usage returns an error about how a command was called. The command is named as its help names it: "pinfetch add".
func usage(command, format string, args ...any) error {
	return sources.WithHint(fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), errUsage), "see %s --help", command)
}

// flagName matches a long flag as package flag writes it, with one hyphen.
var flagName = regexp.MustCompile(`\b(flag|flag:|argument:) -([a-zA-Z0-9-]{2,})`)

// onUsageError rewords the errors of package flag.
func onUsageError(c *cli.Context, err error, _ bool) error {
	text := strings.Replace(err.Error(), "flag provided but not defined: ", "unknown flag: ", 1)
	text = strings.Replace(text, "invalid boolean value", "invalid value", 1)
	text = flagName.ReplaceAllString(strings.TrimSuffix(text, ": parse error"), `$1 "--$2"`)
	return usage(c.Command.HelpName, "%s", strings.Replace(text, "flag: ", "flag ", 1))
}
