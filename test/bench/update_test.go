package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// TestMain lets the benchmark run the test program itself to make data and forges.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		if err := run(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// newBench returns a benchmark with a pinfetch.
func newBench(t *testing.T) *bench {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{ctx: t.Context(), root: "../..", dir: t.TempDir(), runs: 1, self: self}
	buildPinfetch(t, b)
	return b
}

func buildPinfetch(t *testing.T, b *bench) {
	t.Helper()
	b.pinfetch = filepath.Join(t.TempDir(), "pinfetch")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", b.pinfetch, "../../cmd/pinfetch")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// The counts must be right: these updates are small enough to know them.
func TestUpdates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	t.Run("lock", func(t *testing.T) { testUpdatedLock(t, b) })
	for _, tt := range []struct {
		kind               string
		pins, repositories int
		want               forgetest.Counts // without bytes and counts that depend on timing
	}{
		{lockCurrent, 12, 3, forgetest.Counts{LsRefs: 3}},
		{lockOutdated, 4, 4, forgetest.Counts{LsRefs: 4, Redirects: 4, Downloads: 4}},
		{lockCommits, 2, 2, forgetest.Counts{Redirects: 2, Downloads: 2}},
	} {
		path, err := b.makeLock(tt.kind, tt.pins, tt.repositories)
		if err != nil {
			t.Fatal(err)
		}
		f, c, err := b.updateOnce(path, tt.kind, tt.repositories, 0, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.kind, err)
			continue
		}
		if f.peak == 0 || f.wall == 0 || c.Connections == 0 || c.RoundTrips == 0 || c.MostInFlight == 0 {
			t.Errorf("%s: got %+v and %+v, want all measured", tt.kind, f, c)
		}
		got := forgetest.Counts{Capabilities: c.Capabilities, LsRefs: c.LsRefs, Redirects: c.Redirects, Downloads: c.Downloads}
		if got != tt.want || c.Others > 0 {
			t.Errorf("%s: got %+v and %d others, want %+v", tt.kind, got, c.Others, tt.want)
		}
		const low, high = 190 << 10, 220 << 10 // about 200 KiB, plus TLS
		if c.Downloads > 0 && (c.BytesOut/c.Downloads < low || c.BytesOut/c.Downloads > high) {
			t.Errorf("%s: got %d bytes for each archive, want %d to %d", tt.kind, c.BytesOut/c.Downloads, low, high)
		}
	}
}

// An update of pins of all kinds asks once for each, over two connections to each host at most, and downloads nothing.
func TestMixed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	path, pins := b.path("mixed.json"), 3*len(services())
	lookups, err := makeMixed(path, pins)
	if err != nil {
		t.Fatal(err)
	}
	_, c, err := b.updateOnce(path, lockMixed, pins, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lookups < pins/2 || c.Lookups() != int64(lookups) || c.Downloads+c.Redirects > 0 || c.MostConnections > 2 {
		t.Errorf("got %+v, want %d lookups and nothing else", c, lookups)
	}
}

// Updating an outdated lock gives the current one, except for hashes, which are all
// different.
func testUpdatedLock(t *testing.T, b *bench) {
	const pins = 3
	outdated, err := b.makeLock(lockOutdated, pins, pins)
	if err != nil {
		t.Fatal(err)
	}
	current, err := b.makeLock(lockCurrent, pins, pins)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.updateOnce(outdated, lockOutdated, pins, 0, nil); err != nil {
		t.Fatal(err)
	}
	got, want := readLock(t, outdated+".copy"), readLock(t, current)
	if len(got.Pins) != pins {
		t.Fatalf("got %d pins, want %d", len(got.Pins), pins)
	}
	seen := make(map[string]bool)
	for name, pin := range got.Pins {
		if got, want := pin.Locked, want.Pins[name].Locked; got.Facts != want.Facts || got.Call().Fetch != want.Call().Fetch {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		if hash := pin.Locked.Call().Hash.String(); seen[hash] {
			t.Errorf("%s: got the hash of another pin", name)
		} else {
			seen[hash] = true
		}
	}
}

func readLock(t *testing.T, path string) *lock.File {
	t.Helper()
	data, err := lock.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := lock.Parse(data, kinds())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestGitYardstick(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{ctx: t.Context(), dir: t.TempDir(), self: self}
	if _, err := b.lsRemote(gitAtOnce + 1); err != nil {
		t.Error(err)
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if lines := table(t, b.start); len(lines) != 1 || !strings.Contains(lines[0], "≤ 1.9 × the empty program") {
		t.Errorf("got %q", lines)
	}
}

func TestRewrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pins.json")
	if err := makeLock(lockCurrent, path, 30, 10); err != nil {
		t.Fatal(err)
	}
	r, err := measureRewrite(path)
	if err != nil {
		t.Fatal(err)
	}
	if r.Pins != 30 || r.Size == 0 || r.Parse.Wall == 0 || r.Write.Wall == 0 || r.Edit.Wall == 0 || r.Plain.Wall == 0 {
		t.Errorf("got %+v, want all measured", r)
	}
}

func TestGoals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		goal goal
		want bool
	}{
		{atMost(2, 2, "connections"), true},
		{atMost(3, 2, "connections"), false},
		{atMostTimes(2, 2, "calls"), true},
		{atMostTimes(2.01, 2, "calls"), false},
		{faster(1, 50, 50), true},
		{faster(1, 49, 50), false},
		{within(8, 8), true},
		{within(9, 8), false},
		{peak(figures{peak: 48 << 20}, 48), true},
		{peak(figures{peak: 48<<20 + 1}, 48), false},
	} {
		if tt.goal.reached != tt.want {
			t.Errorf("%s: got %v, want %v", tt.goal.text, tt.goal.reached, tt.want)
		}
	}
}
