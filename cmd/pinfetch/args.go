package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// reorder moves flags to where urfave/cli looks for them: it stops at the first argument, so that
// "update foo --dry-run" would write. Global flags go before the command, its own flags right after it, and its
// arguments after "--".
func reorder(args []string, app *cli.App) []string {
	if len(args) == 0 {
		return args
	}
	l := readCommandLine(args[1:], app)
	return append(args[:1:1], l.join()...)
}

// firstWord returns the word that names the command, or "". The app has no commands yet.
func firstWord(args []string, app *cli.App) string {
	if len(args) == 0 {
		return ""
	}
	l := readCommandLine(args[1:], app)
	if len(l.words) == 0 {
		return ""
	}
	return l.words[0]
}

// readCommandLine sorts the words after the program's name.
func readCommandLine(words []string, app *cli.App) commandLine {
	l := commandLine{app: app, commands: app.Commands}
	for rest := words; len(rest) > 0; {
		word := rest[0]
		switch {
		case word == "--":
			l.words = append(l.words, rest[1:]...)
			rest = nil
		case len(word) > 1 && word[0] == '-':
			rest = rest[l.addFlag(rest):]
		default:
			l.addWord(word)
			rest = rest[1:]
		}
	}
	return l
}

// commandLine is a command line whose words are sorted by what they are.
type commandLine struct {
	globals []string // flags of the program, with their values
	path    []string // the command and its subcommand
	flags   []string // all other flags, with their values
	words   []string // all other words

	app      *cli.App
	known    []cli.Flag     // of the path's commands
	commands []*cli.Command // that the next word can name
}

// addFlag adds the flag that the words begin with, and its value. It returns how many words those are.
func (l *commandLine) addFlag(words []string) int {
	flag, target := findFlag(l.known, words[0]), &l.flags
	if flag == nil {
		if flag = findFlag(l.app.Flags, words[0]); flag != nil {
			target = &l.globals
		}
	}
	length := 1
	if takesValue(flag) && !strings.Contains(words[0], "=") {
		length = 2
	}
	if length > len(words) { // nothing may follow the flag, or it would be taken for its value
		length, l.words = 1, nil
		if target == &l.globals {
			l.path, l.flags = nil, nil
		}
	}
	*target = append(*target, words[:length]...)
	return length
}

func (l *commandLine) addWord(word string) {
	if word == "help" && len(l.path)+len(l.words) == 0 { // pinfetch help COMMAND
		l.flags = append(l.flags, "--help")
		return
	}
	i := slices.IndexFunc(l.commands, func(c *cli.Command) bool { return c.HasName(word) })
	if i >= 0 && len(l.words) == 0 {
		l.path = append(l.path, word)
		l.commands, l.known = l.commands[i].Subcommands, append(l.known, l.commands[i].Flags...)
		return
	}
	l.words = append(l.words, word)
}

func (l *commandLine) join() []string {
	switch {
	case slices.ContainsFunc(l.flags, isHelp):
		return slices.Concat(l.globals, l.path, []string{"--help"})
	case len(l.path) > 0 && len(l.words) > 0:
		return slices.Concat(l.globals, l.path, l.flags, []string{"--"}, l.words)
	}
	return slices.Concat(l.globals, l.path, l.flags, l.words)
}

func findFlag(flags []cli.Flag, word string) cli.Flag {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	i := slices.IndexFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
	if i < 0 {
		return nil
	}
	return flags[i]
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
