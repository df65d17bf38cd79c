package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/pinfetch/pinfetch/internal/binarycache"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/mirror"
	"github.com/pinfetch/pinfetch/pkg/lock"
)

// mirrorReport is what became of a mirror.
type mirrorReport struct {
	place    mirrorPlace
	key      *binarycache.Key
	lock     *lock.File
	dryRun   bool
	results  []mirror.Result
	dropped  []binarycache.File
	pruneErr error
}

// The JSON of mirror. Fields are only ever added.
type (
	mirrorDocument struct {
		Destination string        `json:"destination"`
		Contents    []contentJSON `json:"contents"` // in name order
		Changed     int           `json:"changed"`  // how many were published, aliased or repaired
		Failed      int           `json:"failed"`   // how many failed or are damaged
		Dropped     []string      `json:"dropped"`  // files that --prune deleted, or would delete
		Error       *errorJSON    `json:"error,omitzero"`
	}
	contentJSON struct {
		Pins     []string      `json:"pins"`
		System   *string       `json:"system"`
		Hash     *string       `json:"hash"`
		Paths    []string      `json:"paths"` // in the store
		Status   mirror.Status `json:"status"`
		From     *string       `json:"from"`
		Bytes    int64         `json:"bytes,omitzero"`
		Warnings []string      `json:"warnings"`
		Error    *errorJSON    `json:"error"`
	}
)

// reportMirror reports what became of the contents, and returns what the command ends with.
func (p *program) reportMirror(ctx context.Context, r mirrorReport, asJSON bool) error {
	outcomes := failuresOf(r.results, r.lock)
	if asJSON {
		p.printJSON(p.newMirrorDocument(r, outcomes))
	}
	damaged := 0
	for _, result := range r.results {
		for _, warning := range mirrorWarnings(result) {
			p.ui.warn("%s: %s", result.Label(), warning)
		}
		if !asJSON && result.Err == nil {
			p.ui.result("%s: %s", result.Label(), mirrorText(result))
		}
		if result.Damage != nil && result.Status != mirror.Repaired {
			damaged++
		}
	}
	size := int64(0)
	for _, file := range r.dropped {
		if size += file.Size; !asJSON {
			p.ui.result("%s %s", choose(r.dryRun, "would delete", "deleted"), file.Key)
		}
	}
	p.reportFailures(ctx, outcomes)
	if r.pruneErr != nil {
		p.reportFailure(fmt.Errorf("prune %s: %w", r.place.name, r.pruneErr))
	}
	p.ui.note("%s", countContents(r.results))
	if len(r.dropped) > 0 {
		p.ui.note("%s %d files, %s", choose(r.dryRun, "would delete", "deleted"), len(r.dropped), humanize.IBytes(uint64(size)))
	}
	p.noteDryRun(r.dryRun)
	switch {
	case ctx.Err() != nil:
		return exitError(exitInterrupted)
	case damaged > 0:
		return exitError(exitMismatch)
	case len(outcomes) > 0 && len(outcomes) == len(r.results):
		return exitError(exitNothing)
	case len(outcomes) > 0, r.pruneErr != nil:
		return exitError(exitPartial)
	}
	if r.place.address != "" && !r.dryRun && len(r.results) > 0 {
		p.noteSubstituter(r.place, r.key)
	}
	return nil
}

// failuresOf returns the contents that failed or are damaged, as outcomes of their first pins.
func failuresOf(results []mirror.Result, f *lock.File) (outcomes []engine.Outcome) {
	for _, r := range results {
		if o, failed := failureOf(r, f); failed {
			outcomes = append(outcomes, o)
		}
	}
	return outcomes
}

