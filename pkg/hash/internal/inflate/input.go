package inflate

import "io"

const (
	inputSize  = 128 << 10 // bytes that are read at once
	inputSlack = 32        // bytes after them that may be loaded, but are not used

	// inputKept is how many bytes before the read position stay when the input moves to the front of its buffer: as many
	// as the bit buffer may give back.
	inputKept = 8

	maxEmptyReads = 100 // reads in a row that return nothing
)

// input is a buffered reader with direct access to its buffer.
type input struct {
	r       io.Reader
	readErr error // what ended the input
	in, end int   // the bytes in buf that were read and are not used
	buf     [inputSize + inputSlack]byte
}

func (i *input) reset(r io.Reader) { i.r, i.readErr, i.in, i.end = r, nil, inputKept, inputKept }

// more makes sure that there are n bytes, unless the input ends before.
func (i *input) more(n int) {
	if i.end-i.in >= n || i.readErr != nil {
		return
	}
	copy(i.buf[:], i.buf[i.in-inputKept:i.end])
	i.in, i.end = inputKept, i.end-i.in+inputKept
	for empty := 0; i.end-i.in < n && i.readErr == nil; {
		var count int
		count, i.readErr = i.r.Read(i.buf[i.end:inputSize])
		i.end += count
		if empty++; count > 0 {
			empty = 0
		}
		if empty == maxEmptyReads && i.readErr == nil {
			i.readErr = io.ErrNoProgress
		}
	}
}

// byte returns the next byte. The error is that of the input.
func (i *input) byte() (byte, error) {
	if i.in == i.end {
		if i.more(1); i.in == i.end {
			return 0, i.readErr
		}
	}
	b := i.buf[i.in]
	i.in++
	return b, nil
}

// read reads all of p. The error is [io.ErrUnexpectedEOF] if the input ends before.
func (i *input) read(p []byte) error {
	for len(p) > 0 {
		i.more(1)
		n := copy(p, i.buf[i.in:i.end])
		if n == 0 {
			return noEOF(i.readErr)
		}
		i.in += n
		p = p[n:]
	}
	return nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
