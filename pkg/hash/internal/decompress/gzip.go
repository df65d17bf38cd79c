package decompress

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// gzipReader reads gzip members one after the other, and the zeros that fill up tapes
// after the last one. "gzip -d" fails on anything else there.
type gzipReader struct {
	*gzip.Reader
	in *bufio.Reader
}

func openGzip(r *bufio.Reader) (io.ReadCloser, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gzipReader{z, r}, nil
}

func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.Reader.Read(p)
		if n > 0 || err != io.EOF {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
		if err := g.nextMember(); err != nil {
			return 0, err
		}
	}
}

// nextMember begins the next member; the error is [io.EOF] if there is none.
func (g *gzipReader) nextMember() error {
	head, err := g.in.Peek(1)
	if err != nil {
		return err
	}
	if head[0] != 0 {
		if err := g.Reset(g.in); err != nil {
			return fmt.Errorf("bytes after the end of the stream: %w", err)
		}
		g.Multistream(false)
		return nil
	}
	for {
		b, err := g.in.ReadByte()
		if err != nil {
			return err
		}
		if b != 0 {
			return errors.New("bytes after the end of the stream")
		}
	}
}
