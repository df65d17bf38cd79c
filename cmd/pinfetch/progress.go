package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/pinfetch/pinfetch/internal/engine"
)

// show shows the progress of many pins, on a terminal as lines that are drawn anew, elsewhere as a line now and
// then. stop ends it; on a terminal nothing is left.
func (u *ui) show(pins int) (watch func(engine.Event), stop func()) {
	if u.quiet || pins == 0 {
		return nil, func() {}
	}
	t := newTally(pins)
	display := u.log
	if u.drawable() {
		display = u.draw
	}
	finished := make(chan struct{})
	var displaying sync.WaitGroup
	displaying.Go(func() { display(t, finished) })
	watch = func(e engine.Event) {
		if ended, ok := t.watch(e); ok && u.verbose {
			u.detail(downloaded(ended, e.Err))
		}
	}
	return watch, func() {
		close(finished)
		displaying.Wait()
	}
}

// downloaded says how a download ended.
func downloaded(d download, err error) string {
	verb := "downloaded"
	if err != nil {
		verb = "failed after"
	}
	return fmt.Sprintf("%s: %s %s in %s", d.name, verb, size(d.bytes), d.lasted.Round(time.Millisecond))
}

func size(bytes int64) string { return humanize.IBytes(uint64(max(bytes, 0))) }

func speed(bytesPerSecond float64) string { return size(int64(bytesPerSecond)) + "/s" }
