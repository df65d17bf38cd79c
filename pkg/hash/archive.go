package hash

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

// ArchiveOptions says how [Archive] unpacks and hashes. The zero value
// recognises the format by content and keeps the root.
type ArchiveOptions struct {
	StripRoot bool   // fetchzip's stripRoot: the one top-level directory is dropped
	Extension string // fetchzip's extension, such as "tar.gz" or "zip", which chooses the unpacker; "" recognises the format by content
	Limits    Limits
	Algorithm Algorithm
	TempDir   string // where contents beyond Memory are spooled, in one unnamed file; default [os.TempDir]
	Memory    int64  // bytes of contents held in memory; default [DefaultMemory]
}

// Result is what [Archive] found.
type Result struct {
	SRI       SRI
	Extension string    // what the content is: "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.lzma", "tar.zst", "tar.lz" or "zip"
	Commit    string    // the commit ID that git archive wrote into a pax global header or the zip's comment; "" if none
	Date      time.Time // UTC; with Commit, the commit's date, with which git archive stamps every entry; else zero
	Notices   []Notice  // sorted by kind and path; at most [MaxNotices]
}

// Archive returns the hash that fetchzip expects for the archive in r, without unpacking it anywhere.
//
// It reads r to the end, on a goroutine of its own that has ended when Archive
// returns: once ctx is done, r must not block for ever, as no HTTP response body does.
//
// The error is an [ErrNotArchive], [ErrRefused], [ErrCorrupt] or [ErrLimit], or
// that of r, of ctx or of the spool.
func Archive(ctx context.Context, r io.Reader, opt ArchiveOptions) (Result, error) {
	a := &archive{ctx: ctx, opt: opt, limits: opt.Limits.orDefaults(), spool: newSpool(opt.TempDir, opt.Memory)}
	a.source = newSource(ctx, r, a.limits.Download)
	defer a.close()
	result, err := a.hash()
	if err != nil {
		return Result{}, fmt.Errorf("hash archive: %w", err)
	}
	return result, nil
}

// archive is one call of Archive.
type archive struct {
	ctx    context.Context
	opt    ArchiveOptions
	limits Limits
	source *source
	spool  *spool
	watch  watcher

	compressed *os.File     // of an archive that is no file: its bytes, unnamed; nil if not needed
	guess      *speculation // of a tar
}

func (a *archive) close() {
	a.spool.Close()
	if a.compressed != nil {
		a.compressed.Close()
	}
}

// inputBuffer is how much of an archive is read at once, 64 KiB.
const inputBuffer = 64 << 10

func (a *archive) hash() (Result, error) {
	in := bufio.NewReaderSize(a.source, inputBuffer)
	head, err := in.Peek(sniffLen)
	if a.source.err != nil {
		return Result{}, a.source.err
	}
	if err != nil && err != io.EOF {
		return Result{}, err
	}
	unpacker, err := choose(a.opt.Extension, head)
	if err != nil {
		return Result{}, err
	}
	if unpacker == unpackZip {
		return a.zip(in, head)
	}
	compression, ok := recognise(head)
	switch {
	case !ok:
		return Result{}, notArchive(head)
	case unpacker == unpackXz && compression != xzipped && compression != lzmaAlone:
		return Result{}, refused(a.opt.Extension, "nixpkgs unpacks this extension with xz, and the content is %s", compression.extension())
	case unpacker == unpackTar && compression == lzmaAlone && a.opt.Extension != "":
		return Result{}, refused(a.opt.Extension, "nixpkgs unpacks this extension with tar, which does not recognise lzma")
	case unpacker == unpackTar && compression == plain && namesCompression(a.opt.Extension) && !isUstar(head):
		return Result{}, refused(a.opt.Extension, "tar goes by the extension, and the content is not compressed")
	}
	return a.tar(in, compression)
}

// unpacker is what fetchzip runs.
type unpacker uint8

const (
	unpackTar unpacker = iota // tar, which recognises the compression by content
	unpackXz                  // xz -d | tar
	unpackZip                 // unzip
)

