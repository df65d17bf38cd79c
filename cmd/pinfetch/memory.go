package main

import (
	"math"
	"runtime/debug"
)

const (
	// startLimit bounds the heap in bytes until something is hashed. Commands that only read and write a lock end
	// before there is garbage to collect, which saves a tenth of the time with 10,000 pins.
	startLimit = 128 << 20

	// gcPercent keeps the peak of an archive of 16,000 files below 40 MiB and that of 100,000 files below 60 MiB: the tree
	// stays in memory to the end. With 50, they are 5 MiB larger and no faster.
	gcPercent = 25

	// ballast bytes count as heap and are never touched, so they take no memory. Without them an almost empty heap is
	// collected every few MiB, and 500 small archives take 1.3 times the CPU time.
	ballast = 24 << 20
)

// startMemory is for commands that are done before garbage matters.
func startMemory() {
	debug.SetMemoryLimit(startLimit)
	debug.SetGCPercent(-1)
}

// workMemory is for commands that hash.
func (p *program) workMemory() {
	p.ballast = make([]byte, ballast)
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(math.MaxInt64)
}
