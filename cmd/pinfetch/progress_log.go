package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// logInterval is how often progress is told where there is no terminal. A run that is shorter says nothing.
const logInterval = 5 * time.Second

// log tells the progress, a line at a time.
func (u *ui) log(t *tally, finished <-chan struct{}) {
	ticker := time.NewTicker(logInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			u.note("%s", logLine(t.view()))
		case <-finished:
			return
		}
	}
}

// logLine leaves out what is nothing or unknown.
func logLine(v view) string {
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
		parts = append(parts, about(v.left)+" left")
	}
	return strings.Join(parts, ", ")
}

// resolving says how far resolution is, where that is not how many pins are done.
func resolving(v view) string {
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

// about rounds up to one unit: nobody knows it better.
func about(d time.Duration) string {
	up := func(unit time.Duration) int { return int(math.Ceil(float64(d) / float64(unit))) }
	switch {
	case d <= 90*time.Second:
		return fmt.Sprintf("about %d s", up(time.Second))
	case d <= 90*time.Minute:
		return fmt.Sprintf("about %d min", up(time.Minute))
	}
	return fmt.Sprintf("about %d h", up(time.Hour))
}
