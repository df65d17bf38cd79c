package main

import (
	"context"
	"io"
	"os"
)

// inputBuffer is how many bytes of standard input or a pipe are read at once.
const inputBuffer = 256 << 10

// interruptible returns a reader of r whose Read returns once ctx is done; reading a terminal or a pipe does not.
// The goroutine that still waits for r then ends with the program.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	out, in := io.Pipe()
	go func() {
		_, err := io.CopyBuffer(in, struct{ io.Reader }{r}, make([]byte, inputBuffer))
		in.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { in.CloseWithError(context.Cause(ctx)) })
	return out
}

// lateFile is a file that is opened by the first Read.
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
