// Pinfetch pins build-time dependencies for Nix, without Nix.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
)

// gcPercent keeps the heap smaller than Go would by default: what a large archive's tree needs stays to the
// end, so that room to grow by the same again would be wasted.
const gcPercent = 50

// ballast bytes are counted as heap and never touched, so that they take no memory. A heap that is nearly empty
// would be collected every 2 MiB, which two cores spend more time on than on small archives.
const ballast = 16 << 20

func main() {
	debug.SetGCPercent(gcPercent)
	heap := make([]byte, ballast)
	code := pinfetch()
	runtime.KeepAlive(heap)
	os.Exit(code)
}

func pinfetch() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	return run(ctx, os.Args, os.Getenv, os.Stdin, os.Stdout, os.Stderr)
}
