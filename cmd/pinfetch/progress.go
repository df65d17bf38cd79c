package main

import (
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/pinfetch/pinfetch/internal/engine"
)

// logInterval is how often progress is logged where there is no terminal.
const logInterval = 5 * time.Second

// show shows the progress of many pins: bars on a terminal, else a line now and then.
// stop takes the bars away.
func (u *ui) show(pins int) (watch func(engine.Event), stop func()) {
	switch {
	case u.quiet || pins == 0:
		return nil, func() {}
	case u.terminal:
		return u.showBars(pins)
	}
	return u.showLog(pins)
}

// showBars draws one bar for all pins, and one for each download.
func (u *ui) showBars(pins int) (func(engine.Event), func()) {
	screen := mpb.New(mpb.WithOutput(u.stderr), mpb.WithWidth(40))
	total := screen.AddBar(int64(pins), mpb.BarPriority(1<<20), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name("pins", decor.WCSyncSpaceR)), mpb.AppendDecorators(decor.CountersNoUnit("%d/%d")))
	var mu sync.Mutex
	bars := make(map[string]*mpb.Bar)
	u.mu.Lock()
	u.progress = screen
	u.mu.Unlock()
	watch := func(e engine.Event) {
		mu.Lock()
		defer mu.Unlock()
		bar := bars[e.Name]
		switch e.Stage {
		case engine.Downloading:
			if bar == nil {
				bar = screen.AddBar(e.Total, mpb.BarRemoveOnComplete(),
					mpb.PrependDecorators(decor.Name(e.Name, decor.WCSyncSpaceR)),
					mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f")))
				bars[e.Name] = bar
			}
			bar.SetCurrent(e.Bytes)
		case engine.Done:
			if bar != nil {
				bar.Abort(true)
				delete(bars, e.Name)
			}
			total.Increment()
		}
	}
	return watch, func() {
		mu.Lock()
		for _, bar := range bars {
			bar.Abort(true)
		}
		total.Abort(true)
		mu.Unlock()
		screen.Wait()
		u.mu.Lock()
		u.progress = nil
		u.mu.Unlock()
	}
}

// showLog prints how many pins are done, every few seconds.
func (u *ui) showLog(pins int) (func(engine.Event), func()) {
	var mu sync.Mutex
	done := 0
	ticker, finished := time.NewTicker(logInterval), make(chan struct{})
	var log sync.WaitGroup
	log.Go(func() {
		for {
			select {
			case <-ticker.C:
				mu.Lock()
				u.note("%d of %d pins done", done, pins)
				mu.Unlock()
			case <-finished:
				return
			}
		}
	})
	watch := func(e engine.Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Stage == engine.Done {
			done++
		}
	}
	return watch, func() {
		ticker.Stop()
		close(finished)
		log.Wait()
	}
}
