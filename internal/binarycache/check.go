package binarycache

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"strings"

	"github.com/nix-community/go-nix/pkg/nar"
	"github.com/nix-community/go-nix/pkg/nixhash"

	"github.com/pinfetch/pinfetch/internal/storepath"
)

// Check reads back the NARs of outputs, and compares the hashes of each file, of the NAR in it, and the one in CA, from which the
// path follows. The error is an [fs.ErrNotExist], an [ErrDamaged], or that of the Bucket.
func (c *Cache) Check(ctx context.Context, outputs []storepath.Output) error {
	checked := make(map[string]bool) // narinfos without their paths: most names share one NAR
	for _, o := range outputs {
		info, err := c.info(ctx, o)
		if err != nil {
			return err
		}
		shared := *info
		shared.StorePath, shared.Signatures = "", nil
		if checked[shared.String()] {
			continue
		}
		if err := c.copy(ctx, o, contentOf(info), io.Discard); err != nil {
			return err
		}
		checked[shared.String()] = true
	}
	return nil
}

// Copy writes the NAR of an output and checks it as [Cache.Check] does. Only what is written without an error has been checked.
func (c *Cache) Copy(ctx context.Context, o storepath.Output, w io.Writer) error {
	info, err := c.info(ctx, o)
	if err != nil {
		return err
	}
	return c.copy(ctx, o, contentOf(info), w)
}

func (c *Cache) copy(ctx context.Context, o storepath.Output, n content, w io.Writer) error {
	opened, err := c.Bucket.Get(ctx, n.url)
	if err != nil {
		return err
	}
	defer opened.Close()
	file, out, raw := &faultyReader{Reader: opened}, &faultyWriter{Writer: w}, &counted{sum: sha256.New()}
	uncompressed, err := n.compression.reader(io.TeeReader(file, raw))
	if err != nil {
		return cmp.Or(file.err, fmt.Errorf("%s: %w: %w", n.url, ErrDamaged, err))
	}
	defer uncompressed.Close()
	whole := &counted{w: out, sum: sha256.New()}
	limited := io.LimitReader(uncompressed, int64(min(n.narSize, uint64(cmp.Or(c.Limit, maxNAR))))+1)
	got, err := addressed(o.CA, io.TeeReader(limited, whole))
	if err == nil {
		_, err = io.Copy(io.Discard, io.TeeReader(file, raw)) // what follows the compressed data
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case out.err != nil:
		return out.err
	case file.err != nil:
		return fmt.Errorf("read %s: %w", n.url, file.err)
	case err != nil:
		return fmt.Errorf("%s: %w: %w", n.url, ErrDamaged, err)
	case whole.size != n.narSize || !equal(n.narHash, whole):
		return fmt.Errorf("%s holds another NAR than %s says: %w", n.url, infoKeyOf(o), ErrDamaged)
	case n.fileHash != nil && (raw.size != n.fileSize || !equal(n.fileHash, raw)):
		return fmt.Errorf("%s is another file than %s says: %w", n.url, infoKeyOf(o), ErrDamaged)
	case got != o.CA:
		return fmt.Errorf("%s holds %s, not %s: %w", n.url, got, o.CA, ErrDamaged)
	}
	return nil
}

// faultyReader remembers the error of a reader, which is not the fault of what is read.
type faultyReader struct {
	io.Reader
	err error // not io.EOF
}

func (f *faultyReader) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// faultyWriter remembers the error of a writer.
type faultyWriter struct {
	io.Writer
	err error
}

func (f *faultyWriter) Write(p []byte) (int, error) {
	n, err := f.Writer.Write(p)
	if err != nil {
		f.err = err
	}
	return n, err
}

// maxNAR is the default of Cache.Limit, 1 TiB.
const maxNAR = 1 << 40

func equal(want *nixhash.HashWithEncoding, got *counted) bool {
	return bytes.Equal(want.Digest(), got.sum.Sum(nil))
}

// addressed reads a NAR and returns its content address, with the algorithm and the mode of another one.
func addressed(ca string, r io.Reader) (string, error) {
	mode, algorithm, h := "", "sha256", hash.Hash(sha256.New())
	if strings.HasPrefix(ca, "fixed:r:") {
		mode = "r:"
	}
	if strings.HasPrefix(ca, "fixed:"+mode+"sha512:") {
		algorithm, h = "sha512", sha512.New()
	}
	if mode != "" {
		if _, err := io.Copy(h, r); err != nil {
			return "", err
		}
	} else if err := onlyFile(h, r); err != nil {
		return "", err
	}
	algo, err := nixhash.ParseAlgorithm(algorithm)
	if err != nil {
		return "", err
	}
	sum, err := nixhash.NewHash(algo, h.Sum(nil))
	if err != nil {
		return "", err
	}
	return "fixed:" + mode + sum.Format(nixhash.NixBase32, true), nil
}

// onlyFile writes the contents of a NAR that is one file.
func onlyFile(w io.Writer, r io.Reader) error {
	reader, err := nar.NewReader(r)
	if err != nil {
		return err
	}
	defer reader.Close()
	header, err := reader.Next()
	if err != nil {
		return err
	}
	if header.Type != nar.TypeRegular || header.Executable {
		return errors.New("the NAR is not of one plain file")
	}
	if _, err := io.Copy(w, reader); err != nil {
		return err
	}
	if _, err := reader.Next(); err != io.EOF {
		return cmp.Or(err, errors.New("the NAR has more than one file"))
	}
	_, err = io.Copy(io.Discard, r)
	return err
}

// outputOf is the output that a narinfo describes.
func (c *Cache) outputOf(ctx context.Context, key string) (storepath.Output, content, error) {
	info, err := c.parse(ctx, key)
	if err != nil {
		return storepath.Output{}, content{}, err
	}
	o := storepath.Output{Path: info.StorePath, CA: info.CA}
	if path.Base(key) != infoKeyOf(o) {
		return o, content{}, fmt.Errorf("%s is of %q: %w", key, info.StorePath, ErrDamaged)
	}
	return o, contentOf(info), nil
}
