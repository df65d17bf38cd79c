package main

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
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

// completePins offers the command's flags and the names of pins, unless the lock cannot be read: a prompt is no
// place for errors.
func (p *program) completePins(c *cli.Context) {
	p.completeFlags(c)
	_, f, err := p.readLock()
	if err != nil {
		return
	}
	for _, name := range f.Names() {
		if !slices.Contains(c.Args().Slice(), name) {
			fmt.Fprintln(p.ui, name)
		}
	}
}
