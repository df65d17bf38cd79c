package bot_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// From the first request to its merge.
func TestLife(t *testing.T) {
	each(t, []string{"a", "b", "ts/c"}, func(w *world) {
		w.warns = true
		w.want()
		w.versions["a"], w.versions["ts/c"] = "1.1", "2.0"
		w.want("a opened", "ts/c opened")
		p := w.request(1)
		if p.Title != "a: 1.0 -> 1.1" || p.Author != "robot" || !strings.Contains(p.Body, "compare/a...b") || !strings.Contains(p.Body, "Fixes") || strings.Contains(p.Body, "@ada") {
			w.t.Errorf("request: %+v", p)
		}
		if got := w.branchLock("pinfetch/a"); got["a"] != "1.1" || got["ts/c"] != "1.0" {
			w.t.Errorf("the branch locks %v", got)
		}
		if p := w.request(1); !strings.Contains(p.Body, "names collide") {
			w.t.Errorf("a warning is missing: %+v", p)
		}
		w.quiet("a unchanged", "ts/c unchanged")
		if w.hashed["a"] || w.hashed["ts/c"] {
			w.t.Error("what the branches lock was downloaded again")
		}
		w.versions["a"] = "1.2"
		w.want("a refreshed", "ts/c unchanged")
		if p := w.request(1); p.Title != "a: 1.0 -> 1.2" || p.State != "open" || !strings.Contains(p.Body, "1.2") || len(w.repo.PullRequests()) != 2 {
			w.t.Errorf("request: %+v", p)
		}
		w.quiet("a unchanged", "ts/c unchanged")
		w.repo.MergePullRequest(1)
		w.want("a deleted", "ts/c refreshed")
		w.repo.MergePullRequest(2)
		w.want("ts/c deleted")
		if len(w.branches()) != 0 {
			w.t.Errorf("branches %q are left", w.branches())
		}
		w.quiet()
	})
}

// A version that a person declined is not offered again; the next one is.
func TestClosedByPerson(t *testing.T) {
	each(t, []string{"a"}, func(w *world) {
		w.versions["a"] = "1.1"
		w.want("a opened")
		w.repo.EditPullRequest(1, func(p *forgetest.PullRequest) { p.State = "closed" })
		w.quiet("a declined")
		w.repo.DeleteRef("refs/heads/pinfetch/a")
		w.quiet("a declined")
		w.versions["a"] = "1.2"
		w.want("a opened")
		if p := w.request(2); p.Title != "a: 1.0 -> 1.2" {
			w.t.Errorf("request: %+v", p)
		}
	})
}

// What people commit is never overwritten, and the bot says so once.
func TestEditedByPerson(t *testing.T) {
	one(t, []string{"a"}, func(w *world) {
		w.versions["a"] = "1.1"
		w.want("a opened")
		theirs := w.repo.Commit("pinfetch/a", forgetest.Files{"README": {Body: "fixed\n"}})
		w.versions["a"] = "1.2"
		w.want("a left alone")
		w.quiet("a left alone")
		w.versions["a"] = "1.0"
		w.quiet("a left alone")
		p := w.request(1)
		if len(p.Comments) != 1 || p.State != "open" || p.Title != "a: 1.0 -> 1.1" || w.repo.Rev("pinfetch/a") != theirs {
			w.t.Errorf("request: %+v", p)
		}
	})
}

// A branch or a request that the bot did not make is somebody else's.
func TestForeign(t *testing.T) {
	one(t, []string{"a", "b"}, func(w *world) {
		w.repo.Branch("pinfetch/a", w.repo.Rev("main"))
		w.repo.Commit("pinfetch/a", forgetest.Files{"x": {Body: "x"}})
		w.repo.Branch("pinfetch/b", w.repo.Rev("main"))
		w.repo.Commit("pinfetch/b", forgetest.Files{"x": {Body: "x"}})
		w.repo.OpenPullRequest(forgetest.PullRequest{Head: "pinfetch/b", Base: "main", Title: "Mine", Body: "mine", Author: "ada"})
		w.quiet()
		w.versions["a"], w.versions["b"] = "1.1", "1.1"
		w.quiet("a left alone", "b left alone")
	})
}

