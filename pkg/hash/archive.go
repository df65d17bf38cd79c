package hash

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/decompress"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/format"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/input"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/nar"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/spool"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/tree"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/untar"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/unzip"
)

// ArchiveOptions says how [Archive] unpacks and hashes. The zero value
// recognises the format by content and keeps the root.
type ArchiveOptions struct {
	StripRoot bool   // fetchzip's stripRoot: drop the only top-level directory
	Extension string // fetchzip's extension, such as "tar.gz" or "zip", which selects the unpacker; "" recognises the format by content
	Limits    Limits
	Algorithm Algorithm
	TempDir   string // for contents larger than Memory, in unnamed files; default [os.TempDir]
	Memory    int64  // bytes of contents that may stay in memory; default [DefaultMemory]

	// NAR receives the NAR that is hashed. Its error ends the hashing. It may be nil, which is faster.
	NAR io.Writer
}

// Result is what [Archive] found.
type Result struct {
	SRI       SRI
	Extension string    // the format of the content: "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.lzma", "tar.zst", "tar.lz" or "zip"
	Commit    string    // the commit ID that git archive wrote into a pax global header or the zip's comment; "" if none
	Date      time.Time // the date of Commit in UTC, which git archive gives every entry; zero without Commit
	Notices   []Notice  // sorted by kind and path; at most [MaxNotices]
}

// Archive returns the hash that fetchzip expects for the archive in r. It does not create any file with a name.
//
// It reads r to the end, on a goroutine that has ended when Archive returns. Once
// ctx is done, r must not block forever; HTTP response bodies do not.
//
// The error is an [ErrNotArchive], [ErrRefused], [ErrCorrupt] or [ErrLimit], or that of r, of ctx or of the spool.
func Archive(ctx context.Context, r io.Reader, opt ArchiveOptions) (Result, error) {
	a := &archive{ctx: ctx, opt: opt, in: input.New(ctx, r, opt.Limits.download()), spool: spool.New(opt.TempDir, opt.Memory)}
	defer a.spool.Close()
	result, err := a.hash()
	if err != nil {
		return Result{}, fmt.Errorf("hash archive: %w", err)
	}
	return result, nil
}

// archive is one call of Archive.
type archive struct {
	ctx       context.Context
	opt       ArchiveOptions
	in        *input.Reader
	spool     *spool.Spool
	inspector inspector
}

func (a *archive) hash() (Result, error) {
	head, err := a.in.Peek(format.HeadSize)
	if err != nil && err != io.EOF {
		return Result{}, err
	}
	f, err := format.Detect(a.opt.Extension, head)
	if err != nil {
		return Result{}, err
	}
	var result Result
	if f.Zip {
		result, err = a.hashZip(head)
	} else {
		result, err = a.hashTar(f.Compression)
	}
	result.Extension = f.Extension()
	return result, err
}

func (a *archive) hashTar(c decompress.Format) (Result, error) {
	limits := a.opt.Limits.tree()
	stream, err := decompress.Open(a.ctx, a.in, c, decompress.Options{TempDir: a.opt.TempDir, MaxUnpacked: limits.Unpacked})
	if err != nil {
		return Result{}, err
	}
	defer stream.Close()
	spooled := func(w io.Writer, n *tree.Node, _ string) error { return a.spool.CopyTo(w, n.Offset, n.Size) }
	speculation := nar.Speculate(a.ctx, a.opt.Algorithm.function(), a.opt.StripRoot, spooled, a.inspector.observe)
	if a.opt.NAR != nil { // it is written once, from what turned out to be right
		speculation.Abandon()
	}
	tar, err := untar.Unpack(stream, a.spool, limits, speculation)
	if err != nil {
		return Result{}, err
	}
	root, err := a.output(tar.Root)
	if err != nil {
		return Result{}, err
	}
	digest, ok, err := speculation.Sum(root)
	switch {
	case err != nil:
		return Result{}, err
	case ok:
		return a.result(NewSRI(a.opt.Algorithm, digest), root, tar.Comment, tar.Date), nil
	}
	return a.hashTree(root, tar.Contents, tar.Comment, tar.Date)
}

// hashZip hashes a zip, whose directory is at its end.
func (a *archive) hashZip(head []byte) (Result, error) {
	isZip, notArchive := unzip.IsZip(head), format.NotArchive(head) // head is valid until the next read
	in, size, err := a.readerAt()
	if err != nil {
		return Result{}, err
	}
	zip, err := unzip.Open(in, size, a.opt.Limits.tree())
	if errors.Is(err, unzip.ErrNoDirectory) && !isZip {
		return Result{}, notArchive
	}
	if err != nil {
		return Result{}, err
	}
	root, err := zip.Unpack()
	if err != nil {
		return Result{}, err
	}
	if root, err = a.output(root); err != nil {
		return Result{}, err
	}
	return a.hashTree(root, zip.Contents, zip.Comment, zip.Date())
}

// readerAt returns the whole input, which is spooled unless it is a file.
func (a *archive) readerAt() (io.ReaderAt, int64, error) {
	if file, size, ok := a.in.File(); ok {
		return file, size, nil
	}
	size, err := input.Copy(a.spool, a.in)
	return a.spool, size, err
}

// output does what fetchzip does after unpacking.
func (a *archive) output(root *tree.Node) (*tree.Node, error) {
	if err := root.CheckWritable(); err != nil {
		return nil, err
	}
	if limit := a.opt.Limits.tree().Unpacked; root.HoldsMore(limit) { // with hard links and the zeros of sparse files
		return nil, fault.Exceeded(fault.ErrUnpacked, limit, "bytes of unpacked contents")
	}
	if !a.opt.StripRoot {
		return root, nil
	}
	return root.StripRoot()
}

func (a *archive) hashTree(root *tree.Node, c nar.Contents, comment string, date time.Time) (Result, error) {
	a.inspector = inspector{}
	sri, err := hashNAR(a.ctx, a.opt.Algorithm, a.opt.NAR, func(e *nar.Encoder) error { return e.Tree(root, a.inspector.observe(c)) })
	if err != nil {
		return Result{}, err
	}
	return a.result(sri, root, comment, date), nil
}

func (a *archive) result(sri SRI, root *tree.Node, comment string, date time.Time) Result {
	result := Result{SRI: sri, Notices: a.inspector.noticesOf(root)}
	if IsCommit(comment) {
		result.Commit, result.Date = comment, date
	}
	return result
}

// IsCommit reports whether text is a full commit ID: 40 or 64 lower-case hex digits.
func IsCommit(text string) bool {
	return (len(text) == 40 || len(text) == 64) && strings.Trim(text, "0123456789abcdef") == ""
}
