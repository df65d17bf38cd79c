package newest_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/newest"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// list reads releases such as "1.2 5d early yanked partial": the version, its age, and marks.
func list(t *testing.T, texts ...string) newest.List {
	t.Helper()
	l := newest.List{Names: fmt.Sprintf("%d versions", len(texts)), RefOf: "refs/tags/v"}
	for _, text := range texts {
		words := strings.Fields(text)
		v, ok := version.Parse(words[0])
		if !ok {
			t.Fatalf("%q is no version", words[0])
		}
		release := version.Release{Ordered: v, Name: words[0]}
		for _, word := range words[1:] {
			switch word {
			case "early":
				release.Prerelease = true
			case "yanked":
				release.Withdrawn = "it eats files"
			case "partial":
				release.Incomplete = "foo.zip"
			default:
				var days int
				if _, err := fmt.Sscanf(word, "%dd", &days); err != nil {
					t.Fatal(err)
				}
				release.Date = time.Now().UTC().AddDate(0, 0, -days)
			}
		}
		l.Releases = append(l.Releases, release)
	}
	return l
}

func TestChoose(t *testing.T) {
	t.Parallel()
	in := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	held := func(by sources.Hold, number string) sources.HeldBack {
		return sources.HeldBack{By: by, Available: sources.Facts{Ref: "refs/tags/v" + number, Version: number}}
	}
	for _, tt := range []struct {
		name     string
		releases []string
		r        sources.Range
		want     string
		held     []sources.HeldBack
	}{
		{"newest", []string{"1.2", "1.10", "1.9"}, sources.Range{}, "1.10", nil},
		{"pre-release", []string{"1.2", "1.3-rc1", "1.3-rc2", "1.1-rc9"}, sources.Range{}, "1.2", []sources.HeldBack{held(sources.ByPrerelease, "1.3-rc2")}},
		{"marked as a pre-release", []string{"1.2", "1.3 early"}, sources.Range{}, "1.2", []sources.HeldBack{held(sources.ByPrerelease, "1.3")}},
		{"pre-release, asked for", []string{"1.2", "1.3-rc1"}, sources.Range{Prerelease: true}, "1.3-rc1", nil},
		{"constraint", []string{"1.2", "2.0", "2.1-rc1"}, sources.Range{Constraint: "<2"}, "1.2", []sources.HeldBack{held(sources.ByConstraint, "2.0")}},
		{"both", []string{"1.2", "1.3-rc1", "2.0"}, sources.Range{Constraint: "<2"}, "1.2",
			[]sources.HeldBack{held(sources.ByConstraint, "2.0"), held(sources.ByPrerelease, "1.3-rc1")}},
		{"yanked", []string{"1.2", "1.3 yanked", "1.1 yanked"}, sources.Range{}, "1.2",
			[]sources.HeldBack{{By: sources.ByWithdrawal, Available: held("", "1.3").Available, Why: "it eats files"}}},
		{"not complete", []string{"1.2", "1.3 partial"}, sources.Range{}, "1.2",
			[]sources.HeldBack{{By: sources.ByFiles, Available: held("", "1.3").Available, Why: "foo.zip"}}},
		{"young", []string{"1.2 30d", "1.3 8d", "1.4 5d", "1.5 1d"}, sources.Range{MinAge: "7d"}, "1.3",
			[]sources.HeldBack{{By: sources.ByMinAge, Available: sources.Facts{Ref: "refs/tags/v1.5", Version: "1.5", Date: in(-1)}, Until: in(6)}}},
		{"weeks", []string{"1.2 30d", "1.3 8d"}, sources.Range{MinAge: "2w"}, "1.2",
			[]sources.HeldBack{{By: sources.ByMinAge, Available: sources.Facts{Ref: "refs/tags/v1.3", Version: "1.3", Date: in(-8)}, Until: in(6)}}},
		{"no date", []string{"1.2 30d", "1.3"}, sources.Range{MinAge: "7d"}, "1.2", []sources.HeldBack{held(sources.ByMinAge, "1.3")}},
		{"several reasons at once", []string{"1.2 30d", "2.0-rc1 1d yanked"}, sources.Range{MinAge: "7d", Constraint: "<2"}, "1.2", nil},
		{"another scheme", []string{"1.2", "2024.1-rc1"}, sources.Range{}, "1.2", nil},
	} {
		got, held, err := list(t, tt.releases...).Choose(tt.r)
		if err != nil || got.Name != tt.want || !slices.Equal(held, tt.held) {
			t.Errorf("%s: got %s, held back %+v, %v, want %s and %+v", tt.name, got.Name, held, err, tt.want, tt.held)
		}
	}
}

func TestChooseNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		releases []string
		r        sources.Range
		say      string
		waits    bool
	}{
		{"nothing", nil, sources.Range{}, "no version among 0 versions", false},
		{"pre-releases", []string{"1-rc1"}, sources.Range{}, "only pre-releases such as 1-rc1", false},
		{"constraint", []string{"1.0"}, sources.Range{Constraint: ">1"}, `none of 1 versions satisfies ">1"`, false},
		{"yanked", []string{"1.0 yanked"}, sources.Range{}, "only withdrawn versions such as 1.0 (it eats files)", false},
		{"young", []string{"1.0 1d", "0.9 2d"}, sources.Range{MinAge: "1w"}, "no version among 2 versions is at least 1w old; the first one will be 0.9, on " + time.Now().UTC().AddDate(0, 0, 5).Format(time.DateOnly), true},
		{"no date", []string{"1.0", "0.9"}, sources.Range{MinAge: "1w"}, "no version among 2 versions has a date", true},
		{"not complete", []string{"1.0 partial"}, sources.Range{}, "1.0 among 1 versions is not complete: foo.zip", true},
	} {
		_, _, err := list(t, tt.releases...).Choose(tt.r)
		_, waits := errors.AsType[*sources.WaitingError](err)
		if !errors.Is(err, sources.ErrNotFound) || !strings.Contains(err.Error(), tt.say) || waits != tt.waits {
			t.Errorf("%s: got %v, waiting %v, want %q, %v", tt.name, err, waits, tt.say, tt.waits)
		}
	}
	if _, _, err := list(t, "1.0").Choose(sources.Range{Constraint: "two"}); !errors.Is(err, sources.ErrInvalid) {
		t.Errorf("a malformed constraint: got %v", err)
	}
}

// Dates are asked for in steps, from the newest version down, and only where nothing else holds a version back.
func TestDates(t *testing.T) {
	t.Parallel()
	var texts []string
	for i := range 40 {
		texts = append(texts, fmt.Sprintf("1.%d", i))
	}
	l := list(t, append(texts, "2.0", "1.99-rc1")...)
	var asked []int
	l.Dates = func(names []string) (map[string]time.Time, error) {
		asked = append(asked, len(names))
		dates := make(map[string]time.Time)
		for _, name := range names {
			dates[name] = time.Now()
			if name == "1.30" {
				dates[name] = time.Now().AddDate(-1, 0, 0)
			}
		}
		return dates, nil
	}
	got, held, err := l.Choose(sources.Range{MinAge: "1d", Constraint: "<2"})
	if err != nil || got.Name != "1.30" || held[0].By != sources.ByMinAge || held[0].Available.Version != "1.39" || !slices.Equal(asked, []int{8, 32}) {
		t.Errorf("got %s, %+v, %v after %d dates, want 1.30 after 8 and 32", got.Name, held, err, asked)
	}
	l.Dates = func([]string) (map[string]time.Time, error) { return nil, errors.ErrUnsupported }
	if _, _, err := l.Choose(sources.Range{MinAge: "1d"}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("no dates: got %v", err)
	}
}

// Details are asked for one by one, from the newest version down, until one may be taken.
func TestDetail(t *testing.T) {
	t.Parallel()
	var texts []string
	for i := range 60 {
		texts = append(texts, fmt.Sprintf("1.%d", i))
	}
	long := time.Now().AddDate(-1, 0, 0)
	for _, tt := range []struct {
		name   string
		r      sources.Range
		detail func(*version.Release)
		want   string // or part of the error
		asked  int
	}{
		{"at once", sources.Range{}, func(*version.Release) {}, "1.59", 1},
		{"pre-releases", sources.Range{}, func(r *version.Release) { r.Prerelease = r.Name > "1.55" }, "1.55", 5},
		{"pre-releases, asked for", sources.Range{Prerelease: true}, func(r *version.Release) { r.Prerelease = true }, "1.59", 1},
		{"constraint", sources.Range{Constraint: "<1.30"}, func(*version.Release) {}, "1.29", 1},
		{"age", sources.Range{MinAge: "1d"}, func(r *version.Release) {
			if r.Date = time.Now(); r.Name < "1.58" {
				r.Date = long
			}
		}, "1.57", 3},
		{"no dates", sources.Range{MinAge: "1d"}, func(*version.Release) {}, "no version among 60 versions has a date, so none is known to be at least 1d old", 3},
		{"pre-releases only", sources.Range{}, func(r *version.Release) { r.Prerelease = true }, "among the newest 50", 50},
	} {
		asked := 0
		l := list(t, texts...)
		l.Detail = func(r *version.Release) error {
			asked++
			tt.detail(r)
			return nil
		}
		got, _, err := l.Choose(tt.r)
		text := got.Name
		if err != nil {
			text = err.Error()
		}
		if !strings.Contains(text, tt.want) || asked != tt.asked || err != nil && !errors.Is(err, sources.ErrNotFound) {
			t.Errorf("%s: got %q after %d questions, want %q after %d", tt.name, text, asked, tt.want, tt.asked)
		}
	}
	l := list(t, "1.0")
	l.Detail = func(*version.Release) error { return errors.ErrUnsupported }
	if _, _, err := l.Choose(sources.Range{}); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "version 1.0") {
		t.Errorf("no details: got %v", err)
	}
}