// Edits of the text survive until there is something new to say; text around the bot's part survives for good.
func TestTextOfPeople(t *testing.T) {
	one(t, []string{"a"}, func(w *world) {
		w.versions["a"] = "1.1"
		w.want("a opened")
		w.repo.EditPullRequest(1, func(p *forgetest.PullRequest) {
			p.Title, p.Body = "Better title", "Above.\n\n"+p.Body+"\n\nBelow."
		})
		w.quiet("a unchanged")
		w.versions["a"] = "1.2"
		w.want("a refreshed")
		p := w.request(1)
		if p.Title != "a: 1.0 -> 1.2" || !strings.HasPrefix(p.Body, "Above.\n\n") || !strings.HasSuffix(p.Body, "\n\nBelow.") || strings.Contains(p.Body, "1.1") {
			w.t.Errorf("request: %+v", p)
		}
	})
}

// When the base moves, branches are rebuilt, as one commit; with another option only when its lock did.
func TestBaseMoves(t *testing.T) {
	for _, rebuild := range []bot.Rebuild{"", bot.WhenNeeded} {
		t.Run(string(rebuild), func(t *testing.T) {
			one(t, []string{"a", "b"}, func(w *world) {
				w.options.Rebuild = rebuild
				w.versions["a"], w.versions["b"] = "1.1", "1.1"
				w.want("a opened", "b opened")
				w.repo.Commit("main", forgetest.Files{"README": {Body: "new\n"}})
				if rebuild == bot.WhenNeeded {
					w.quiet("a unchanged", "b unchanged")
				} else {
					w.want("a refreshed", "b refreshed")
				}
				w.repo.MergePullRequest(1) // conflicts with the other one
				w.want("a deleted", "b refreshed")
				if w.repo.Rev("pinfetch/b^") != w.repo.Rev("main") {
					w.t.Error("the branch is not one commit on the base")
				}
				w.repo.MergePullRequest(2)
				if got := w.branchLock("main"); got["a"] != "1.1" || got["b"] != "1.1" {
					w.t.Errorf("the base locks %v", got)
				}
			})
		})
	}
}

// Requests that are no longer needed are closed with the reason, and may come back.
func TestObsolete(t *testing.T) {
	one(t, []string{"a", "b", "c", "d"}, func(w *world) {
		for pin := range w.versions {
			w.versions[pin] = "1.1"
		}
		w.want("a opened", "b opened", "c opened", "d opened")
		w.fails["d"] = true
		f := &lock.File{Pins: map[string]lock.Pin{}}
		for pin, version := range map[string]string{"a": "1.0", "c": "1.1", "d": "1.0"} {
			f.Pins[pin] = lock.Pin{Source: spec(pin), Locked: locked(pin, version), Frozen: pin == "a"}
		}
		base, err := f.Format(codecs())
		if err != nil {
			w.t.Fatal(err)
		}
		w.repo.Commit("main", forgetest.Files{"nix/pins.json": {Body: string(base)}})
		w.want("a closed", "b closed", "c closed", "d unchanged")
		for i, why := range []string{"a is frozen", "b is no longer in the lock", "c is up to date"} {
			p := w.request(i + 1)
			if p.State != "closed" || len(p.Comments) != 1 || !strings.Contains(p.Comments[0].Body, why) || !strings.Contains(p.Body, why) {
				w.t.Errorf("request: %+v", p)
			}
		}
		if got := w.branches(); !slices.Equal(got, []string{"pinfetch/d"}) {
			w.t.Errorf("branches: %q", got)
		}
	})
}

// A request that the bot closed is opened again when it is needed again.
func TestComesBack(t *testing.T) {
	one(t, []string{"a"}, func(w *world) {
		w.versions["a"] = "1.1"
		w.want("a opened")
		w.versions["a"] = "1.0"
		w.want("a closed")
		w.quiet()
		w.versions["a"] = "1.1"
		w.want("a opened")
		if len(w.repo.PullRequests()) != 2 {
			w.t.Errorf("requests: %+v", w.repo.PullRequests())
		}
	})
}

