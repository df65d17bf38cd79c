package main

import (
	"math"
	"runtime/debug"
)

const (
	// startLimit bounds the heap until something is hashed. Commands that only read and write a lock end
	// before there is anything to collect.
	startLimit = 128 << 20

	// gcPercent keeps the heap smaller than Go would by default: what a large archive's tree needs stays to the
	// end, so that room to grow by the same again would be wasted.
	gcPercent = 50

	// ballast bytes are counted as heap and never touched, so that they take no memory. A heap that is nearly empty
	// would be collected every 2 MiB, which two cores spend more time on than on small archives.
	ballast = 16 << 20
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
