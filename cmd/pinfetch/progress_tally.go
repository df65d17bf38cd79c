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

// tally keeps count of what the engine tells. Being told allocates nothing, but for a pin's first and
// last event: there is one event for each Read of each download.
//
// A pin is resolved once it is at any stage but engine.Resolving; between resolved and
// done it is fetched, which it may have to wait for.
type tally struct {
	mu     sync.Mutex
	begun  time.Time
	pins   int
	stages map[string]engine.Stage // of pins that were heard of
	active map[string]*transfer    // downloads under way, by pin

	resolving, resolved, fetching, done, failed int

	started int   // downloads, ever
	bytes   int64 // of all downloads, whether they led to anything or not
	meter   meter // of bytes

	resolutions, fetches pace
}

// transfer is a download that is under way.
type transfer struct {
	order        int // in which downloads began
	begun        time.Time
	bytes, total int64
	received     int64 // bytes, those of broken tries too
	meter        meter // of received
}

// view is what a tally shows at one moment.
type view struct {
	pins, done, failed  int
	resolving, resolved int
	running             int     // downloads
	bytes               int64   // so far
	speed               float64 // bytes/s
	elapsed             time.Duration
	left                time.Duration // 0 if unknown
	downloads           []download    // in the order in which they began
}

// download is one that is under way, or has just ended.
type download struct {
	name         string
	bytes, total int64   // total is -1 if unknown
	speed        float64 // bytes/s
	lasted       time.Duration
}

func newTally(pins int) *tally {
	now := time.Now()
	return &tally{
		begun: now, pins: pins, stages: make(map[string]engine.Stage), active: make(map[string]*transfer),
		meter: meter{begun: now, last: now}, resolutions: pace{begun: now, last: now},
	}
}

// watch takes an event in. It returns the download that the event ended, if it did.
func (t *tally) watch(e engine.Event) (ended download, ok bool) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stages[e.Name] == engine.Done {
		return download{}, false
	}
	t.enter(e, now)
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

// enter counts a pin where it is now, and no longer where it was.
func (t *tally) enter(e engine.Event, now time.Time) {
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
		if t.fetches.begun.IsZero() {
			t.fetches = pace{begun: now, last: now}
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

// receive counts bytes. Where they became fewer, a new try has begun from the start.
func (t *tally) receive(e engine.Event, now time.Time) {
	d := t.active[e.Name]
	if d == nil {
		d = &transfer{order: t.started, begun: now, meter: meter{begun: now, last: now}}
		t.active[e.Name] = d
		t.started++
	}
	news := e.Bytes - d.bytes
	if news < 0 {
		news = e.Bytes
	}
	d.bytes, d.total = e.Bytes, e.Total
	d.received += news
	t.bytes += news
}

func (d *transfer) describe(name string, now time.Time) download {
	return download{name: name, bytes: d.bytes, total: d.total, speed: d.meter.speed(now, d.received), lasted: now.Sub(d.begun)}
}

func (t *tally) view() view {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	v := view{
		pins: t.pins, done: t.done, failed: t.failed, resolving: t.resolving, resolved: t.resolved,
		running: len(t.active), bytes: t.bytes, speed: t.meter.speed(now, t.bytes),
		elapsed: now.Sub(t.begun), left: t.left(now),
	}
	inOrder := func(a, b string) int { return cmp.Compare(t.active[a].order, t.active[b].order) }
	for _, name := range slices.SortedFunc(maps.Keys(t.active), inOrder) {
		v.downloads = append(v.downloads, t.active[name].describe(name, now))
	}
	return v
}

// left estimates, by pins, when all will be done; resolving and fetching go on side by side.
func (t *tally) left(now time.Time) time.Duration {
	resolving, ok := t.resolutions.left(now, t.pins-t.resolved, t.resolving)
	fetching, ok2 := t.fetches.left(now, t.fetching, len(t.active))
	if !ok || !ok2 {
		return 0
	}
	return max(resolving, fetching)
}

// pace tells from how long some took when the rest will be through.
type pace struct {
	begun, last time.Time
	n           int
}

func (p *pace) count(now time.Time) { p.n, p.last = p.n+1, now }

// left is unknown as long as fewer are through than are underway. What it tells is counted
// down until the next is through; once it has run out it was wrong, and is unknown again.
func (p *pace) left(now time.Time, rest, underway int) (time.Duration, bool) {
	if rest <= 0 {
		return 0, true
	}
	if p.n == 0 || p.n < underway {
		return 0, false
	}
	each := p.last.Sub(p.begun) / time.Duration(p.n)
	d := each*time.Duration(rest) - now.Sub(p.last)
	return max(d, 0), d > 0
}

// memory is how far back a meter looks, mostly.
const memory = 5 * time.Second

// meter measures the present speed of a count: the average since it began, in which a moment weighs the less the
// longer ago it is. It does not depend on how often it is asked.
type meter struct {
	begun, last time.Time
	count       int64
	sum         float64
}

// speed is per second.
func (m *meter) speed(now time.Time, count int64) float64 {
	if passed := now.Sub(m.last); passed > 0 {
		kept := fade(passed)
		m.sum = m.sum*kept + float64(count-m.count)/passed.Seconds()*(1-kept)
		m.last, m.count = now, count
	}
	if !m.last.After(m.begun) {
		return 0
	}
	return m.sum / (1 - fade(m.last.Sub(m.begun)))
}

// fade is the weight that remains of what is so long ago.
func fade(ago time.Duration) float64 { return math.Exp(-ago.Seconds() / memory.Seconds()) }
