package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pinfetch/pinfetch/internal/engine"
)

func stage(name string, s engine.Stage) engine.Event { return engine.Event{Name: name, Stage: s} }

func received(name string, bytes, total int64) engine.Event {
	return engine.Event{Name: name, Stage: engine.Downloading, Bytes: bytes, Total: total}
}

func failed(name string, err error) engine.Event {
	return engine.Event{Name: name, Stage: engine.Done, Err: err}
}

func TestTallyCounts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		events []engine.Event
		want   snapshot
	}{
		"nothing": {nil, snapshot{}},
		"resolving": {[]engine.Event{stage("a", engine.Resolving), stage("b", engine.Resolving)},
			snapshot{resolving: 2}},
		"unchanged": {[]engine.Event{stage("a", engine.Resolving), stage("a", engine.Done)},
			snapshot{done: 1, resolved: 1}},
		"frozen": {[]engine.Event{stage("a", engine.Done)},
			snapshot{done: 1, resolved: 1}},
		"waiting": {[]engine.Event{stage("a", engine.Resolving), stage("a", engine.Waiting)},
			snapshot{resolved: 1}},
		"downloading": {[]engine.Event{stage("a", engine.Resolving), stage("a", engine.Waiting), received("a", 10, 20)},
			snapshot{resolved: 1, bytes: 10, downloads: make([]download, 1)}},
		"downloaded": {[]engine.Event{stage("a", engine.Resolving), received("a", 10, 20), received("a", 20, 20), stage("a", engine.Done)},
			snapshot{resolved: 1, done: 1, bytes: 20}},
		"verified": {[]engine.Event{received("a", 10, 20), stage("a", engine.Done)},
			snapshot{resolved: 1, done: 1, bytes: 10}},
		"a new try": {[]engine.Event{received("a", 10, 20), received("a", 4, 20), received("a", 6, 20)},
			snapshot{resolved: 1, bytes: 16, downloads: make([]download, 1)}},
		"a late event": {[]engine.Event{received("a", 10, 20), stage("a", engine.Done), received("a", 12, 20), stage("a", engine.Done)},
			snapshot{resolved: 1, done: 1, bytes: 10}},
		"failed": {[]engine.Event{stage("a", engine.Resolving), failed("a", errors.New("no")), received("b", 1, -1), failed("b", errors.New("no"))},
			snapshot{resolved: 2, done: 2, failed: 2, bytes: 1}},
		"interrupted": {[]engine.Event{stage("a", engine.Resolving), failed("a", fmt.Errorf("fetch: %w", context.Canceled))},
			snapshot{resolved: 1, done: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tally := newTally(9)
				for _, e := range tt.events {
					tally.record(e)
				}
				got := tally.snapshot()
				got.speed, got.left = 0, 0
				clear(got.downloads)
				if tt.want.pins = 9; fmt.Sprint(got) != fmt.Sprint(tt.want) {
					t.Errorf("got %+v, want %+v", got, tt.want)
				}
			})
		})
	}
}

func TestTallyDownloadsInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tally := newTally(5)
		check := func(want ...string) {
			t.Helper()
			var got []string
			for _, d := range tally.snapshot().downloads {
				got = append(got, fmt.Sprintf("%s %d/%d %v", d.name, d.bytes, d.total, d.elapsed))
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		check()
		for _, name := range []string{"d", "b", "c", "a"} {
			tally.record(received(name, 1, -1))
		}
		time.Sleep(time.Second)
		tally.record(received("c", 7, 9))
		tally.record(received("d", 2, -1))
		check("d 2/-1 1s", "b 1/-1 1s", "c 7/9 1s", "a 1/-1 1s")
		if ended, ok := tally.record(stage("b", engine.Done)); !ok || ended.name != "b" || ended.bytes != 1 || ended.elapsed != time.Second {
			t.Errorf("got %+v, %v, want download b", ended, ok)
		}
		tally.record(received("e", 3, 4))
		check("d 2/-1 1s", "c 7/9 1s", "a 1/-1 1s", "e 3/4 0s")
		if ended, ok := tally.record(stage("x", engine.Done)); ok {
			t.Errorf("got %+v for a pin that was not downloaded", ended)
		}
	})
}

// near allows for rounding.
func near(got, want float64) bool { return math.Abs(got-want) <= want/1e6 }

