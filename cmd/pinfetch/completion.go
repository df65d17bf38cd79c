package main

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

//go:embed completion
var completionScripts embed.FS

func (p *program) completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a shell's completion script",
		UsageText: "pinfetch completion bash|zsh|fish",
		Description: `Examples:

   source <(pinfetch completion bash)
   pinfetch completion zsh >"${fpath[1]}/_pinfetch"
   pinfetch completion fish >~/.config/fish/completions/pinfetch.fish`,
		Action:       func(c *cli.Context) error { return p.completion(c.Args().Slice()) },
		BashComplete: func(*cli.Context) { fmt.Fprint(p.ui, "bash\nzsh\nfish\n") },
	}
}

func (p *program) completion(shells []string) error {
	script, err := completionScripts.ReadFile("completion/pinfetch." + strings.Join(shells, " "))
	if err != nil {
		return usage("want bash, zsh or fish")
	}
	p.ui.Write(script)
	return nil
}

// completionFlag is what a completion script adds to the words typed so far.
const completionFlag = "--generate-bash-completion"

func isCompletion(args []string) bool {
	return len(args) > 1 && args[len(args)-1] == completionFlag
}

// completeFlags offers the command's flags.
func (p *program) completeFlags(c *cli.Context) {
	for _, name := range flagNames(slices.Concat(c.Command.VisibleFlags(), c.App.VisibleFlags())) {
		fmt.Fprintf(p.ui, "--%s\n", name)
	}
}

// completeReferences offers the command's flags and what references begin with.
func (p *program) completeReferences(c *cli.Context) {
	p.completeFlags(c)
	seen := make(map[string]bool)
	for _, codec := range codecs() {
		for _, reference := range codec.References {
			if prefix := reference.Prefix(); prefix != "" && !seen[prefix] {
				seen[prefix] = true
				fmt.Fprintln(p.ui, prefix)
			}
		}
	}
}

// completeValue offers values if the last word is a flag that needs one.
func (p *program) completeValue(app *cli.App, args []string) bool {
	words := args[1 : len(args)-1]
	if len(words) == 0 || !strings.HasPrefix(words[len(words)-1], "-") {
		return false
	}
	l := readCommandLine(words[:len(words)-1], app)
	flag := findFlag(slices.Concat(l.known, app.Flags), words[len(words)-1])
	if !takesValue(flag) {
		return false
	}
	switch flag.Names()[0] {
	case "system":
		fmt.Fprint(p.ui, "aarch64-darwin\naarch64-linux\nx86_64-darwin\nx86_64-linux\n")
	case "scope":
		for _, scope := range p.scopes() {
			fmt.Fprintln(p.ui, strings.TrimSuffix(scope, "/"))
		}
	}
	return true
}

// completePins offers the command's flags, scopes, and the names of pins.
func (p *program) completePins(c *cli.Context) {
	p.completePinsThat(c, func(lock.Pin) bool { return true })
}

// completePinsThat offers the command's flags, scopes, and the names of pins that a command can be about.
func (p *program) completePinsThat(c *cli.Context, fits func(lock.Pin) bool) {
	p.completeFlags(c)
	f := p.lockForCompletion()
	for _, name := range append(f.Names(), p.scopes()...) {
		if pin, isPin := f.Pins[name]; !slices.Contains(c.Args().Slice(), name) && (!isPin || fits(pin)) {
			fmt.Fprintln(p.ui, name)
		}
	}
}

// lockForCompletion returns an empty lock if there is none that can be read: a prompt is no place for errors.
func (p *program) lockForCompletion() *lock.File {
	_, f, err := p.readLock()
	if err != nil {
		return &lock.File{}
	}
	return f
}

// scopes returns the scopes of the lock, each with a final "/".
func (p *program) scopes() (scopes []string) {
	for _, name := range p.lockForCompletion().Names() {
		for i, c := range []byte(name) {
			if scope := name[:i+1]; c == '/' && !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	return scopes
}