func TestLimit(t *testing.T) {
	one(t, []string{"a", "b", "c"}, func(w *world) {
		w.options.Limit = 2
		for pin := range w.versions {
			w.versions[pin] = "1.1"
		}
		w.want("a opened", "b opened", "c waiting")
		w.quiet("a unchanged", "b unchanged", "c waiting")
		w.repo.EditPullRequest(1, func(p *forgetest.PullRequest) { p.State = "closed" })
		w.want("a declined", "b unchanged", "c opened")
	})
}

func TestGroups(t *testing.T) {
	one(t, []string{"a", "font-x", "font-y", "ts/c", "ts/d"}, func(w *world) {
		w.options.Groups = groups(w.t, "scope", "fonts=font-*")
		for pin := range w.versions {
			w.versions[pin] = "1.1"
		}
		w.fails["font-y"] = true
		w.want("a opened", "fonts opened", "ts opened")
		if p := w.request(2); p.Title != "font-x: 1.0 -> 1.1" || !strings.Contains(p.Body, "cannot reach upstream") {
			w.t.Errorf("request: %+v", p)
		}
		if p := w.request(3); p.Title != "ts: update 2 pins" {
			w.t.Errorf("request: %+v", p)
		}
		w.fails = map[string]bool{"font-x": true}
		w.want("a unchanged", "fonts refreshed", "ts unchanged")
		if got := w.branchLock("pinfetch/fonts"); got["font-x"] != "1.1" || got["font-y"] != "1.1" {
			w.t.Errorf("an update that was there is lost: %v", got)
		}
		w.fails = nil
		w.options.Groups = groups(w.t, "pin")
		w.want("a unchanged", "font-x opened", "font-y opened", "fonts closed", "ts closed", "ts/c opened", "ts/d opened")
		w.options.Groups = groups(w.t, "all")
		w.want("a closed", "all opened", "font-x closed", "font-y closed", "ts/c closed", "ts/d closed")
		if p := w.request(8); p.Title != "pinfetch: update 5 pins" {
			w.t.Errorf("request: %+v", p)
		}
	})
}

func groups(t *testing.T, words ...string) bot.Groups {
	t.Helper()
	g, err := bot.ParseGroups(words)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGroupsRefused(t *testing.T) {
	t.Parallel()
	for _, words := range [][]string{{"pins"}, {"pin", "all"}, {"x=["}, {"x="}, {"a/b=*"}, {"-x y=*"}} {
		if _, err := bot.ParseGroups(words); !errors.Is(err, sources.ErrInvalid) {
			t.Errorf("%q: %v", words, err)
		}
	}
	for _, words := range [][]string{{"a=b"}, {"ts=a", "pin"}} {
		w := newWorld(t, "github", "a", "b", "ts/c")
		w.options.Groups = groups(t, words...)
		if _, err := w.dial().Run(t.Context()); !errors.Is(err, sources.ErrInvalid) {
			t.Errorf("%q: %v", words, err)
		}
	}
}

// Pins that were not selected keep their requests.
func TestSelection(t *testing.T) {
	one(t, []string{"a", "b"}, func(w *world) {
		w.versions["a"], w.versions["b"] = "1.1", "1.1"
		w.want("a opened", "b opened")
		w.selected, w.versions["a"] = []string{"a"}, "1.2"
		w.want("a refreshed", "b unchanged")
	})
}

func TestWishes(t *testing.T) {
	each(t, []string{"a"}, func(w *world) {
		w.options.Wishes = bot.Wishes{Labels: []string{"dependencies"}, Assignees: []string{"ada"}, Reviewers: []string{"ada"}}
		w.options.IsDraft = true
		w.versions["a"] = "1.1"
		w.want("a opened")
		p := w.request(1)
		if !slices.Equal(p.Labels, []string{"dependencies"}) || !slices.Equal(p.Assignees, []string{"ada"}) || !slices.Equal(p.Reviewers, []string{"ada"}) {
			w.t.Errorf("request: %+v", p)
		}
		w.quiet("a unchanged")
		w.repo.EditPullRequest(1, func(p *forgetest.PullRequest) { p.Labels = nil })
		w.quiet("a unchanged")
	})
}

// A dry run says what a real one does next, and writes nothing.
func TestDryRun(t *testing.T) {
	one(t, []string{"a", "b", "c"}, func(w *world) {
		w.versions["a"], w.versions["b"] = "1.1", "1.1"
		w.want("a opened", "b opened")
		w.versions = map[string]string{"a": "1.2", "b": "1.0", "c": "1.1"}
		want := []string{"a refreshed", "b closed", "c opened"}
		before := w.state()
		w.options.DryRun = true
		w.quiet(want...)
		if w.state() != before {
			w.t.Errorf("a dry run changed something")
		}
		w.options.DryRun = false
		w.want(want...)
	})
}

// Whatever call is the last one of a run that is killed, before or after it was made: the next run ends as one that was not.
func TestKilled(t *testing.T) {
	t.Parallel()
	for i, kind := range slices.Sorted(maps.Keys(hosts)) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			changed := func() *world {
				w := newWorld(t, kind, "a", "b", "c")
				w.options.Wishes.Labels = []string{"dependencies"}
				w.versions["a"], w.versions["b"] = "1.1", "1.1"
				w.want("a opened", "b opened")
				w.versions = map[string]string{"a": "1.2", "b": "1.0", "c": "1.1"}
				return w
			}
			undisturbed := changed()
			calls := undisturbed.killAt(1000, false)
			if want := undisturbed.state(); calls < 8 || !strings.Contains(want, "1.2") {
				t.Fatalf("a run makes only %d calls, and ends with\n%s", calls, want)
			}
			for n := range 2 * calls {
				if !*everything && n%15 != 5*i {
					continue
				}
				w := changed()
				w.killAt(1+n/2, n%2 > 0)
				w.run()
				if got, want := w.state(), undisturbed.state(); got != want {
					t.Fatalf("killed at call %d (after it: %v):\n%s\nwant\n%s", 1+n/2, n%2 > 0, got, want)
				}
				w.quiet("a unchanged", "c unchanged")
			}
		})
	}
}

