package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/importer"
	"github.com/pinfetch/pinfetch/pkg/lock"
)

type importOptions struct {
	all, replace, verify bool
	only                 []string
	scope                string
	dryRun, json         bool
}

func (p *program) importCommand() *cli.Command {
	o := &importOptions{}
	return &cli.Command{
		Name:      "import",
		Usage:     "take over the pins of another tool",
		UsageText: "pinfetch import [FLAG…] [FILE…]",
		Description: `FILE is npins/sources.json, nix/sources.json of niv, lon.lock, the lock of
gridlock, flake.lock, or _sources/generated.json of nvfetcher, whose
nvfetcher.toml is read too. Without FILE, these are looked for.

Each pin keeps its revision and follows what it followed. Its hash is taken
over if nixpkgs' fetchers compute the same, else the source is downloaded.
What is for evaluation, such as nixpkgs, channels and flakes, is left out
and listed. If a pin is left out or fails, the others are written, and the
exit code is 2.

Examples:

   pinfetch import --dry-run
   pinfetch import npins/sources.json
   pinfetch import flake.lock --all --only 'rust-*' --scope inputs
   pinfetch import lon.lock --verify`,
		Flags: slices.Concat(group(naming,
			stringFlag(&o.scope, "scope", "put the pins into `SCOPE`"),
			boolFlag(&o.replace, "replace", "replace pins of the same name"),
		), []cli.Flag{
			boolFlag(&o.all, "all", "also import what is for evaluation"),
			listFlag(func(word string) { o.only = append(o.only, word) }, "only", "import only the pins `NAME`; repeatable"),
			boolFlag(&o.verify, "verify", "download everything and compare the hashes"),
		}, group(output, dryRunFlag(&o.dryRun), jsonFlag(&o.json))),
		Action:       func(c *cli.Context) error { return p.importFiles(c.Context, o, c.Args().Slice()) },
		BashComplete: p.completeImports,
	}
}

func (p *program) importFiles(ctx context.Context, o *importOptions, paths []string) error {
	path, f, err := p.readLock()
	if err != nil {
		return err
	}
	if _, err := p.clients(); err != nil { // before any message could show a credential
		return err
	}
	if len(paths) == 0 {
		if paths = p.foreignLocks(); len(paths) == 0 {
			return usage("no FILE is given, and none of these exists: %s", strings.Join(foreignPlaces(), ", "))
		}
	}
	var entries []foreignEntry
	for _, path := range paths {
		read, err := p.readForeign(path)
		if err != nil {
			return err
		}
		entries = append(entries, read...)
	}
	imports, err := p.planImports(o, f, entries)
	if err != nil {
		return err
	}
	if err := p.runImports(ctx, o, imports); err != nil {
		return err
	}
	if !o.dryRun {
		if err := p.writeImports(ctx, path, o, imports); err != nil {
			return err
		}
	}
	err = p.reportImports(ctx, o, f, imports)
	p.noteDryRun(o.dryRun)
	return err
}

const flakeLock = "flake.lock"

// foreignPlaces returns where other tools keep their locks.
func foreignPlaces() []string {
	return []string{"npins/sources.json", "nix/sources.json", "lon.lock", "gridlock.json", flakeLock, "_sources/generated.json"}
}

// foreignLocks returns the locks of other tools in the project, or in the current directory if the lock is an explicit one.
func (p *program) foreignLocks() (found []string) {
	root := "."
	if path, err := p.lockPath(); err == nil && p.explicitLock() == "" {
		root = filepath.Dir(filepath.Dir(path))
	}
	for _, place := range foreignPlaces() {
		path := filepath.Join(root, place)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			found = append(found, path)
		}
	}
	return found
}

// importable returns the locks of other tools, but a lock of a flake only if it has an input for builds.
func (p *program) importable() []string {
	return slices.DeleteFunc(p.foreignLocks(), func(path string) bool {
		if filepath.Base(path) != flakeLock {
			return false
		}
		entries, _ := p.readForeign(path)
		return !slices.ContainsFunc(entries, func(e foreignEntry) bool { return e.Skip == nil })
	})
}

// foreignEntry is an entry of another tool's lock, and where it stands.
type foreignEntry struct {
	importer.Entry
	origin originJSON
}

// readForeign reads another tool's lock.
func (p *program) readForeign(path string) (entries []foreignEntry, err error) {
	data, err := lock.Read(path) // bounded, and only of a file
	if err != nil {
		return nil, err
	}
	beside := importer.Files{}
	dir := filepath.Dir(path)
	for _, config := range []string{filepath.Join(dir, "nvfetcher.toml"), filepath.Join(dir, "..", "nvfetcher.toml")} {
		switch text, err := lock.Read(config); {
		case err == nil && beside.NvfetcherConfig == nil:
			beside.NvfetcherConfig = text
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	result, err := importer.Read(data, beside)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	for _, warning := range result.Warnings {
		p.ui.warn("%s: %s", path, warning)
	}
	for _, entry := range result.Entries {
		entries = append(entries, foreignEntry{entry, originJSON{path, result.Tool, entry.Name}})
	}
	return entries, nil
}

// runImports locks what is planned.
func (p *program) runImports(ctx context.Context, o *importOptions, imports []pinImport) error {
	var pins []engine.ForeignPin
	for _, i := range imports {
		if i.isPlanned() {
			pins = append(pins, i.pin)
		}
	}
	outcomes, err := p.runEngine(len(pins), o.verify, func(e *engine.Engine) []engine.Outcome { return e.Import(ctx, pins, o.verify) })
	if err != nil {
		return err
	}
	outcomeOf := make(map[string]engine.Outcome)
	for _, outcome := range outcomes {
		outcomeOf[outcome.Name] = outcome
	}
	for n := range imports {
		i := &imports[n]
		if !i.isPlanned() {
			continue
		}
		i.Outcome = outcomeOf[i.Name]
		notices := slices.Clone(i.entry.Warnings)
		if i.Notice != "" {
			notices = append(notices, i.Notice)
		}
		i.Notice = strings.Join(notices, "; ")
		if errors.Is(i.Err, engine.ErrMismatch) {
			i.Err = i.advise(i.Err)
		}
	}
	return nil
}

// writeImports writes the complete pins. A pin whose name was taken meanwhile fails alone.
func (p *program) writeImports(ctx context.Context, path string, o *importOptions, imports []pinImport) error {
	if !slices.ContainsFunc(imports, pinImport.isPlanned) {
		return nil
	}
	return p.editLock(ctx, path, func(f *lock.File) error {
		for n := range imports {
			i := &imports[n]
			if !i.isPlanned() || i.Err != nil {
				continue
			}
			if _, taken := f.Pins[i.Name]; taken && !o.replace {
				i.Status, i.Err = engine.Failed, nameTaken(i.Name)
				continue
			}
			f.Pins[i.Name] = lock.Pin{Source: i.Source, Frozen: i.entry.Frozen, Locked: i.New}
		}
		return nil
	})
}

// completeImports offers the command's flags and the locks of other tools.
func (p *program) completeImports(c *cli.Context) {
	p.completeFlags(c)
	for _, path := range p.foreignLocks() {
		fmt.Fprintln(p.ui, path)
	}
}
