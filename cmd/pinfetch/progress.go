package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/pinfetch/pinfetch/internal/engine"
)

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

func size(bytes int64) string { return humanize.IBytes(uint64(max(bytes, 0))) }

func speed(bytesPerSecond float64) string { return size(int64(bytesPerSecond)) + "/s" }
