package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/pinfetch/pinfetch/internal/engine"
)

// tally counts the engine's events. Recording an event allocates nothing, except for a pin's first and last: there is
// one event for each Read of each download.
//
// A pin is resolved once it is at any stage but engine.Resolving. Between resolved and done it is being fetched,
// which includes waiting for its turn.
type tally struct {
	mu     sync.Mutex
	start  time.Time
	pins   int
	stages map[string]engine.Stage // of pins with an event
	active map[string]*transfer    // running downloads, by pin

	resolving, resolved, fetching, done, failed int

	downloads int   // started so far
	bytes     int64 // of all downloads, failed ones included
	meter     meter // of bytes

	resolutions, fetches pace
}

// transfer is a running download.
type transfer struct {
	order        int // in which downloads started
	start        time.Time
	bytes, total int64
	received     int64 // bytes, including those of failed tries
	meter        meter // of received
}

// snapshot is a tally at one moment.
type snapshot struct {
	pins, done, failed  int
	resolving, resolved int
	running             int     // downloads
	bytes               int64   // so far
	speed               float64 // bytes/s
	elapsed             time.Duration
	left                time.Duration // 0 if unknown
	downloads           []download    // in the order in which they started
}

// download is a download that is running, or has just ended.
type download struct {
	name         string
	bytes, total int64   // total is -1 if unknown
	speed        float64 // bytes/s
	elapsed      time.Duration
}

func newTally(pins int) *tally {
	now := time.Now()
	return &tally{
		start: now, pins: pins, stages: make(map[string]engine.Stage), active: make(map[string]*transfer),
		meter: meter{start: now, last: now}, resolutions: pace{start: now, last: now},
	}
}

// record counts an event. It returns the download that the event ended, if any.
func (t *tally) record(e engine.Event) (ended download, ok bool) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stages[e.Name] == engine.Done {
		return download{}, false
	}
	t.setStage(e, now)
	switch e.Stage {
	case engine.Downloading:
		t.receive(e, now)
	case engine.Done:
		if d := t.active[e.Name]; d != nil {
			delete(t.active, e.Name)
			return d.describe(e.Name, now), true
		}
	}
	return download{}, false
}

// setStage moves a pin from one count to another.
func (t *tally) setStage(e engine.Event, now time.Time) {
	before := t.stages[e.Name]
	if before == e.Stage {
		return
	}
	t.stages[e.Name] = e.Stage
	if e.Stage == engine.Resolving {
		t.resolving++
		return
	}
	wasFetching := before != "" && before != engine.Resolving
	if before == engine.Resolving {
		t.resolving--
	}
	if !wasFetching {
		t.resolved++
		t.resolutions.count(now)
	}
	switch {
	case e.Stage != engine.Done && !wasFetching:
		t.fetching++
		if t.fetches.start.IsZero() {
			t.fetches = pace{start: now, last: now}
		}
	case e.Stage == engine.Done && wasFetching:
		t.fetching--
		t.fetches.count(now)
	}
	if e.Stage == engine.Done {
		t.done++
		if e.Err != nil && !errors.Is(e.Err, context.Canceled) {
			t.failed++
		}
	}
}

// receive counts bytes. If the count went down, a new try has started.
func (t *tally) receive(e engine.Event, now time.Time) {
	d := t.active[e.Name]
	if d == nil {
		d = &transfer{order: t.downloads, start: now, meter: meter{start: now, last: now}}
		t.active[e.Name] = d
		t.downloads++
	}
	received := e.Bytes - d.bytes
	if received < 0 {
		received = e.Bytes
	}
	d.bytes, d.total = e.Bytes, e.Total
	d.received += received
	t.bytes += received
}

func (d *transfer) describe(name string, now time.Time) download {
	return download{name: name, bytes: d.bytes, total: d.total, speed: d.meter.speed(now, d.received), elapsed: now.Sub(d.start)}
}

func (t *tally) snapshot() snapshot {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	s := snapshot{
		pins: t.pins, done: t.done, failed: t.failed, resolving: t.resolving, resolved: t.resolved,
		running: len(t.active), bytes: t.bytes, speed: t.meter.speed(now, t.bytes),
		elapsed: now.Sub(t.start), left: t.left(now),
	}
	inOrder := func(a, b string) int { return cmp.Compare(t.active[a].order, t.active[b].order) }
	for _, name := range slices.SortedFunc(maps.Keys(t.active), inOrder) {
		s.downloads = append(s.downloads, t.active[name].describe(name, now))
	}
	return s
}

// left estimates the time until all pins are done. Resolving and fetching run side by side.
func (t *tally) left(now time.Time) time.Duration {
	resolving, ok := t.resolutions.left(now, t.pins-t.resolved, t.resolving)
	fetching, ok2 := t.fetches.left(now, t.fetching, len(t.active))
	if !ok || !ok2 {
		return 0
	}
	return max(resolving, fetching)
}

// pace estimates when the rest will finish from how long the first n took.
type pace struct {
	start, last time.Time
	n           int
}

func (p *pace) count(now time.Time) { p.n, p.last = p.n+1, now }

// left is unknown while fewer have finished than are running. The estimate is counted down until the next one
// finishes. An estimate that has run out was wrong, so that the time is unknown again.
func (p *pace) left(now time.Time, rest, running int) (time.Duration, bool) {
	if rest <= 0 {
		return 0, true
	}
	if p.n == 0 || p.n < running {
		return 0, false
	}
	each := p.last.Sub(p.start) / time.Duration(p.n)
	d := each*time.Duration(rest) - now.Sub(p.last)
	return max(d, 0), d > 0
}

// meterWindow is the time constant of a meter: older speeds have little weight.
const meterWindow = 5 * time.Second

// meter measures the current speed of a count: the average since the start, exponentially weighted towards the
// present. The result does not depend on how often it is asked.
type meter struct {
	start, last time.Time
	count       int64
	sum         float64
}

// speed is per second.
func (m *meter) speed(now time.Time, count int64) float64 {
	if elapsed := now.Sub(m.last); elapsed > 0 {
		kept := decay(elapsed)
		m.sum = m.sum*kept + float64(count-m.count)/elapsed.Seconds()*(1-kept)
		m.last, m.count = now, count
	}
	if !m.last.After(m.start) {
		return 0
	}
	return m.sum / (1 - decay(m.last.Sub(m.start)))
}

// decay is the weight that a speed keeps after some time.
func decay(age time.Duration) float64 { return math.Exp(-age.Seconds() / meterWindow.Seconds()) }
