package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/bot/body"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// run is one run of a bot.
type run struct {
	*Bot
	base     *lock.File
	tips     map[string]gitcmd.Commit   // of the branches that exist, by name
	locks    map[string][]byte          // of the base and of the branches that are the bot's, by commit ID
	open     map[string]Request         // the oldest open one of each branch
	outcomes map[string]*engine.Outcome // by pin
	broken   error                      // why nothing can be pushed
	results  []Result
}

// Run brings all requests up to date. The error means that nothing was done; what became of each request is in the report.
func (b *Bot) Run(ctx context.Context) (Report, error) {
	r := &run{Bot: b, tips: maps.Clone(b.Project.Branches())}
	if err := r.read(ctx); err != nil {
		return Report{}, err
	}
	groups, err := b.Groups.assign(r.base.Names())
	if err != nil {
		return Report{}, err
	}
	requests, err := r.list(ctx)
	if err != nil {
		return Report{}, err
	}
	outcomes, err := b.Update(ctx, r.base, r.known())
	if err != nil {
		return Report{}, err
	}
	if ctx.Err() != nil {
		return Report{Outcomes: outcomes}, context.Cause(ctx)
	}
	r.outcomes = make(map[string]*engine.Outcome)
	for i := range outcomes {
		r.outcomes[outcomes[i].Name] = &outcomes[i]
	}
	targets := r.targets(groups)
	r.closeDuplicates(ctx, requests)
	r.prune(ctx, groups, targets)
	r.publish(ctx, targets)
	slices.SortFunc(r.results, func(a, b Result) int { return strings.Compare(a.Branch, b.Branch) })
	return Report{r.results, outcomes}, nil
}

// read reads the lock of the base and those of the bot's own branches.
func (r *run) read(ctx context.Context) (err error) {
	base := r.Project.Base()
	commits := []gitcmd.Commit{base}
	for _, tip := range r.tips {
		if isMine(tip) { // for another base it serves as well
			commits = append(commits, tip)
		}
	}
	if r.locks, err = r.Project.Files(ctx, r.LockPath, commits...); err != nil {
		return err
	}
	text, found := r.locks[base.ID]
	if !found {
		return fmt.Errorf("%q in branch %q: %w", r.LockPath, r.BaseName, ErrNoLock)
	}
	if r.base, err = lock.Parse(text, r.Codecs); err != nil {
		return fmt.Errorf("%s in branch %q: %w", r.LockPath, r.BaseName, err)
	}
	return nil
}

// list lists the open requests.
func (r *run) list(ctx context.Context) ([]Request, error) {
	requests, err := r.Forge.Open(ctx, r.BaseName, Prefix)
	if err != nil {
		return nil, err
	}
	r.open = make(map[string]Request)
	for _, request := range requests {
		if _, isSecond := r.open[request.Branch]; !isSecond {
			r.open[request.Branch] = request
		}
	}
	return requests, nil
}

// isMine reports whether a branch is as the bot made it for this base. Requests into another base have branches of the same
// names; one into this base may have been made before the base was renamed.
func (r *run) isMine(branch string) bool {
	tip := r.tips[branch]
	_, isOpen := r.open[branch]
	return isMine(tip) && (isOpen || trailer(tip.Message, requestTrailer) == requestOf(branch, r.BaseName))
}

// branchLock is the lock of a branch that is the bot's, nil if it is not or has none.
func (r *run) branchLock(branch string) *lock.File {
	f, err := lock.Parse(r.locks[r.tips[branch].ID], r.Codecs)
	if err != nil { // of branches that are not the bot's, nothing was read
		return nil
	}
	return f
}

// known are what the bot's branches lock of pins whose source is still the same.
func (r *run) known() map[string][]sources.Resolution {
	known := make(map[string][]sources.Resolution)
	for _, branch := range slices.Sorted(maps.Keys(r.tips)) {
		f := r.branchLock(branch)
		if f == nil {
			continue
		}
		for name, pin := range f.Pins {
			if old, found := r.base.Pins[name]; found && old.Source == pin.Source && !old.Locked.Equal(pin.Locked) {
				known[name] = append(known[name], pin.Locked)
			}
		}
	}
	return known
}

// targets are what the branches should hold of which some pin moves.
func (r *run) targets(groups map[string][]string) (targets []*target) {
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		want := target{branch: Prefix + group, group: group}
		hasNews := false
		for _, name := range groups[group] {
			o, isSelected := r.outcomes[name]
			switch {
			case isSelected && o.Status == engine.Updated:
				hasNews = true
				want.moved = append(want.moved, *o)
				continue
			case !isSelected || o.Status == engine.Failed:
				want.isPart = true
				if kept, found := r.kept(want.branch, name); found {
					want.moved = append(want.moved, kept)
					continue
				}
			}
			if isSelected {
				want.others = append(want.others, *o)
			}
		}
		if !hasNews {
			continue
		}
		t, err := r.newTarget(r.base, want)
		if err != nil {
			r.fail(Result{Branch: want.branch}, err)
			continue
		}
		targets = append(targets, t)
	}
	return targets
}

// kept is the update of a pin that failed or was not looked at, as the group's branch has it from an earlier run, if the base has
// nothing newer meanwhile.
func (r *run) kept(branch, name string) (o engine.Outcome, found bool) {
	f := r.branchLock(branch)
	if f == nil {
		return o, false
	}
	pin, old := f.Pins[name], r.base.Pins[name]
	if pin.Source != old.Source || pin.Validate() != nil {
		return o, false
	}
	order, isKnown := r.Codecs.CompareVersions(old.Source, pin.Locked.Version, old.Locked.Version)
	o = engine.Outcome{Name: name, Status: engine.Updated, Source: old.Source, Old: old.Locked, New: pin.Locked}
	return o, isKnown && order > 0
}

// fail adds a result that failed.
func (r *run) fail(result Result, err error) {
	result.Action, result.Err = Failed, err
	r.results = append(r.results, result)
}

// result is the result of a target and its request, which may be the zero one.
func (t *target) result(request Request) Result {
	return Result{Branch: t.branch, Number: request.Number, URL: request.URL, Title: t.title, Pins: t.names()}
}

// state is the state that the request of a target should record.
func (t *target) state(c body.Content) body.State {
	return body.State{To: t.to, Title: t.title, Facts: facts(c)}
}
