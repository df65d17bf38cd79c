package main

import (
	"context"
	"io"
)

// inputBuffer is how many bytes of standard input or a pipe are read at once.
const inputBuffer = 256 << 10

// interruptible returns a reader of what open returns. Its Read returns once ctx is done, although opening and reading a
// pipe, or reading a terminal, may wait. The goroutine that still waits then ends with the program.
func interruptible(ctx context.Context, open func() (io.Reader, error)) io.Reader {
	out, in := io.Pipe()
	go func() {
		r, err := open()
		if err == nil {
			_, err = io.CopyBuffer(in, struct{ io.Reader }{r}, make([]byte, inputBuffer))
		}
		in.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { in.CloseWithError(context.Cause(ctx)) })
	return out
}
