package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/binarycache"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/mirror"
	"github.com/pinfetch/pinfetch/pkg/lock"
)

type mirrorOptions struct {
	compression          binarycache.Compression
	signKey              string
	from, keep           []string
	dryRun, check, prune bool
	store                bool
	json                 bool
}

func (p *program) mirrorCommand() *cli.Command {
	o := &mirrorOptions{}
	return &cli.Command{
		Name:      "mirror",
		Usage:     "publish sources in a Nix binary cache",
		UsageText: "pinfetch mirror [FLAG…] DESTINATION [NAME…]\npinfetch mirror [FLAG…] --store [NAME…]",
		Description: `Downloads the sources of pins, for all systems, and publishes those that
match the lock where Nix can substitute them. What is there is not sent
again. Nix needs no key to trust a mirror: paths depend on the content.

DESTINATION is a directory, file:///PATH, or s3://BUCKET[/PREFIX]. The last
takes ?endpoint=HOST&region=REGION&scheme=http&profile=NAME, as in Nix.

A source comes from this machine's Nix store if it has it, else from
upstream, else from the mirrors that --from-mirror names.

With --store, downloads what the Nix store of this machine lacks, and copies
it there. Nothing is built, so that later builds download nothing.

With --check, reads back and compares every hash, and publishes again what
is damaged. Exits with 4 if damage remains. With --prune, deletes what
neither the lock nor those of --keep-lock name.

Examples:

   pinfetch mirror /srv/mirror
   pinfetch mirror 's3://mirror?endpoint=s3.example.org' --dry-run
   pinfetch mirror /srv/mirror --prune --keep-lock ../b/pinfetch/pins.json
   pinfetch mirror /srv/new --from-mirror https://old.example.org`,
		Flags: []cli.Flag{
			valueFlag("compression", "compress with zstd, xz or `none`", string(binarycache.Zstd), o.setCompression),
			stringFlag(&o.signKey, "sign-key", "sign with the secret key in `FILE`, as Nix writes it"),
			listFlag(func(text string) { o.from = append(o.from, text) }, "from-mirror", fromMirrorHelp),
			boolFlag(&o.store, "store", "copy into the Nix store of this machine instead"),
			boolFlag(&o.check, "check", "read back and verify what is there"),
			boolFlag(&o.prune, "prune", "delete what no lock names"),
			listFlag(func(path string) { o.keep = append(o.keep, path) }, "keep-lock", "keep what the lock `FILE` names too; repeatable"),
			dryRunFlag(&o.dryRun),
			jsonFlag(&o.json),
		},
		Action:       func(c *cli.Context) error { return p.mirror(c.Context, o, c.Args().Slice()) },
		BashComplete: p.completeMirror,
	}
}

func (o *mirrorOptions) setCompression(text string) error {
	o.compression = binarycache.Compression(text)
	if !slices.Contains([]binarycache.Compression{binarycache.Zstd, binarycache.XZ, binarycache.None}, o.compression) {
		return errors.New("want zstd, xz or none")
	}
	return nil
}

// completeMirror leaves the destination to the shell.
func (p *program) completeMirror(c *cli.Context) {
	if c.NArg() == 0 {
		p.completeFlags(c)
		return
	}
	p.completePins(c)
}

func (p *program) mirror(ctx context.Context, o *mirrorOptions, words []string) error {
	switch {
	case o.store:
		return p.mirrorToStore(ctx, o, words)
	case len(words) == 0:
		return usage("no destination is given")
	case len(o.keep) > 0 && !o.prune:
		return usage("--keep-lock is for --prune")
	}
	_, f, selection, err := p.readSelection(words[1:])
	if err != nil {
		return err
	}
	locks := []*lock.File{f}
	for _, path := range o.keep {
		other, err := readLockAt(path)
		if err != nil {
			return err
		}
		locks = append(locks, other)
	}
	if _, err := p.clients(); err != nil { // before any message could show a credential
		return err
	}
	m, at, err := p.newMirror(words[0], o)
	if err != nil {
		return err
	}
	if err := begin(ctx, m); err != nil {
		return fmt.Errorf("mirror %s: %w", at.name, err)
	}
	r := mirrorReport{place: at, key: m.Cache.Key, lock: f, dryRun: o.dryRun, results: p.publish(ctx, m, selectedPins(f, selection))}
	if o.prune && ctx.Err() == nil {
		r.dropped, r.pruneErr = m.Cache.Prune(ctx, mirror.Outputs(m.Cache.Store, locks), o.dryRun)
	}
	return p.reportMirror(ctx, r, o.json)
}

func selectedPins(f *lock.File, s engine.Selection) map[string]lock.Pin {
	pins := make(map[string]lock.Pin)
	for _, name := range s.Names {
		pins[name] = f.Pins[name]
	}
	return pins
}

// readLockAt reads a lock that is not the project's.
func readLockAt(path string) (*lock.File, error) {
	data, err := lock.Read(path)
	if err != nil {
		return nil, err
	}
	f, err := lock.Parse(data, codecs())
	return f, locate(path, err)
}

// newMirror makes a mirror at a place that can be written. It sends nothing.
func (p *program) newMirror(destination string, o *mirrorOptions) (*mirror.Mirror, mirrorPlace, error) {
	cache, at, err := p.cacheAt(destination)
	if err != nil {
		return nil, at, err
	}
	if _, served := at.bucket.(binarycache.HTTP); served {
		return nil, at, fmt.Errorf("%s: %w", at.name, binarycache.ErrReadOnly)
	}
	cache.Compression = o.compression
	if o.signKey != "" {
		text, err := readSmall(o.signKey, maxConfig)
		if err != nil {
			return nil, at, err
		}
		if cache.Key, err = binarycache.ParseKey(text); err != nil {
			return nil, at, fmt.Errorf("%q: %w", o.signKey, err)
		}
	}
	from, err := p.origins(o.from)
	if err != nil {
		return nil, at, err
	}
	c, err := p.clients()
	if err != nil {
		return nil, at, err
	}
	return &mirror.Mirror{
		Cache: cache, Realise: c.prefetcher.Realise, From: from, Jobs: p.options.jobs, TempDir: p.getenv("TMPDIR"),
		DryRun: o.dryRun, Check: o.check,
	}, at, nil
}

// begin looks at the destination before anything is downloaded.
func begin(ctx context.Context, m *mirror.Mirror) error {
	if !m.DryRun {
		return m.Cache.Init(ctx)
	}
	if err := m.Cache.Validate(ctx); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// publish publishes what pins fetch and shows the progress.
func (p *program) publish(ctx context.Context, m *mirror.Mirror, pins map[string]lock.Pin) []mirror.Result {
	return p.publishContents(ctx, m, mirror.Contents(m.Cache.Store, pins))
}

func (p *program) publishContents(ctx context.Context, m *mirror.Mirror, contents []mirror.Content) []mirror.Result {
	report, stop := p.ui.showProgress(len(contents))
	defer stop()
	m.Report = report
	return m.Publish(ctx, contents)
}
