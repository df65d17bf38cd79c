package hash

import (
	"context"
	"io"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/input"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/nar"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/spool"
)

// SpoolOptions says where contents are kept until they can be hashed.
type SpoolOptions struct {
	Limits  Limits
	TempDir string // for contents beyond Memory, in one unnamed file; default [os.TempDir]
	Memory  int64  // bytes that stay in memory; default [DefaultMemory]
}

// File returns the flat digest of a stream's bytes, as fetchurl expects it. It reads without a limit: the caller must
// bound a stream that comes from outside. The error is that of r or of ctx.
func File(ctx context.Context, r io.Reader, a Algorithm) (SRI, error) {
	h := a.function().New()
	if _, err := input.Copy(h, input.New(ctx, r, input.Unlimited)); err != nil {
		return SRI{}, err
	}
	return NewSRI(a, h.Sum(nil)), nil
}

// ExecutableFile returns the digest of the NAR of one executable file with a stream's bytes, as
// fetchurl with executable = true expects it. The bytes are spooled, because a NAR has a file's size before its
// contents. The error is an [ErrLimit], or that of r, of ctx or of the spool.
func ExecutableFile(ctx context.Context, r io.Reader, a Algorithm, opt SpoolOptions) (SRI, error) {
	s := spool.New(opt.TempDir, opt.Memory)
	defer s.Close()
	if _, err := input.Copy(s, input.New(ctx, r, opt.Limits.download())); err != nil {
		return SRI{}, err
	}
	return hashNAR(ctx, a, func(e *nar.Encoder) error {
		return e.File(true, s.Size(), func(w io.Writer) error { return s.CopyTo(w, 0, s.Size()) })
	})
}

// hashNAR returns the digest of the NAR that write writes.
func hashNAR(ctx context.Context, a Algorithm, write func(*nar.Encoder) error) (SRI, error) {
	b := nar.NewBackground(a.function())
	e := nar.NewEncoder(ctx, b)
	err := write(e)
	e.Flush()
	digest := b.Sum()
	if err != nil {
		return SRI{}, err
	}
	return NewSRI(a, digest), nil
}
