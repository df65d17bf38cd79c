package main

import (
	"context"
	"io"
	"os"
)

// stdinBuffer is how many bytes of standard input are read at once.
const stdinBuffer = 256 << 10

// interruptible returns a reader of r whose Read returns once ctx is done, as that of a
// terminal or a pipe does not. What then still waits for r ends with the program.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	out, in := io.Pipe()
	go func() {
		_, err := io.CopyBuffer(in, struct{ io.Reader }{r}, make([]byte, stdinBuffer))
		in.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { in.CloseWithError(context.Cause(ctx)) })
	return out
}

// lateFile opens a file when it is first read.
type lateFile struct {
	path string
	file *os.File
}

func (f *lateFile) Read(p []byte) (n int, err error) {
	if f.file == nil {
		if f.file, err = os.Open(f.path); err != nil {
			return 0, err
		}
	}
	return f.file.Read(p)
}
