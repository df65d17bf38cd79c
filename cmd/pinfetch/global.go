package main

import (
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// globalOptions are the flags of the program itself, which every command obeys.
type globalOptions struct {
	lockFile       string
	jobs, retries  int
	timeout        time.Duration
	timeoutText    string
	noCache        bool
	quiet, verbose bool
	version        bool
	limits         hash.Limits // of what is downloaded and unpacked
}

func (o *globalOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "lock-file", Aliases: []string{"f"}, Destination: &o.lockFile, Usage: "use `FILE` as the lock"},
		&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Destination: &o.jobs, Value: engine.DefaultJobs, Usage: "work on `N` pins at once"},
		&cli.IntFlag{Name: "retries", Destination: &o.retries, Value: 3, Usage: "retry temporary failures `N` times"},
		valueFlag("timeout", "drop connections idle for `DURATION`", web.DefaultStall.String(), func(text string) error {
			if text == "" {
				return errors.New("the value is empty")
			}
			o.timeoutText = text // parsed later, for a better hint
			return nil
		}),
		sizeFlag(&o.limits.Download, "max-download", "stop a download after `SIZE`", hash.DefaultDownload),
		sizeFlag(&o.limits.Unpacked, "max-unpacked", "unpack at most `SIZE` per source", hash.DefaultUnpacked),
		boolFlag(&o.noCache, "no-cache", "neither read nor write the cache"),
		boolFlag(&o.quiet, "quiet", "print only results, warnings and errors", "q"),
		boolFlag(&o.verbose, "verbose", "print every request", "v"),
		boolFlag(&o.version, "version", "print the version"),
	}
}

// applyGlobals checks the global options, and makes the output follow them.
func (p *program) applyGlobals() error {
	o := &p.options
	p.ui.quiet, p.ui.verbose = o.quiet, o.verbose
	switch {
	case o.jobs < 1:
		return usage("--jobs %d: want at least 1", o.jobs)
	case o.retries < 0:
		return usage("--retries %d: want at least 0", o.retries)
	}
	return o.parseTimeout()
}

// parseTimeout knows what a number without a unit was meant to be.
func (o *globalOptions) parseTimeout() (err error) {
	if o.timeoutText == "" {
		o.timeout = web.DefaultStall
		return nil
	}
	if o.timeout, err = time.ParseDuration(o.timeoutText); err == nil && o.timeout > 0 {
		return nil
	}
	hint := "write a duration such as 10s or 2m"
	if seconds, err := time.ParseDuration(o.timeoutText + "s"); err == nil && seconds > 0 {
		hint = "add a unit: --timeout " + o.timeoutText + "s"
	}
	return sources.WithHint(usage("--timeout %q: want a duration", o.timeoutText), "%s", hint)
}
