package main

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/pinfetch/pinfetch/internal/engine"
)

// logInterval is how often progress is printed without a terminal. A shorter run prints none.
const logInterval = 5 * time.Second

// showProgress shows the progress of many pins until stop is called: on a terminal as lines that are redrawn and
// finally removed, elsewhere as a line from time to time.
func (u *ui) showProgress(pins int) (watch func(engine.Event), stop func()) {
	if u.quiet || pins == 0 {
		return nil, func() {}
	}
	t := newTally(pins)
	show := u.logProgress
	if u.canDraw() {
		show = u.drawProgress
	}
	finished := make(chan struct{})
	var showing sync.WaitGroup
	showing.Go(func() { show(t, finished) })
	watch = func(e engine.Event) {
		if ended, ok := t.record(e); ok && u.verbose {
			u.detail(downloadEnd(ended, e.Err))
		}
	}
	return watch, func() {
		close(finished)
		showing.Wait()
	}
}

func downloadEnd(d download, err error) string {
	verb := "downloaded"
	if err != nil {
		verb = "failed after"
	}
	return fmt.Sprintf("%s: %s %s in %s", d.name, verb, size(d.bytes), d.elapsed.Round(time.Millisecond))
}

func (u *ui) logProgress(t *tally, finished <-chan struct{}) {
	ticker := time.NewTicker(logInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			u.note("%s", strings.Join(summary(t.snapshot()), ", "))
		case <-finished:
			return
		}
	}
}

// summary describes the progress, the most important part first. It omits what is zero or unknown.
func summary(v snapshot) []string {
	parts := []string{fmt.Sprintf("%d/%d pins", v.done, v.pins)}
	add := func(known bool, text string) {
		if known {
			parts = append(parts, text)
		}
	}
	add(v.failed > 0, fmt.Sprintf("%d failed", v.failed))
	add(v.left > 0, approximate(v.left)+" left")
	add(v.resolving > 0 && v.resolved == v.done, "resolving")
	add(v.resolving > 0 && v.resolved != v.done, fmt.Sprintf("resolving %d of %d", v.resolved, v.pins))
	add(len(v.downloads) > 0, fmt.Sprintf("%d downloading", len(v.downloads)))
	add(v.bytes > 0, size(v.bytes))
	add(len(v.downloads) > 0 && v.speed >= 1, speed(v.speed))
	return parts
}

// approximate rounds up to one unit, because estimates are no more exact.
func approximate(d time.Duration) string {
	up := func(unit time.Duration) int { return int(math.Ceil(float64(d) / float64(unit))) }
	switch {
	case d <= 90*time.Second:
		return fmt.Sprintf("about %d s", up(time.Second))
	case d <= 90*time.Minute:
		return fmt.Sprintf("about %d min", up(time.Minute))
	}
	return fmt.Sprintf("about %d h", up(time.Hour))
}

func size(bytes int64) string { return humanize.IBytes(uint64(max(bytes, 0))) }

func speed(bytesPerSecond float64) string { return size(int64(bytesPerSecond)) + "/s" }
