package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// markReplaced sets the status and the old state of added pins that replace others.
func markReplaced(outcomes []engine.Outcome, f *lock.File) {
	for i := range outcomes {
		o := &outcomes[i]
		if old, found := f.Pins[o.Name]; found && o.Err == nil {
			o.Status, o.Old = engine.Replaced, old.Locked
		}
	}
}

// nameRules adds to each pin the whole rule that it follows, unless the pin's choice says it.
func nameRules(outcomes []engine.Outcome) {
	for i := range outcomes {
		o := &outcomes[i]
		request := codecs().Request(o.Source)
		t := request.Tracking
		switch tag, isTag := strings.CutPrefix(o.New.Ref, "refs/tags/"); {
		case o.Err != nil || o.Note != "":
		case t.Rev != "":
			o.Note = "stays at " + shortCommit(t.Rev) + of(request)
		case t.IsOpen() && request.From != "":
			o.Note = fmt.Sprintf("follows the versions%s%s, newest %s", of(request), t.Range, o.New.Version)
		case t.IsOpen() && request.Redirect:
			o.Note = "follows the redirect, now to " + o.New.Calls[0].URL
		case isPackage(o.Source):
			o.Note = "follows " + packageRule(request)
		case t.IsOpen():
		case isTag:
			o.Note = fmt.Sprintf("follows %s%s, newest %s", t, of(request), tag)
		default:
			o.Note = "follows " + t.String() + of(request)
		}
	}
}

// packageRule names the whole rule that a package follows.
func packageRule(r sources.Request) string {
	switch {
	case r.DistTag != "":
		return "the " + versionsOf(r) + r.Range.String()
	case r.Range == sources.Range{}:
		return "the newest version"
	}
	return versionsOf(r) + r.Range.String()
}

// noteUse says how to use the first pin that was added.
func (p *program) noteUse(outcomes []engine.Outcome) {
	i := slices.IndexFunc(outcomes, func(o engine.Outcome) bool { return o.Status == engine.Added })
	if i < 0 {
		return
	}
	attribute := nixAttribute(outcomes[i].Name)
	if outcomes[i].New.Version == "" {
		p.ui.note("in Nix: src = pins.%s;", attribute)
		return
	}
	p.ui.note("in Nix: inherit (pins.%s) pname version src;", attribute)
}

// nixAttribute is the attribute path of a pin. "+" is not allowed in Nix's identifiers.
func nixAttribute(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		if strings.Contains(part, "+") {
			parts[i] = `"` + part + `"`
		}
	}
	return strings.Join(parts, ".")
}

// noteDropped lists the settings of replaced pins that their new sources do not have.
func (p *program) noteDropped(outcomes []engine.Outcome, f *lock.File, frozen bool) {
	for _, o := range outcomes {
		if o.Status != engine.Replaced {
			continue
		}
		old := f.Pins[o.Name]
		if flags := droppedFlags(old.Source, o.Source); len(flags) > 0 {
			text := strings.Join(flags, " ")
			p.ui.note("%s: dropped %s; to restore that run: pinfetch set %s %s", o.Name, text, o.Name, text)
		}
		if old.Frozen && !frozen {
			p.ui.note("%s: no longer frozen; to freeze it again run: pinfetch freeze %s", o.Name, o.Name)
		}
	}
}

// droppedFlags are the settings that only the old source has, as flags. What to follow is not among them: a new source
// always says that.
func droppedFlags(from, to sources.Spec) (flags []string) {
	before, after := codecs().Request(from), codecs().Request(to)
	left := after.Options()
	for i, option := range before.Options() {
		isFollowed := slices.Contains([]string{"branch", "tag", "release", "rev", "system", "from", "match", "json-path", "dist-tag", "redirect"}, option.Name)
		if option.IsSet() && !left[i].IsSet() && !isFollowed {
			flags = append(flags, flagOf(option)...)
		}
	}
	return flags
}
