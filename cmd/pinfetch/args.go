package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// reorder puts flags where urfave/cli finds them: it stops looking at the first
// argument, so that "update foo --dry-run" would write. Global flags go before the command,
// a command's flags right behind it, everything else behind "--".
func reorder(args []string, app *cli.App) []string {
	if len(args) == 0 {
		return args
	}
	var globals, flags, words, path []string
	commands, known := app.Commands, []cli.Flag(nil)
	for rest := args[1:]; len(rest) > 0; rest = rest[1:] {
		word := rest[0]
		if word == "--" {
			words = append(words, rest[1:]...)
			break
		}
		if len(word) > 1 && word[0] == '-' {
			taken := []string{word}
			flag := lookup(known, word)
			target := &flags
			if flag == nil {
				if flag = lookup(app.Flags, word); flag != nil {
					target = &globals
				}
			}
			if takesValue(flag) && !strings.Contains(word, "=") {
				if len(rest) == 1 { // nothing may follow it, so that its lack is what is reported
					if target == &globals {
						path, flags = nil, nil
					}
					return slices.Concat(args[:1], globals, path, flags, taken)
				}
				taken, rest = rest[:2], rest[1:]
			}
			*target = append(*target, taken...)
			continue
		}
		command := find(commands, word)
		if command == nil || len(words) > 0 {
			words = append(words, word)
			if len(path) == 0 {
				commands = nil // the command is unknown: no later word is one
			}
			continue
		}
		path = append(path, word)
		commands, known = command.Subcommands, append(known, command.Flags...)
	}
	out := append([]string{args[0]}, globals...)
	if slices.ContainsFunc(flags, isHelp) {
		return append(append(out, path...), "--help")
	}
	if len(path) == 0 {
		return slices.Concat(out, flags, words)
	}
	out = slices.Concat(out, path, flags)
	if len(words) > 0 {
		out = append(append(out, "--"), words...)
	}
	return out
}

func find(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

func lookup(flags []cli.Flag, word string) cli.Flag {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	for _, flag := range flags {
		if slices.Contains(flag.Names(), name) {
			return flag
		}
	}
	return nil
}

func takesValue(flag cli.Flag) bool {
	switch f := flag.(type) {
	case nil, *cli.BoolFlag:
		return false
	case *cli.GenericFlag:
		_, optional := f.Value.(*access)
		return !optional
	}
	return true
}

func isHelp(word string) bool {
	return slices.Contains([]string{"-h", "-help", "--help"}, word)
}
