package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"
	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// program is what all commands share: the world outside, and what is made of it once.
type program struct {
	ui     *ui
	getenv func(string) string
	stdin  io.Reader
	args   []string
	limits hash.Limits // of what is downloaded and unpacked

	answered bool   // the one JSON document is printed
	ballast  []byte // see workMemory

	connecting sync.Once // for what follows; see connect
	clients    *clients
	connectErr error
}

// run runs the program and returns its exit code. It is all that main does.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{ui: newUI(stdout, stderr, getenv), getenv: getenv, stdin: stdin, args: args}
	app := p.app()
	if !isCompletion(args) {
		args = reorder(args, app)
	}
	err := app.RunContext(ctx, args)
	if p.ui.broken != nil {
		err = p.ui.broken
	}
	var code exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	}
	p.report(err)
	if ctx.Err() != nil {
		return exitInterrupted
	}
	return exitNothing
}

// report says why a command did nothing.
func (p *program) report(err error) {
	if p.wantsJSON() && !p.answered {
		p.printJSON(document{Pins: []pinJSON{}, Error: p.describe(err)})
	}
	_, hint := classify(err)
	p.ui.fail(err, hint)
}

// wantsJSON looks at the raw arguments: even those that cannot be parsed get a JSON answer.
func (p *program) wantsJSON() bool {
	end := len(p.args)
	if i := slices.Index(p.args, "--"); i >= 0 {
		end = i
	}
	return slices.ContainsFunc(p.args[:end], func(arg string) bool {
		return arg == "--json" || arg == "-json" || arg == "--json=true"
	})
}

func (p *program) app() *cli.App {
	app := &cli.App{
		Name:                      "pinfetch",
		Usage:                     "pin build-time dependencies for Nix, without Nix",
		UsageText:                 "pinfetch [--lock-file FILE] COMMAND [FLAG…] [ARGUMENT…]",
		Description:               description,
		Version:                   buildVersion(),
		HideVersion:               true,
		HideHelpCommand:           true,
		EnableBashCompletion:      true,
		Writer:                    p.ui,
		ErrWriter:                 p.ui.stderr,
		ExitErrHandler:            func(*cli.Context, error) {}, // run alone decides how the program ends
		DisableSliceFlagSeparator: true,
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "lock-file", Aliases: []string{"f"}, Usage: "use the lock in `FILE` (default: PINFETCH_LOCK_FILE, then pinfetch/pins.json here or in the nearest parent folder)"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Value: engine.DefaultJobs, Usage: "work on `N` pins at once"},
			&cli.IntFlag{Name: "retries", Value: 3, Usage: "try a request that failed for a passing reason `N` times more"},
			&cli.DurationFlag{Name: "timeout", Value: web.DefaultStall, Usage: "give up a connection that is silent for `DURATION`, such as 10s or 2m"},
			&cli.BoolFlag{Name: "no-cache", Usage: "neither use nor keep what other runs found out; see pinfetch cache --help"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print results, warnings and errors only"},
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "print every request"},
			&cli.BoolFlag{Name: "version", Usage: "print the version"},
		}, limitFlags()...),
		Before: p.before,
		Action: p.noCommand,
		Commands: []*cli.Command{
			p.initCommand(), p.addCommand(), p.updateCommand(), p.outdatedCommand(), p.verifyCommand(), p.showCommand(),
			p.removeCommand(), p.renameCommand(), p.freezeCommand(), p.unfreezeCommand(), p.hashCommand(), p.cacheCommand(), p.completionCommand(),
		},
		OnUsageError: onUsageError,
	}
	hideDefaults(app.Flags)
	for _, command := range app.Commands {
		p.prepare(command)
	}
	return app
}

