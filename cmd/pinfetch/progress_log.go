package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// logInterval is how often progress is printed without a terminal. A shorter run prints none.
const logInterval = 5 * time.Second

// logProgress prints a line of progress at every interval.
func (u *ui) logProgress(t *tally, finished <-chan struct{}) {
	ticker := time.NewTicker(logInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			u.note("%s", logLine(t.snapshot()))
		case <-finished:
			return
		}
	}
}

// logLine leaves out what is zero or unknown.
func logLine(v snapshot) string {
	parts := []string{fmt.Sprintf("%d of %d pins done", v.done, v.pins)}
	if v.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", v.failed))
	}
	if v.resolving > 0 {
		parts = append(parts, resolving(v))
	}
	if v.running > 0 {
		parts = append(parts, plural(v.running, "download")+" running")
	}
	if v.bytes > 0 {
		parts = append(parts, size(v.bytes))
	}
	if v.running > 0 && v.speed >= 1 {
		parts = append(parts, speed(v.speed))
	}
	if v.left > 0 {
		parts = append(parts, approximate(v.left)+" left")
	}
	return strings.Join(parts, ", ")
}

// resolving says how far resolution is, unless that equals how many pins are done.
func resolving(v snapshot) string {
	if v.resolved == v.done {
		return "resolving"
	}
	return fmt.Sprintf("resolving %d of %d", v.resolved, v.pins)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
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
