// Pinfetch pins build-time dependencies for Nix, without Nix.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	startMemory()
	os.Exit(pinfetch())
}

func pinfetch() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	return run(ctx, os.Args, os.Getenv, os.Stdin, os.Stdout, os.Stderr)
}