const description = `Pins are kept in pinfetch/pins.json, each with the hash that nixpkgs' fetchers expect;
pinfetch/default.nix turns them into derivations.

   pinfetch init
   pinfetch add github:BurntSushi/ripgrep
   pinfetch update

Exit codes: 0 done, 1 nothing was done, 2 some pins failed and the others were written,
3 outdated --exit-code found something, 4 verify found a mismatch, 130 interrupted.

Environment: PINFETCH_LOCK_FILE names the lock. GITHUB_TOKEN or GH_TOKEN, access-tokens in nix.conf (NIX_CONFIG), and
~/.netrc (NETRC) hold credentials. HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say how hosts are reached,
NIX_SSL_CERT_FILE or SSL_CERT_FILE whom to trust, XDG_CACHE_HOME where the cache is, TMPDIR where large files go; NO_COLOR.`

// prepare gives a command what urfave/cli does not hand down.
func (p *program) prepare(c *cli.Command) {
	c.OnUsageError = onUsageError
	c.Before = refuseEmpty
	if c.BashComplete == nil && len(c.Subcommands) == 0 {
		c.BashComplete = p.completeFlags
	}
	c.HideHelpCommand = true
	hideDefaults(c.Flags)
	for _, sub := range c.Subcommands {
		p.prepare(sub)
	}
}

// refuseEmpty refuses flags without a value: --rev "$REV" with an unset variable would follow something else.
func refuseEmpty(c *cli.Context) error {
	for _, flag := range c.Command.Flags {
		_, isText := flag.(*cli.StringFlag)
		_, isList := flag.(*cli.StringSliceFlag)
		name := flag.Names()[0]
		if c.IsSet(name) && (isText && c.String(name) == "" || isList && slices.Contains(c.StringSlice(name), "")) {
			return usage(c, "--%s: the value is empty", name)
		}
	}
	return nil
}

// hideDefaults keeps "(default: false)" out of the help.
func hideDefaults(flags []cli.Flag) {
	for _, flag := range flags {
		if toggle, ok := flag.(*cli.BoolFlag); ok {
			toggle.DisableDefaultText = true
		}
	}
}

// flagName matches a long flag as package flag writes it, with one hyphen.
var flagName = regexp.MustCompile(`\b(flag|flag:|argument:) -([a-zA-Z0-9-]{2,})`)

func onUsageError(c *cli.Context, err error, _ bool) error {
	text := strings.Replace(err.Error(), "flag provided but not defined: ", "unknown flag: ", 1)
	text = strings.Replace(text, "invalid boolean value", "invalid value", 1)
	text = flagName.ReplaceAllString(strings.TrimSuffix(text, ": parse error"), `$1 "--$2"`)
	return usage(c, "%s", strings.Replace(text, "flag: ", "flag ", 1))
}

// usage returns an error about how a command was called.
func usage(c *cli.Context, format string, args ...any) error {
	name := "pinfetch"
	if c.Command != nil && c.Command.HelpName != "" {
		name = c.Command.HelpName
	}
	return sources.WithHint(fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), errUsage), "see %s --help", name)
}

func (p *program) before(c *cli.Context) error {
	p.ui.quiet, p.ui.verbose = c.Bool("quiet"), c.Bool("verbose")
	if c.Int("jobs") < 1 {
		return usage(c, "--jobs %d: want at least 1", c.Int("jobs"))
	}
	if c.Int("retries") < 0 {
		return usage(c, "--retries %d: want at least 0", c.Int("retries"))
	}
	if c.Duration("timeout") <= 0 {
		return usage(c, "--timeout %s: want a time such as 10s or 2m", c.Duration("timeout"))
	}
	var err error
	p.limits, err = readLimits(c)
	return err
}

func (p *program) noCommand(c *cli.Context) error {
	if c.Bool("version") {
		p.ui.result("pinfetch %s", c.App.Version)
		return nil
	}
	if c.NArg() == 0 {
		return cli.ShowAppHelp(c)
	}
	word := c.Args().First()
	return sources.WithHint(fmt.Errorf("unknown command %q: %w", word, errUsage), "%s", suggestCommand(c.App, word))
}

func suggestCommand(app *cli.App, word string) string {
	for _, c := range app.Commands {
		if levenshtein.ComputeDistance(word, c.Name) <= 2 {
			return fmt.Sprintf("did you mean pinfetch %s? pinfetch --help lists the commands", c.Name)
		}
	}
	return "pinfetch --help lists the commands"
}
