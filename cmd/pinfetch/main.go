// Pinfetch pins build-time dependencies for Nix, without Nix.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// gcPercent keeps the heap smaller than Go would by default: what a large archive's tree needs stays to the
// end, so that room to grow by the same again would be wasted.
const gcPercent = 50

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(pinfetch())
}

func pinfetch() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	return run(ctx, os.Args, os.Getenv, os.Stdin, os.Stdout, os.Stderr)
}