// choose returns what fetchzip runs on "download.EXTENSION" (nixpkgs,
// pkgs/stdenv/generic/setup.sh, _defaultUnpack, and the setup hook of unzip).
func choose(extension string, head []byte) (unpacker, error) {
	name := "." + extension
	switch {
	case extension == "" && isZip(head):
		return unpackZip, nil
	case extension == "":
		return unpackTar, nil
	case hasSuffix(name, ".tar.xz", ".tar.lzma", ".txz"):
		return unpackXz, nil
	case strings.Contains(name, ".tar.") || hasSuffix(name, ".tar", ".tgz", ".tbz2", ".tbz"):
		if isZip(head) && hasSuffix(name, ".zip") {
			return unpackZip, nil // after tar has failed
		}
		return unpackTar, nil
	case hasSuffix(name, ".zip"):
		return unpackZip, nil
	}
	return 0, refused(extension, "nixpkgs does not know how to unpack this extension")
}

// isZip reports whether head is the start of a zip, and not of a program that ends in one.
func isZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte(sigLocal)) || bytes.HasPrefix(head, []byte(sigEnd))
}

func hasSuffix(name string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// tar hashes a tar.
func (a *archive) tar(in *bufio.Reader, c compression) (Result, error) {
	decoder, err := a.decoder(in, c)
	if err != nil {
		return Result{}, a.decodeError(c, err)
	}
	defer decoder.Close()
	p := newPipe(decoder)
	defer p.close()
	t := &tarReader{in: p, limits: a.limits}
	a.guess = newSpeculation(a.ctx, a.opt.Algorithm, a.opt.StripRoot, a.watch.watch(a.spool.contents))
	root, date, err := a.untar(t)
	if err == nil {
		err = t.drain()
	}
	if err != nil {
		if p.err == nil || p.err == io.EOF || !errors.Is(err, p.err) {
			return Result{}, err
		}
		return Result{}, a.decodeError(c, err)
	}
	return a.finish(root, a.spool.contents, Result{Extension: c.extension(), Commit: t.commit, Date: date})
}

// decoder returns a reader of the tar; blocks of xz are decoded side by side where that can be.
func (a *archive) decoder(in *bufio.Reader, c compression) (io.ReadCloser, error) {
	if c == xzipped {
		if blocks, err := a.xzBlockReader(in); blocks != nil || err != nil {
			return blocks, err
		}
	}
	return c.open(in)
}

// untar reads all members into a tree, and returns the date of the first.
func (a *archive) untar(t *tarReader) (*node, time.Time, error) {
	x := newExtraction()
	var date time.Time
	for entries := 0; ; entries++ {
		if entries > a.limits.Entries {
			return nil, date, passed("in the archive", int64(a.limits.Entries), "entries")
		}
		m, err := t.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, date, err
		}
		if m.kind == typeVolume {
			if err := t.copyData(io.Discard, m.size); err != nil {
				return nil, date, err
			}
			continue
		}
		if date.IsZero() {
			date = m.mtime
		}
		if err := a.unpack(x, t, m); err != nil {
			return nil, date, err
		}
	}
	root, err := x.finish()
	return root, date, err
}

// unpack adds a member to the tree, and lets it be hashed at once if that is what it seems to be.
func (a *archive) unpack(x *extraction, t *tarReader, m *member) error {
	path := safeName(strings.TrimRight(m.name, "/"))
	err := x.add(m, func(n *node) (err error) {
		if m.sparse {
			a.guess.over = true
			var regions []region
			regions, n.size, err = t.copySparse(m, a.spool)
			n.holes = &regions
			return err
		}
		n.size, n.off = m.size, a.spool.size
		hashed := a.watch.watch(func(w io.Writer, _ *node, _ string) error { return t.copyData(both{a.spool, w}, m.size) })
		return a.guess.add(path, item{kind: kindFile, node: n}, func(w io.Writer, n *node, name string) error {
			if w == nil {
				return t.copyData(a.spool, m.size)
			}
			return hashed(w, n, name)
		})
	})
	switch {
	case err != nil:
		return err
	case m.kind == typeSymlink:
		return a.guess.add(path, item{kind: kindLink, target: m.link}, nil)
	case m.kind == typeDir:
		return a.guess.add(path, item{kind: kindDir}, nil)
	case m.kind != typeFile && m.kind != typeOldFile:
		a.guess.over = true
	}
	return nil
}

