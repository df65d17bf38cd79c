// Package newest chooses the newest version that a [sources.Range] allows, whatever lists the versions, and explains what
// holds newer ones back.
package newest

import (
	"fmt"
	"slices"
	"time"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// List is what upstream offers.
type List struct {
	Releases []version.Release // of one scheme, in any order
	Names    string            // what upstream's names are: "12 tags", "3 versions"; for errors
	RefOf    string            // what precedes the name of a release in its full ref, "" if it has none
	// Dates finds out when releases were published, if Releases do not say. It is called only for those that a minimum age
	// is about.
	Dates func(names []string) (map[string]time.Time, error)
	// Detail completes what Releases do not say of one. It is called for those that nothing holds back as far as is known, but
	// their age, from the newest one on.
	Detail func(*version.Release) error
}

// rules is a set of the rules that hold a release back.
type rules uint8

const (
	young rules = 1 << iota
	incomplete
	constrained
	early
	withdrawn

	all = 1 << iota
)

// holds are the rules in the order in which they are told.
var holds = [...]struct {
	rule rules
	hold sources.Hold
}{
	{young, sources.ByMinAge}, {incomplete, sources.ByFiles}, {constrained, sources.ByConstraint},
	{early, sources.ByPrerelease}, {withdrawn, sources.ByWithdrawal},
}

// Choose returns the newest release that r allows, and for each rule of r the newest one that only this rule holds
// back. If there is none, the error is a [sources.ErrNotFound], and a [*sources.WaitingError] if waiting helps. It is a
// [sources.ErrInvalid] if r is malformed.
func (l List) Choose(r sources.Range) (version.Release, []sources.HeldBack, error) {
	constraint, err := version.ParseConstraint(r.Constraint)
	if err != nil {
		return version.Release{}, nil, sources.Invalid("%v", err)
	}
	w := wish{r, r.Age(), time.Now(), constraint}
	l, err = l.dated(w)
	if err != nil {
		return version.Release{}, nil, err
	}
	var top [all]*version.Release // the newest release that exactly these rules hold back
	for i := range l.Releases {
		release := &l.Releases[i]
		broken := w.breaks(release)
		if top[broken] == nil || top[broken].Compare(release.Ordered) < 0 {
			top[broken] = release
		}
	}
	held := l.held(top, w)
	if top[0] == nil {
		return version.Release{}, held, l.explain(top, held, w)
	}
	return *top[0], held, nil
}

// wish is a [sources.Range] at a time.
type wish struct {
	sources.Range
	age        time.Duration
	now        time.Time
	constraint version.Constraint
}

// breaks returns the rules that hold a release back.
func (w wish) breaks(release *version.Release) (broken rules) {
	if w.age > 0 && (release.Date.IsZero() || w.now.Sub(release.Date) < w.age) {
		broken |= young
	}
	if release.Incomplete != "" {
		broken |= incomplete
	}
	if !w.constraint.Allows(release) {
		broken |= constrained
	}
	if release.IsEarly() && !w.Prerelease {
		broken |= early
	}
	if release.Withdrawn != "" {
		broken |= withdrawn
	}
	return broken
}

// dated returns the list with the dates of the releases that nothing but their age may hold back, from the newest one down
// to the first that is old enough. It asks for few dates first, and for more each time.
func (l List) dated(w wish) (List, error) {
	const least, most = 8, 512
	if l.Detail == nil && (l.Dates == nil || w.age == 0) {
		return l, nil
	}
	l.Releases = slices.Clone(l.Releases)
	slices.SortFunc(l.Releases, func(a, b version.Release) int { return b.Compare(a.Ordered) })
	if l.Detail != nil {
		return l.detailed(w)
	}
	var waiting []*version.Release
	for i := range l.Releases {
		if release := &l.Releases[i]; w.breaks(release)&^young == 0 {
			waiting = append(waiting, release)
		}
	}
	for batch := least; len(waiting) > 0; batch = min(batch*least, most) {
		asked := waiting[:min(batch, len(waiting))]
		waiting = waiting[len(asked):]
		names := make([]string, len(asked))
		for i, release := range asked {
			names[i] = release.Name
		}
		dates, err := l.Dates(names)
		if err != nil {
			return l, err
		}
		for _, release := range asked {
			release.Date = dates[release.Name]
		}
		if slices.ContainsFunc(asked, func(release *version.Release) bool { return w.breaks(release) == 0 }) {
			break
		}
	}
	return l, nil
}

// detailed returns the list, which is sorted, with the details of the releases that may be taken.
func (l List) detailed(w wish) (List, error) {
	const most, mostUndated = 50, 3
	asked, undated := 0, 0
	for i := range l.Releases {
		release := &l.Releases[i]
		if w.breaks(release)&^young != 0 {
			continue
		}
		if asked++; asked > most {
			err := fmt.Errorf("a version that may be taken among the newest %d: %w", most, sources.ErrNotFound)
			return l, sources.WithSettings(err, sources.Setting{Option: "constraint"}, sources.Setting{Option: "prerelease"})
		}
		if err := l.Detail(release); err != nil {
			return l, fmt.Errorf("version %s: %w", release.Name, err)
		}
		if release.Date.IsZero() {
			undated++
		}
		if undated == mostUndated && w.age > 0 { // older ones have no dates either
			break
		}
		if w.breaks(release) == 0 {
			break
		}
	}
	return l, nil
}

// held returns the releases that one rule each holds back, if they are newer than the one that is taken and of its scheme.
func (l List) held(top [all]*version.Release, w wish) (found []sources.HeldBack) {
	for _, h := range holds {
		release := top[h.rule]
		if release == nil || top[0] != nil && (release.Compare(top[0].Ordered) < 0 || l.isForeign(*release, *top[0])) {
			continue
		}
		one := sources.HeldBack{By: h.hold, Available: l.Facts(*release)}
		switch h.rule {
		case young:
			one.Until = w.until(*release)
		case withdrawn:
			one.Why = release.Withdrawn
		case incomplete:
			one.Why = release.Incomplete
		}
		found = append(found, one)
	}
	return found
}

// isForeign reports whether two tags have different schemes. All versions of a registry have one.
func (l List) isForeign(a, b version.Release) bool {
	return l.RefOf != "" && !sources.SameScheme(a.String(), b.String())
}

// until returns the day on which a release is old enough, "" if its date is not known.
func (w wish) until(release version.Release) string {
	if release.Date.IsZero() {
		return ""
	}
	return day(release.Date.Add(w.age))
}

// Facts returns what a release tells of what is locked.
func (l List) Facts(release version.Release) sources.Facts {
	f := sources.Facts{Version: release.String(), Date: day(release.Date)}
	if l.RefOf != "" {
		f.Ref = l.RefOf + release.Name
	}
	return f
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// explain says why no release is allowed, and what would allow one.
func (l List) explain(top [all]*version.Release, held []sources.HeldBack, w wish) error {
	option := func(names ...string) (settings []sources.Setting) {
		for _, name := range names {
			settings = append(settings, sources.Setting{Option: name})
		}
		return settings
	}
	problem, try := "no version among "+l.Names, option("tag", "branch")
	if l.RefOf == "" {
		try = nil
	}
	switch {
	case top[young] != nil:
		return sources.WithSettings(&sources.WaitingError{HeldBack: held[0], Problem: l.tooYoung(w)}, option("min-age")...)
	case top[incomplete] != nil:
		problem := fmt.Sprintf("%s among %s is not complete: %s", held[0].Available.Version, l.Names, held[0].Why)
		return sources.WithHint(&sources.WaitingError{HeldBack: held[0], Problem: problem}, "try again later, or ask for a file that is there")
	case top[early] != nil:
		problem, try = fmt.Sprintf("only pre-releases such as %s among %s", top[early].Name, l.Names), option("prerelease")
	case top[withdrawn] != nil:
		problem, try = fmt.Sprintf("only withdrawn versions such as %s (%s) among %s", top[withdrawn].Name, top[withdrawn].Withdrawn, l.Names), option("rev")
	case w.Constraint != "" && len(l.Releases) > 0:
		problem, try = fmt.Sprintf("none of %s satisfies %q", l.Names, w.Constraint), option("constraint")
	}
	err := fmt.Errorf("%s: %w", problem, sources.ErrNotFound)
	if len(try) == 0 {
		return sources.WithHint(err, "check in a browser that upstream has a version")
	}
	return sources.WithSettings(err, try...)
}

// tooYoung says that all releases are too young, and which one will be taken first, and when.
func (l List) tooYoung(w wish) string {
	var first *version.Release
	for i := range l.Releases {
		release := &l.Releases[i]
		if w.breaks(release) == young && !release.Date.IsZero() && (first == nil || release.Date.Before(first.Date)) {
			first = release
		}
	}
	if first == nil {
		return fmt.Sprintf("no version among %s has a date, so none is known to be at least %s old", l.Names, w.MinAge)
	}
	return fmt.Sprintf("no version among %s is at least %s old; the first one will be %s, on %s", l.Names, w.MinAge, first, w.until(*first))
}
