package web

import (
	"sync/atomic"
	"time"
)

const (
	// MinSpeed is the floor on speed in bytes a second. It is below that of any useful connection, even if many downloads
	// share a slow one.
	MinSpeed = 256

	// patience is how many times [Options.Stall] a peer may fall short of MinSpeed, all waits added up.
	patience = 2

	// errorPatience bounds the wait for the text of an error, which is worth less than an answer.
	errorPatience = 5 * time.Second
)

// pace ends an exchange that stalls or drips. Waiting uses up credit, and bytes earn it back: a peer as fast as [MinSpeed]
// keeps its credit.
type pace struct {
	stall   time.Duration
	credit  time.Duration
	started time.Time
	isSlow  atomic.Bool // little credit is left, so the timer runs for less than stall
	timer   *time.Timer
}

// newPace returns a pace that begins to wait, and calls end once the wait takes too long.
func newPace(stall time.Duration, end func(error)) *pace {
	p := &pace{stall: stall, credit: patience * stall, started: time.Now()}
	p.timer = time.AfterFunc(stall, func() {
		if p.isSlow.Load() {
			end(ErrSlow)
		} else {
			end(ErrStalled)
		}
	})
	return p
}

// start begins to wait for the peer.
func (p *pace) start() {
	p.started = time.Now()
	p.isSlow.Store(p.credit < p.stall)
	p.timer.Reset(min(p.stall, p.credit))
}

// stop ends a wait for n bytes.
func (p *pace) stop(n int) {
	p.timer.Stop()
	earned := time.Duration(n) * time.Second / MinSpeed
	p.credit = min(p.credit-time.Since(p.started)+earned, patience*p.stall)
}
