package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Exit codes.
const (
	exitDone        = 0   // changed or not
	exitNothing     = 1   // nothing was done: bad usage, bad lock, every pin that was tried failed
	exitPartial     = 2   // some pins failed, the others were written; or the lock was written, but not committed or reported
	exitOutdated    = 3   // outdated --exit-code: something is outdated
	exitMismatch    = 4   // verify: a hash differs
	exitInterrupted = 130 // what was complete is written
)

// exitError ends a command with a code, after everything has been reported.
type exitError int

func (exitError) Error() string { return "see above" }

// program is one run: what all commands share.
type program struct {
	ui      *ui
	getenv  func(string) string
	stdin   io.Reader
	args    []string
	options globalOptions
	project project                  // that the bot works on
	clients func() (*clients, error) // makes them on the first call

	ballast     []byte // see workMemory
	wrote       bool   // the lock or the reader has been written
	printedJSON bool   // the one JSON document has been printed
}

func newProgram(args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) *program {
	p := &program{ui: newUI(stdout, stderr, getenv), getenv: getenv, stdin: stdin, args: args}
	p.clients = sync.OnceValues(p.newClients)
	return p
}

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := newProgram(args, getenv, stdin, stdout, stderr)
	app := p.app(args)
	switch {
	case !isCompletion(args):
		args = reorder(args, app)
	case p.completeValue(app, args):
		return exitDone
	}
	err := app.RunContext(ctx, args)
	if p.ui.broken != nil {
		return p.endUnprinted()
	}
	if err == nil {
		return exitDone
	}
	if code, ok := errors.AsType[exitError](err); ok {
		return int(code)
	}
	p.reportFailure(err)
	if ctx.Err() != nil {
		return exitInterrupted
	}
	return exitNothing
}

// endUnprinted ends a command whose result could not be printed. It says nothing if all that happened is that the reader
// of a pipe has seen enough.
func (p *program) endUnprinted() int {
	err := p.ui.broken
	switch {
	case p.wrote:
		p.reportFailure(sources.WithHint(err, "the lock is written: pinfetch show prints it"))
		return exitPartial
	case !errors.Is(err, syscall.EPIPE):
		p.reportFailure(err)
	}
	return exitNothing
}

// reportFailure says why a command did nothing.
func (p *program) reportFailure(err error) {
	if p.wantsJSON() && !p.printedJSON {
		p.printJSON(document{Pins: []pinJSON{}, Error: p.errorJSON(err)})
	}
	_, hint := classify(err)
	p.ui.fail(messageOf(err), hint)
}

// wantsJSON looks at the raw arguments, so that arguments that cannot be parsed also get a JSON answer.
func (p *program) wantsJSON() bool {
	end := len(p.args)
	if i := slices.Index(p.args, "--"); i >= 0 {
		end = i
	}
	return slices.ContainsFunc(p.args[:end], func(arg string) bool {
		return arg == "--json" || arg == "-json" || arg == "--json=true"
	})
}

// app returns the command that the arguments name, or all commands if they name none, with options of their own for this run.
func (p *program) app(args []string) *cli.App {
	p.options = globalOptions{}
	app := &cli.App{
		Name:                      "pinfetch",
		Usage:                     "pin build-time dependencies for Nix, without Nix",
		UsageText:                 "pinfetch [--lock-file FILE] COMMAND [FLAG…] [ARGUMENT…]",
		Description:               description,
		HideVersion:               true,
		HideHelpCommand:           true,
		EnableBashCompletion:      true,
		Writer:                    p.ui,
		ErrWriter:                 p.ui.stderr,
		ExitErrHandler:            func(*cli.Context, error) {}, // run decides how the program ends
		DisableSliceFlagSeparator: true,
		Flags:                     p.options.flags(),
		Before:                    func(*cli.Context) error { return suggestHelp("pinfetch", p.applyGlobals()) },
		Action:                    p.noCommand,
		OnUsageError:              onUsageError,
	}
	app.Commands = p.commands(firstWord(args, app))
	p.prepare(app.Commands)
	return app
}

