package hash

import (
	"context"
	"io"
)

// copyBuffer is how much is read at once, 256 KiB.
const copyBuffer = 256 << 10

// File returns the flat digest of a stream's bytes, as fetchurl expects it.
// It reads without a bound: limit r where the bytes come from outside.
// The error is that of r or of ctx.
func File(ctx context.Context, r io.Reader, a Algorithm) (SRI, error) {
	h := a.New()
	if err := copyStream(h, newSource(ctx, r, maxInt64)); err != nil {
		return SRI{}, err
	}
	return NewSRI(a, h.Sum(nil)), nil
}

// ExecutableFile returns the digest of the NAR of one executable file with a stream's bytes, as
// fetchurl with executable = true expects it. A NAR gives a file's size first, so the
// bytes are spooled. The error is an [ErrLimit], or that of r, of ctx or of the spool.
func ExecutableFile(ctx context.Context, r io.Reader, a Algorithm, opt SpoolOptions) (SRI, error) {
	s := newSpool(opt.TempDir, opt.Memory)
	defer s.Close()
	if err := copyStream(s, newSource(ctx, r, opt.Limits.orDefaults().Download)); err != nil {
		return SRI{}, err
	}
	n := &node{kind: kindFile, exec: true, size: s.size}
	return hashNAR(ctx, a, n, s.contents)
}

// copyStream reads all of r into w. It hides every method but Write and Read, so
// that the buffer is as big as it is meant to be.
func copyStream(w io.Writer, r *source) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, make([]byte, copyBuffer))
	return err
}

// hashNAR returns the digest of the NAR of the tree at root.
func hashNAR(ctx context.Context, a Algorithm, root *node, c contents) (SRI, error) {
	h := hashBehind(a.New())
	err := writeNAR(ctx, h, root, c)
	digest := h.finish()
	if err != nil {
		return SRI{}, err
	}
	return NewSRI(a, digest), nil
}
