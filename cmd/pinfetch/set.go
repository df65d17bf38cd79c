package main

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

type setOptions struct {
	sources.Request // what is set; Ref is --source
	unset           []string
	at              string
	dryRun, json    bool
}

func (p *program) setCommand() *cli.Command {
	o := &setOptions{}
	return &cli.Command{
		Name:      "set",
		Usage:     "change settings of pins",
		UsageText: "pinfetch set [FLAG…] NAME…",
		Description: `Takes the flags of add and keeps every setting that is not named. Of
--branch, --tag, --release and --rev, a new one replaces the others. Only
what the change requires is downloaded.

Examples:

   pinfetch set ripgrep --tag '14.*'
   pinfetch set ripgrep --unset constraint --at 14.1.1
   pinfetch set ripgrep --source github:someone/ripgrep
   pinfetch set helm --from github:helm/helm --constraint '<4'`,
		Flags: slices.Concat(group(following,
			stringFlag(&o.Ref, "source", "take the pin from the source `REFERENCE`"),
			listFlag(func(name string) { o.unset = append(o.unset, name) }, "unset", "remove the `SETTING`, named like its flag; repeatable"),
			atFlag(&o.at),
		), requestFlags(&o.Request, kindOptions()), group(output, dryRunFlag(&o.dryRun), jsonFlag(&o.json)), keepDotGitFlags()),
		Action:       func(c *cli.Context) error { return p.set(c.Context, o, c.Args().Slice()) },
		BashComplete: p.completePins,
	}
}

func atFlag(at *string) cli.Flag {
	return stringFlag(at, "at", "lock `VERSION`, a tag or a full commit ID, this once")
}

// atAndRev says why a revision for once and one for good contradict each other.
const atAndRev = "--at and --rev exclude each other: a pin stays at --rev, and --at locks another version once"

func (p *program) set(ctx context.Context, o *setOptions, words []string) error {
	if o.at != "" && o.Rev != "" {
		return usage(atAndRev)
	}
	if len(words) == 0 {
		return usage("no pin is given")
	}
	path, f, selection, err := p.readSelection(words)
	if err != nil {
		return err
	}
	if _, err := p.clients(); err != nil { // before any message could show a credential
		return err
	}
	changes, err := p.planChanges(o, f, selection.Names)
	if err != nil {
		return err
	}
	outcomes, err := p.runEngine(len(changes), false, func(e *engine.Engine) []engine.Outcome { return e.Set(ctx, f, changes) })
	if err != nil {
		return err
	}
	if !o.dryRun {
		if err := p.writeUpdated(ctx, path, f, outcomes); err != nil {
			return err
		}
	}
	err = p.reportOutcomes(ctx, outcomes, o.json, setLine)
	p.noteHeldBack(outcomes)
	p.noteDryRun(o.dryRun)
	return err
}

func setLine(o engine.Outcome) string {
	if o.Err != nil {
		return ""
	}
	sameHash := func(a, b sources.Call) bool { return a.System == b.System && a.Hash == b.Hash }
	if o.Old.Facts == o.New.Facts && slices.EqualFunc(o.Old.Calls, o.New.Calls, sameHash) {
		return o.Name + ": set"
	}
	return fmt.Sprintf("%s: set, %s", o.Name, describeChange(o.Old, o.New))
}

// planChanges works out the new sources. Pins that stay as they are get no change.
func (p *program) planChanges(o *setOptions, f *lock.File, names []string) (changes []engine.Change, err error) {
	for _, name := range names {
		old := codecs().Request(f.Pins[name].Source)
		request, err := o.apply(old)
		if err != nil {
			return nil, err
		}
		for _, dropped := range dropUseless(&request, &o.Request) {
			p.ui.note("%s: dropped %s, which applies to versions only", name, dropped)
		}
		spec, err := codecs().Parse(request)
		if err != nil {
			return nil, fmt.Errorf("pin %q: %w", name, err)
		}
		if spec == f.Pins[name].Source && o.at == "" {
			p.ui.note("%s: nothing to change", name)
			continue
		}
		changes = append(changes, engine.Change{Name: name, Source: spec, At: o.at, Stay: meansSame(request, old)})
	}
	return changes, nil
}

// meansSame reports whether two requests choose among the same versions, though perhaps not at the same time.
func meansSame(r, old sources.Request) bool {
	r.MinAge = old.MinAge
	return r.Tracking == old.Tracking && upstream(r) == upstream(old)
}

// upstream is what says where versions come from, apart from which ones are followed.
func upstream(r sources.Request) [7]string {
	if r.Ref != "" { // and so systems are words in names of files, not addresses
		r.Systems = nil
	}
	return [...]string{r.Ref, strings.Join(r.Systems, " "), r.Host, r.From, r.Match, r.Path, r.DistTag}
}

// apply returns a pin's request with what is set and unset.
func (o *setOptions) apply(r sources.Request) (sources.Request, error) {
	if o.Ref != "" {
		r.Ref, r.Host, r.FetchURL = o.Ref, "", ""
		if r.Asset == "" { // they are URLs
			r.Systems = nil
		}
	}
	if o.From != "" || slices.Contains(o.unset, "from") {
		r.From, r.Match, r.Path, r.Host, r.DistTag, r.Tracking = "", "", "", "", "", sources.Tracking{Range: r.Range}
		if o.From == "" {
			r.Tracking = sources.Tracking{}
		}
	}
	if o.Match != "" || o.Path != "" {
		r.Match, r.Path = "", ""
	}
	if !o.Tracking.IsOpen() {
		r.Branch, r.Tags, r.Release, r.Rev = "", "", false, ""
	}
	if len(o.Systems) > 0 && r.Asset == "" && o.Asset == "" {
		r.Ref = o.Ref
	}
	fields := r.Options()
	for i, given := range o.Options() {
		if given.IsSet() {
			value(fields[i]).Set(value(given))
		}
	}
	for _, name := range o.unset {
		i := slices.IndexFunc(fields, func(option sources.Option) bool { return option.Name == strings.TrimPrefix(name, "--") })
		if i < 0 {
			return r, usage("--unset %q: there is no such setting", name)
		}
		value(fields[i]).SetZero()
	}
	return r, nil
}

func value(o sources.Option) reflect.Value { return reflect.ValueOf(o.Field).Elem() }

// dropUseless removes settings that choose among versions from a request that no longer follows any, unless they were
// given, and returns their names.
func dropUseless(r, given *sources.Request) (dropped []string) {
	if r.Branch == "" && r.Rev == "" {
		return nil
	}
	if r.Constraint != "" && given.Constraint == "" {
		r.Constraint, dropped = "", append(dropped, "constraint")
	}
	if r.Prerelease && !given.Prerelease {
		r.Prerelease, dropped = false, append(dropped, "prerelease")
	}
	if r.MinAge != "" && given.MinAge == "" {
		r.MinAge, dropped = "", append(dropped, "min-age")
	}
	return dropped
}
