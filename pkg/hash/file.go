package hash

import (
	"context"
	"fmt"
	"io"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/input"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/nar"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/spool"
)

// SpoolOptions says where contents are kept until they can be hashed.
type SpoolOptions struct {
	Limits  Limits
	TempDir string // for contents larger than Memory, in one unnamed file; default [os.TempDir]
	Memory  int64  // bytes that may stay in memory; default [DefaultMemory]

	// NAR receives the NAR of the file. Its error ends the hashing. It may be nil.
	NAR io.Writer
}

// File returns the flat digest of a stream's bytes, as fetchurl expects it. It reads without a limit: the caller must
// bound a stream that comes from outside. The error is that of r or of ctx.
func File(ctx context.Context, r io.Reader, a Algorithm) (SRI, error) {
	b := nar.NewBackground(a.function())
	_, err := b.ReadFrom(input.New(ctx, r, input.Unlimited))
	digest := b.Sum()
	if err != nil {
		return SRI{}, err
	}
	return NewSRI(a, digest), nil
}

// FileNAR is [File] for a caller who also wants the NAR of the file, in opt.NAR. The bytes are spooled, because a NAR has a
// file's size before its contents. Its errors are those of [ExecutableFile].
func FileNAR(ctx context.Context, r io.Reader, a Algorithm, opt SpoolOptions) (SRI, error) {
	h := a.function().New()
	_, err := spooled(ctx, io.TeeReader(r, h), a, false, opt)
	return NewSRI(a, h.Sum(nil)), err
}

// ExecutableFile returns the digest of the NAR of one executable file with a stream's bytes, as
// fetchurl with executable = true expects it. The bytes are spooled, because a NAR has a file's size before its
// contents. The error is an [ErrLimit], or that of r, of ctx, of the spool or of opt.NAR.
func ExecutableFile(ctx context.Context, r io.Reader, a Algorithm, opt SpoolOptions) (SRI, error) {
	return spooled(ctx, r, a, true, opt)
}

// spooled returns the digest of the NAR of one file.
func spooled(ctx context.Context, r io.Reader, a Algorithm, executable bool, opt SpoolOptions) (SRI, error) {
	s := spool.New(opt.TempDir, opt.Memory)
	defer s.Close()
	if _, err := input.Copy(s, input.New(ctx, r, opt.Limits.download())); err != nil {
		return SRI{}, err
	}
	return hashNAR(ctx, a, opt.NAR, func(e *nar.Encoder) error {
		return e.File(executable, s.Size(), func(w io.Writer) error { return s.CopyTo(w, 0, s.Size()) })
	})
}

// hashNAR returns the digest of the NAR that write writes, which out receives too unless it is nil.
func hashNAR(ctx context.Context, a Algorithm, out io.Writer, write func(*nar.Encoder) error) (SRI, error) {
	b := nar.NewBackground(a.function())
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	t := &tee{sum: b, out: out, end: end}
	e := nar.NewEncoder(ctx, t)
	err := write(e)
	e.Flush()
	digest := b.Sum()
	if t.err != nil {
		return SRI{}, fmt.Errorf("write the NAR: %w", t.err)
	}
	if err != nil {
		return SRI{}, err
	}
	return NewSRI(a, digest), nil
}

// tee writes a NAR to a hash, which never fails, and perhaps to a writer whose first error ends the encoder's context.
type tee struct {
	sum, out io.Writer
	err      error
	end      func(error)
}

func (t *tee) Write(p []byte) (int, error) {
	if t.out != nil && t.err == nil {
		if _, t.err = t.out.Write(p); t.err != nil {
			t.end(t.err)
		}
	}
	return t.sum.Write(p)
}