func failureOf(r mirror.Result, f *lock.File) (o engine.Outcome, failed bool) {
	err := r.Err
	if r.Status == mirror.Damaged {
		err = r.Damage
	}
	if err == nil {
		return o, false
	}
	if r.System != "" {
		err = fmt.Errorf("%s: %w", r.System, err)
	}
	pin := f.Pins[r.Pins[0]]
	return engine.Outcome{Name: r.Pins[0], Status: engine.Failed, Source: pin.Source, Old: pin.Locked, Err: err}, true
}

// mirrorText is "published, 1.2 MiB, from upstream".
func mirrorText(r mirror.Result) string {
	text := string(r.Status)
	if r.Size > 0 {
		text += ", " + humanize.IBytes(uint64(r.Size))
	}
	switch r.From {
	case "":
	case mirror.FromStore:
		text += ", from the Nix store"
	default:
		text += ", from " + r.From
	}
	return text
}

func mirrorWarnings(r mirror.Result) (texts []string) {
	if r.Gone != nil {
		texts = append(texts, fmt.Sprintf("read from %s, because upstream failed: %v", r.From, r.Gone))
	}
	if r.Status == mirror.Repaired {
		texts = append(texts, fmt.Sprintf("it was damaged: %v", r.Damage))
	}
	return texts
}

// countContents is "3 sources: 1 published, 2 present".
func countContents(results []mirror.Result) string {
	count := make(map[mirror.Status]int)
	for _, r := range results {
		count[r.Status]++
	}
	var parts []string
	for _, status := range []mirror.Status{
		mirror.Published, mirror.Copied, mirror.Aliased, mirror.Repaired, mirror.Present, mirror.Missing, mirror.Damaged, mirror.Failed,
	} {
		if count[status] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[status], status))
		}
	}
	text := fmt.Sprintf("%d %s", len(results), choose(len(results) == 1, "source", "sources"))
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}

// noteSubstituter says how builds use the mirror.
func (p *program) noteSubstituter(at mirrorPlace, key *binarycache.Key) {
	address, conf, flake := at.address, "", ""
	if at.web != "" && at.web != at.address {
		p.ui.note("if everybody may read the bucket, Nix needs no credentials with %s", at.web)
	}
	if key != nil {
		conf = "\n   extra-trusted-public-keys = " + key.Public()
		flake = fmt.Sprintf("\n   nixConfig.extra-trusted-public-keys = [ %q ];", key.Public())
	}
	p.ui.note("to build from the mirror, add to nix.conf:\n   extra-substituters = %s%s", address, conf)
	p.ui.note("or to flake.nix:\n   nixConfig.extra-substituters = [ %q ];%s", address, flake)
	p.ui.note("or build with it, as in CI:\n   nix-build --option extra-substituters '%s'", address)
	p.ui.note("users that are not in trusted-users need the address in trusted-substituters of /etc/nix/nix.conf")
}

func (p *program) newMirrorDocument(r mirrorReport, failures []engine.Outcome) mirrorDocument {
	d := mirrorDocument{Destination: p.ui.redact(r.place.name), Contents: []contentJSON{}, Dropped: []string{}, Failed: len(failures)}
	for _, result := range r.results {
		c := contentJSON{
			Pins: result.Pins, System: orNull(result.System), Hash: orNull(result.Hash.String()), Paths: []string{},
			Status: result.Status, From: orNull(result.From), Bytes: result.Size, Warnings: append([]string{}, mirrorWarnings(result)...),
		}
		for _, o := range result.Outputs {
			c.Paths = append(c.Paths, o.Path)
		}
		if o, failed := failureOf(result, r.lock); failed {
			c.Error = p.outcomeErrorJSON(o)
		}
		switch d.Contents = append(d.Contents, c); result.Status {
		case mirror.Published, mirror.Copied, mirror.Aliased, mirror.Repaired:
			d.Changed++
		}
	}
	for _, file := range r.dropped {
		d.Dropped = append(d.Dropped, file.Key)
	}
	if r.pruneErr != nil {
		d.Error = p.errorJSON(r.pruneErr)
	}
	return d
}