// killAt ends a run at its nth call, and returns how many it began.
func (w *world) killAt(n int, after bool) int {
	w.t.Helper()
	b := w.dial()
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	g := &guillotine{Forge: b.Forge, Project: b.Project, left: n, after: after, cancel: cancel}
	b.Forge, b.Project = g, g
	b.Run(ctx)
	return n - g.left
}

// Two runs at once open one request each pin.
func TestTwoRuns(t *testing.T) {
	each(t, []string{"a", "b"}, func(w *world) {
		w.versions["a"], w.versions["b"] = "1.1", "1.1"
		bots := []*bot.Bot{w.dial(), w.dial(), w.dial()}
		done := make(chan error)
		for _, b := range bots {
			go func() {
				report, err := b.Run(w.t.Context())
				for _, r := range report.Results {
					err = errors.Join(err, r.Err)
				}
				done <- err
			}()
		}
		for range bots {
			if err := <-done; err != nil {
				w.t.Error(err)
			}
		}
		open := 0
		for _, p := range w.repo.PullRequests() {
			if p.State == "open" {
				open++
			}
		}
		if open != 2 {
			w.t.Errorf("%d requests are open", open)
		}
		w.quiet("a unchanged", "b unchanged")
	})
}

// Outdated pins cost at most four requests each the first time, and at most one when there is nothing new, besides those for the
// clone and for lists.
func TestRequests(t *testing.T) {
	pins := make([]string, map[bool]int{false: 60, true: 200}[*everything])
	for i := range pins {
		pins[i] = fmt.Sprintf("p%03d", i)
	}
	one(t, pins, func(w *world) {
		w.options.Limit = -1
		for _, pin := range pins {
			w.versions[pin] = "1.1"
		}
		const others = 12
		sent := func() (n int) {
			w.forge.ResetLog()
			if results := len(w.run()); results != len(pins) {
				w.t.Errorf("got %d results, want %d", results, len(pins))
			}
			for _, r := range w.forge.Requests() {
				if r.Method != "CONNECT" {
					n++
				}
			}
			return n
		}
		n := sent()
		if notes := 2 * w.notes; n+notes > 4*len(pins)+others {
			w.t.Errorf("the first run sent %d requests, and %d for notes", n, notes)
		}
		if n := sent(); n > others {
			w.t.Errorf("a run without news sent %d requests", n)
		}
	})
}
