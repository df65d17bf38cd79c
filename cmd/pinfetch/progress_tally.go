package main

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/pinfetch/pinfetch/internal/engine"
)

// tally counts the engine's events. There is one for each Read of each download, so recording it allocates nothing,
// except for a pin's first and last event.
//
// A pin counts as resolved from its first stage after engine.Resolving. From then until it is done, it is being
// fetched or waits for that.
type tally struct {
	mu           sync.Mutex
	start        time.Time
	pins         int
	stages       map[string]engine.Stage // of pins with an event
	active       []*transfer             // in the order in which they started
	done, failed int
	received     meter // by all downloads
	resolutions  pace
	fetches      pace
}

// transfer is a running download.
type transfer struct {
	download
	start    time.Time
	received meter
}

// snapshot is a tally at one moment.
type snapshot struct {
	pins, done, failed  int
	resolving, resolved int
	bytes               int64   // received so far, in failed tries too
	speed               float64 // bytes/s
	elapsed             time.Duration
	left                time.Duration // 0 if unknown
	downloads           []download    // running, in the order in which they started
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
		start: now, pins: pins, stages: make(map[string]engine.Stage),
		received: newMeter(now), resolutions: pace{start: now, last: now},
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
	i := slices.IndexFunc(t.active, func(d *transfer) bool { return d.name == e.Name })
	switch {
	case e.Stage == engine.Downloading && i < 0:
		t.active = append(t.active, &transfer{download: download{name: e.Name}, start: now, received: newMeter(now)})
		t.receive(t.active[len(t.active)-1], e)
	case e.Stage == engine.Downloading:
		t.receive(t.active[i], e)
	case e.Stage == engine.Done && i >= 0:
		ended = t.active[i].at(now)
		t.active = slices.Delete(t.active, i, i+1)
		return ended, true
	}
	return download{}, false
}

func (t *tally) setStage(e engine.Event, now time.Time) {
	before := t.stages[e.Name]
	t.stages[e.Name] = e.Stage
	if e.Stage == engine.Resolving {
		return
	}
	wasResolved := before != "" && before != engine.Resolving
	if !wasResolved {
		t.resolutions.count(now)
	}
	if e.Stage != engine.Done {
		if t.fetches.start.IsZero() {
			t.fetches = pace{start: now, last: now}
		}
		return
	}
	t.done++
	if wasResolved {
		t.fetches.count(now)
	}
	if e.Err != nil && !errors.Is(e.Err, context.Canceled) {
		t.failed++
	}
}

// receive counts bytes. If the count went down, a new try has started.
func (t *tally) receive(d *transfer, e engine.Event) {
	received := e.Bytes - d.bytes
	if received < 0 {
		received = e.Bytes
	}
	d.bytes, d.total = e.Bytes, e.Total
	d.received.count += received
	t.received.count += received
}

func (d *transfer) at(now time.Time) download {
	d.speed, d.elapsed = d.received.speed(now), now.Sub(d.start)
	return d.download
}

func (t *tally) snapshot() snapshot {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	s := snapshot{
		pins: t.pins, done: t.done, failed: t.failed,
		resolving: len(t.stages) - t.resolutions.n, resolved: t.resolutions.n,
		bytes: t.received.count, speed: t.received.speed(now), elapsed: now.Sub(t.start),
	}
	for _, d := range t.active {
		s.downloads = append(s.downloads, d.at(now))
	}
	resolving, ok := t.resolutions.left(now, s.pins-s.resolved, s.resolving)
	fetching, ok2 := t.fetches.left(now, s.resolved-s.done, len(t.active))
	if ok && ok2 {
		s.left = max(resolving, fetching) // they run side by side
	}
	return s
}

// pace estimates when the rest will finish from how long the first n took.
type pace struct {
	start, last time.Time
	n           int
}

func (p *pace) count(now time.Time) { p.n, p.last = p.n+1, now }

// left counts the estimate down until the next one finishes. The time is unknown while fewer have finished than are
// running, and once the estimate has run out.
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
// present. The result does not depend on how often the meter is read.
type meter struct {
	count       int64
	start, last time.Time // last is when it was read last
	lastCount   int64
	sum         float64
}

func newMeter(now time.Time) meter { return meter{start: now, last: now} }

// speed is per second.
func (m *meter) speed(now time.Time) float64 {
	if elapsed := now.Sub(m.last); elapsed > 0 {
		kept := decay(elapsed)
		m.sum = m.sum*kept + float64(m.count-m.lastCount)/elapsed.Seconds()*(1-kept)
		m.last, m.lastCount = now, m.count
	}
	if !m.last.After(m.start) {
		return 0
	}
	return m.sum / (1 - decay(m.last.Sub(m.start)))
}

// decay is the weight that a speed keeps after some time.
func decay(age time.Duration) float64 { return math.Exp(-age.Seconds() / meterWindow.Seconds()) }
