// Pinfetch pins build-time dependencies for Nix, without Nix.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	startMemory()
	os.Exit(pinfetch())
}

func pinfetch() int {
	log.SetOutput(io.Discard) // net/http logs some of what servers do wrong
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)                            // a second signal ends the program at once
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a closed stdout is an error of writing to it
	return run(ctx, os.Args, os.Getenv, os.Stdin, os.Stdout, os.Stderr)
}
