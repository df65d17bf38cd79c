package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/pinfetch/pinfetch/internal/binarycache"
	"github.com/pinfetch/pinfetch/internal/mirror"
	"github.com/pinfetch/pinfetch/internal/nixstore"
	"github.com/pinfetch/pinfetch/internal/storepath"
)

// mirrorToStore puts what the Nix store of this machine lacks into it.
func (p *program) mirrorToStore(ctx context.Context, o *mirrorOptions, words []string) error {
	if o.compression != "" || o.signKey != "" || o.check || o.prune || len(o.keep) > 0 {
		return usage("--store cannot be combined with --compression, --sign-key, --check, --prune or --keep-lock")
	}
	_, f, selection, err := p.readSelection(words)
	if err != nil {
		return err
	}
	if _, err := p.clients(); err != nil { // before any message could show a credential
		return err
	}
	dir, err := os.MkdirTemp(p.getenv("TMPDIR"), "pinfetch-mirror-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m, _, err := p.newMirror(dir, &mirrorOptions{compression: binarycache.None, from: o.from, dryRun: o.dryRun})
	if err != nil {
		return err
	}
	if err := begin(ctx, m); err != nil {
		return err
	}
	store := nixstore.Store{Secrets: p.secretVariables()}
	contents := mirror.Contents(m.Cache.Store, selectedPins(f, selection))
	if err := keepMissing(ctx, store, m.Cache.Store, contents); err != nil {
		return err
	}
	results := p.publishContents(ctx, m, contents)
	if err := copyPublished(ctx, store, dir, results); err != nil && ctx.Err() == nil {
		return fmt.Errorf("copy into the Nix store: %w", err)
	}
	at := mirrorPlace{name: string(m.Cache.Store)}
	return p.reportMirror(ctx, mirrorReport{place: at, lock: f, dryRun: o.dryRun, results: results}, o.json)
}

// keepMissing leaves each content only those of its default outputs that a store lacks.
func keepMissing(ctx context.Context, store nixstore.Store, dir storepath.Store, contents []mirror.Content) error {
	var paths []string
	for i, c := range contents {
		contents[i].Outputs = c.Defaults(dir)
		for _, o := range contents[i].Outputs {
			paths = append(paths, o.Path)
		}
	}
	missing, err := store.Missing(ctx, paths)
	isThere := func(o storepath.Output) bool { return !slices.Contains(missing, o.Path) }
	for i := range contents {
		contents[i].Outputs = slices.DeleteFunc(contents[i].Outputs, isThere)
	}
	return err
}

// copyPublished copies what was published in a directory. If that fails, it is what the results say.
func copyPublished(ctx context.Context, store nixstore.Store, dir string, results []mirror.Result) error {
	var paths []string
	for _, r := range results {
		for _, o := range r.Outputs {
			if r.Status == mirror.Published {
				paths = append(paths, o.Path)
			}
		}
	}
	err := store.Copy(ctx, dir, paths)
	for i, r := range results {
		switch {
		case r.Status == mirror.Published && err != nil:
			results[i].Status, results[i].Err = mirror.Failed, err
		case r.Status == mirror.Published:
			results[i].Status = mirror.Copied
		}
	}
	return err
}
