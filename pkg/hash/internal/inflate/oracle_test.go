package inflate

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
)

// decoded is what became of a stream.
type decoded struct {
	data []byte
	err  string // the class
}

// decoder is the method that both decoders have.
type decoder interface {
	Next(*Buffer) ([]byte, error)
}

// pair decodes with this package and with the standard library, into buffers that are recycled.
type pair struct {
	buffers [2]Buffer
	flate   io.ReadCloser
	gzip    gzip.Reader
	in      *bufio.Reader
}

func newPair() *pair { return &pair{flate: flate.NewReader(nil), in: bufio.NewReader(nil)} }

// drain decodes everything.
func (p *pair) drain(d decoder, err error) decoded {
	var out []byte
	for i := 0; err == nil; i++ {
		var data []byte
		data, err = d.Next(&p.buffers[i%2])
		if err == nil && len(data) != Size {
			panic(fmt.Sprintf("got %d bytes without an error, want %d", len(data), Size))
		}
		out = append(out, data...)
	}
	return decoded{out, class(err)}
}

func (p *pair) inflated(r io.Reader) decoded { return p.drain(NewDecoder(r), nil) }

func (p *pair) gunzipped(r io.Reader) decoded {
	g, err := NewGzip(r)
	return p.drain(g, err)
}

// class maps errors of this package and of the standard library to the same names.
func class(err error) string {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, ErrTrailing):
		for _, c := range []error{ErrHeader, io.ErrUnexpectedEOF} {
			if errors.Is(err, c) {
				return "trailing, " + class(c)
			}
		}
		return "trailing"
	case errors.Is(err, ErrCorrupt), errors.As(err, &corrupt):
		return "corrupt"
	case errors.Is(err, ErrHeader), errors.Is(err, gzip.ErrHeader):
		return "header"
	case errors.Is(err, ErrChecksum), errors.Is(err, gzip.ErrChecksum):
		return "checksum"
	}
	return err.Error()
}

// wantInflated decodes with the standard library.
func (p *pair) wantInflated(stream []byte) decoded {
	p.flate.(flate.Resetter).Reset(bytes.NewReader(stream), nil)
	data, err := readAll(p.flate)
	return decoded{data, class(err)}
}

// wantGunzipped decodes with the standard library, member by member, and accepts zeros after the last one.
func (p *pair) wantGunzipped(file []byte) decoded {
	p.in.Reset(bytes.NewReader(file))
	var out []byte
	for first := true; ; first = false {
		if head, err := p.in.Peek(1); !first && err == nil && head[0] == 0 {
			rest, _ := io.ReadAll(p.in)
			if len(bytes.Trim(rest, "\x00")) > 0 {
				return decoded{out, class(ErrTrailing)}
			}
		}
		if err := p.gzip.Reset(p.in); err != nil {
			name := class(err)
			if !first && err != io.EOF {
				name = "trailing, " + name
			}
			return decoded{out, name}
		}
		p.gzip.Multistream(false)
		data, err := readAll(&p.gzip)
		out = append(out, data...)
		if err != io.EOF {
			return decoded{out, class(err)}
		}
	}
}

func readAll(r io.Reader) ([]byte, error) {
	var out []byte
	for {
		out = slices.Grow(out, 4096)
		n, err := r.Read(out[len(out):cap(out)])
		if out = out[:len(out)+n]; err != nil {
			return out, err
		}
	}
}

func compare(t *testing.T, name string, got, want decoded) {
	t.Helper()
	if got.err != want.err {
		t.Errorf("%s: got error %q, want %q", name, got.err, want.err)
	}
	if !bytes.Equal(got.data, want.data) {
		i := 0
		for i < min(len(got.data), len(want.data)) && got.data[i] == want.data[i] {
			i++
		}
		t.Errorf("%s: got %d bytes, want %d; they differ from byte %d", name, len(got.data), len(want.data), i)
	}
}