// commands makes the command of a name, or all if none has it: making the flags of all takes longer than most commands do.
func (p *program) commands(name string) (made []*cli.Command) {
	makers := []struct {
		name string
		make func() *cli.Command
	}{
		{"init", p.initCommand}, {"add", p.addCommand}, {"import", p.importCommand}, {"set", p.setCommand},
		{"update", p.updateCommand}, {"bot", p.botCommand}, {"outdated", p.outdatedCommand}, {"verify", p.verifyCommand},
		{"show", p.showCommand}, {"remove", p.removeCommand}, {"rename", p.renameCommand}, {"freeze", p.freezeCommand},
		{"unfreeze", p.unfreezeCommand}, {"merge-driver", p.mergeDriverCommand}, {"mirror", p.mirrorCommand},
		{"hash", p.hashCommand}, {"cache", p.cacheCommand}, {"completion", p.completionCommand},
	}
	for i, m := range makers {
		if m.name == name {
			makers = makers[i : i+1]
			break
		}
	}
	for _, m := range makers {
		made = append(made, m.make())
	}
	return made
}

const description = `The lock, pinfetch/pins.json, keeps each pin with the hash that nixpkgs'
fetchers expect. pinfetch/default.nix turns the pins into derivations.

   pinfetch init
   pinfetch add github:BurntSushi/ripgrep
   pinfetch update

The lock is --lock-file, else PINFETCH_LOCK_FILE, else pinfetch/pins.json in
the current directory or its nearest parent that has one. Sizes are written
like 500MB or 8GiB, durations like 10s or 2m. A connection that stays below
256 bytes a second for twice the --timeout is dropped too.

Exit codes: 0 done, 1 nothing was done, 2 some pins failed and the others
were written, or the commit, the mirror or the output failed after the lock
was written, 3 outdated --exit-code found something, 4 verify found a
mismatch or mirror --check found damage, 130 interrupted.

Environment:

   PINFETCH_LOCK_FILE                 the lock
   GITHUB_TOKEN, GH_TOKEN             token for github.com
   GH_ENTERPRISE_TOKEN                token for a GitHub Enterprise server
   GITLAB_TOKEN                       token for gitlab.com
   FORGEJO_TOKEN                      token for codeberg.org
   GITEA_TOKEN                        token for gitea.com
   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
                                      credentials for a mirror in S3
   AWS_PROFILE                        profile in the credentials file
   AWS_SHARED_CREDENTIALS_FILE        that file (default: ~/.aws/credentials)
   NIX_STORE_DIR                      Nix's store (default: /nix/store)
   NIX_CONFIG, NIX_USER_CONF_FILES    access-tokens, as in nix.conf
   NETRC                              netrc file (default: ~/.netrc)
   HTTPS_PROXY, HTTP_PROXY            proxies
   ALL_PROXY, NO_PROXY                proxy for both, hosts without one
   NIX_SSL_CERT_FILE, SSL_CERT_FILE   trusted certificate authorities
   XDG_CACHE_HOME                     parent of the cache (default: ~/.cache)
   TMPDIR                             directory for large temporary files
   NO_COLOR                           no colors

In a job of a forge's own CI, GITHUB_TOKEN, GITLAB_TOKEN, FORGEJO_TOKEN and
GITEA_TOKEN are tokens for the server that runs the job.`

// prepare sets on commands and their subcommands what urfave/cli does not inherit.
func (p *program) prepare(commands []*cli.Command) {
	for _, c := range commands {
		c.OnUsageError = onUsageError
		c.HideHelpCommand = true
		action := c.Action
		c.Action = func(c *cli.Context) error { return suggestHelp(c.Command.HelpName, action(c)) }
		if c.BashComplete == nil && len(c.Subcommands) == 0 {
			c.BashComplete = p.completeFlags
		}
		p.prepare(c.Subcommands)
	}
}

func (p *program) noCommand(c *cli.Context) error {
	if p.options.version {
		p.ui.result("pinfetch %s", buildVersion())
		return nil
	}
	if c.NArg() == 0 {
		return cli.ShowAppHelp(c)
	}
	return unknownCommand(c.Args().First(), c.App.Commands)
}