func TestTallySpeed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tally := newTally(3)
		check := func(total float64, each ...float64) {
			t.Helper()
			v := tally.snapshot()
			ok := near(v.speed, total) && len(v.downloads) == len(each)
			for i := range v.downloads {
				ok = ok && near(v.downloads[i].speed, each[i])
			}
			if !ok {
				t.Errorf("got %v of %+v, want %v of %v", v.speed, v.downloads, total, each)
			}
		}
		check(0)
		tally.record(received("a", 0, -1))
		tally.record(received("b", 0, -1))
		check(0, 0, 0)
		for i := int64(1); i <= 20; i++ { // a steady speed stays the same, however unevenly it is read
			time.Sleep(time.Duration(i) * 100 * time.Millisecond)
			tally.record(received("a", 1000*i*(i+1)/20, -1))
			tally.record(received("b", 100*i*(i+1)/20, -1))
			check(1100, 1000, 100)
		}
		time.Sleep(meterWindow)
		stalled := 1 / math.E
		if got := tally.snapshot().downloads[0].speed; got < 1000*stalled*0.9 || got > 1000*stalled*1.1 {
			t.Errorf("got %v after a stall, want about %v", got, 1000*stalled)
		}
		time.Sleep(10 * meterWindow)
		if got := tally.snapshot().speed; got > 1 {
			t.Errorf("got %v after a long stall, want nearly nothing", got)
		}
	})
}

func TestTallySpeedOfNewTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tally := newTally(1)
		tally.record(received("a", 0, 4000))
		time.Sleep(time.Second)
		tally.record(received("a", 3000, 4000))
		time.Sleep(time.Second)
		tally.record(received("a", 1000, 4000))
		v := tally.snapshot()
		if d := v.downloads[0]; !near(d.speed, 2000) || d.bytes != 1000 || v.bytes != 4000 {
			t.Errorf("got %v bytes/s, %d bytes of %d; want 2000 bytes/s, 1000 bytes of 4000", d.speed, d.bytes, v.bytes)
		}
	})
}

func TestTallyLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tally := newTally(100)
		pin := func(i int) string { return fmt.Sprint("pin", i) }
		check := func(when string, want time.Duration) {
			t.Helper()
			if got := tally.snapshot().left; got != want {
				t.Errorf("%s: got %v, want %v", when, got, want)
			}
		}
		for i := range 20 {
			tally.record(stage(pin(i), engine.Resolving))
		}
		check("at the start", 0)
		time.Sleep(time.Second)
		for i := range 10 {
			tally.record(stage(pin(i), engine.Done))
		}
		check("10 of 100 in 1 s", 9*time.Second)
		time.Sleep(2 * time.Second)
		check("2 s later", 7*time.Second)
		time.Sleep(7 * time.Second)
		check("when the estimate has run out", 0)
		for i := 10; i < 100; i++ {
			tally.record(stage(pin(i), engine.Resolving))
			tally.record(stage(pin(i), engine.Waiting))
		}
		check("when all are resolved and none is fetched", 0)
		tally.record(received(pin(10), 1, -1))
		tally.record(received(pin(11), 1, -1))
		time.Sleep(2 * time.Second)
		tally.record(received(pin(12), 1, -1))
		tally.record(stage(pin(10), engine.Done))
		check("when fewer have been fetched than are running", 0)
		tally.record(stage(pin(11), engine.Done))
		check("2 of 90 in 2 s", 88*time.Second)
		for i := 12; i < 100; i++ {
			tally.record(stage(pin(i), engine.Done))
		}
		check("at the end", 0)
	})
}

// There is an event for each Read of each download.
func TestTallyAllocatesNothing(t *testing.T) {
	tally := newTally(1)
	e := received("a", 0, -1)
	if got := testing.AllocsPerRun(100, func() { e.Bytes += 4096; tally.record(e) }); got != 0 {
		t.Errorf("got %v allocations for each event, want none", got)
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	start := time.Now()
	p := pace{start: start, last: start.Add(2 * time.Second), n: 2}
	for _, tt := range []struct {
		name          string
		after         time.Duration
		rest, running int
		want          time.Duration
		ok            bool
	}{
		{"just after the last", 2 * time.Second, 3, 2, 3 * time.Second, true},
		{"counted down", 4 * time.Second, 3, 2, time.Second, true},
		{"estimate has run out", 5 * time.Second, 3, 2, 0, false},
		{"too few have finished", 2 * time.Second, 3, 3, 0, false},
		{"nothing left", time.Minute, 0, 0, 0, true},
	} {
		if got, ok := p.left(start.Add(tt.after), tt.rest, tt.running); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %v, %v, want %v, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}