// both writes to the spool and then to the hash.
type both struct {
	spool *spool
	next  io.Writer
}

func (b both) Write(p []byte) (int, error) {
	if n, err := b.spool.Write(p); err != nil {
		return n, err
	}
	return b.next.Write(p)
}

// decodeError tells what a decoder makes of damaged data from what is wrong with the source.
func (a *archive) decodeError(c compression, err error) error {
	switch {
	case a.source.err != nil:
		return a.source.err
	case errors.Is(err, ErrLimit), errors.Is(err, ErrCorrupt):
		return err
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return corrupt("the %s ends too early", c.extension())
	}
	return corrupt("decode %s: %w", c.extension(), err)
}

// zip hashes a zip, whose directory stands at the end: it is spooled as it is.
func (a *archive) zip(in *bufio.Reader, head []byte) (Result, error) {
	head = bytes.Clone(head)
	_, err := io.CopyBuffer(struct{ io.Writer }{a.spool}, struct{ io.Reader }{in}, make([]byte, copyBuffer))
	if err != nil {
		return Result{}, err
	}
	z, err := openZip(a.spool, a.spool.size, a.limits)
	if errors.Is(err, errNoDirectory) && !isZip(head) {
		return Result{}, notArchive(head)
	}
	if err != nil {
		return Result{}, err
	}
	root, err := z.unpack()
	if err != nil {
		return Result{}, err
	}
	result := Result{Extension: "zip"}
	if isCommit(z.comment) {
		result.Commit, result.Date = z.comment, z.members[0].modified
	}
	return a.finish(root, z.contents, result)
}

// finish does what fetchzip does after unpacking, and hashes.
func (a *archive) finish(root *node, c contents, result Result) (Result, error) {
	if err := root.writable(""); err != nil {
		return Result{}, err
	}
	if a.opt.StripRoot {
		var err error
		if root, err = root.strip(); err != nil {
			return Result{}, err
		}
	}
	if result.Commit == "" {
		result.Date = time.Time{}
	}
	foreseen := false
	if a.guess != nil {
		var err error
		if result.SRI, foreseen, err = a.guess.finish(a.opt.Algorithm, root); err != nil {
			return Result{}, err
		}
	}
	if !foreseen {
		a.watch = watcher{}
		var err error
		if result.SRI, err = hashNAR(a.ctx, a.opt.Algorithm, root, a.watch.watch(c)); err != nil {
			return Result{}, err
		}
	}
	result.Notices = a.watch.notices(root)
	return result, nil
}

// sniffLen is how many first bytes tell what a content is.
const sniffLen = blockSize

func notArchive(head []byte) error {
	return fmt.Errorf("%w: it looks like %s", ErrNotArchive, describe(head))
}

// describe says what content that is no archive looks like.
func describe(head []byte) string {
	text := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(head), "\ufeff"), " \t\r\n"))
	for _, sign := range []struct{ prefix, name string }{
		{"<!doctype html", "an HTML page"},
		{"<html", "an HTML page"},
		{"<?xml", "an XML document"},
		{"<", "an HTML or XML document"},
		{"{", "a JSON document"},
		{"[", "a JSON document"},
		{"version https://git-lfs", "a Git LFS pointer"},
		{"7z\xbc\xaf\x27\x1c", "a 7z archive, which nixpkgs does not unpack"},
		{"rar!", "a RAR archive, which nixpkgs does not unpack"},
		{"\x1f\x9d", "a compress (.Z) file, which nixpkgs does not unpack"},
		{"%pdf", "a PDF document"},
		{"!<arch>", "an ar archive or Debian package"},
		{"\x7felf", "a program"},
	} {
		if strings.HasPrefix(text, sign.prefix) {
			return sign.name
		}
	}
	if c, ok := recognise(head); ok {
		return "a " + c.extension() + " archive"
	}
	isControl := func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\r\f\x1b", r) }
	switch {
	case len(head) == 0:
		return "an empty file"
	case utf8.Valid(head[:max(len(head)-utf8.UTFMax, 0)]) && !strings.ContainsFunc(text, isControl):
		return "plain text"
	default:
		return "unknown data"
	}
}
