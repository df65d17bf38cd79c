// Package format tells what an archive is, from its first bytes and from fetchzip's extension.
package format

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/decompress"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/untar"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/unzip"
)

// HeadSize is how many first bytes of an archive this package looks at.
const HeadSize = untar.HeaderSize

// Format is a zip, or a tar and its compression.
type Format struct {
	Zip         bool
	Compression decompress.Format
}

// Extension returns the extension with which fetchzip unpacks the format.
func (f Format) Extension() string {
	if f.Zip {
		return "zip"
	}
	return [...]string{"tar", "tar.gz", "tar.bz2", "tar.xz", "tar.lzma", "tar.zst", "tar.lz"}[f.Compression]
}

// Detect returns the format of the archive that begins with head. The error is a [fault.ErrNotArchive], or a
// [fault.ErrRefused] if the program that fetchzip runs for the extension does not unpack this format. Without
// extension every format is accepted.
func Detect(extension string, head []byte) (Format, error) {
	u, err := unpackerOf(extension, head)
	if err != nil {
		return Format{}, err
	}
	if u == zip {
		return Format{Zip: true}, nil
	}
	f, ok := recogniseTar(head)
	ok = ok || u == tar && untar.IsEnd(head) // an empty tar
	c := f.Compression
	switch {
	case !ok:
		return Format{}, NotArchive(head)
	case u == xz && c != decompress.Xz && c != decompress.LZMA:
		return Format{}, fault.Refused(extension, "nixpkgs unpacks this extension with xz, and the content is %s", f.Extension())
	case u == tar && c == decompress.LZMA && extension != "":
		return Format{}, fault.Refused(extension, "nixpkgs unpacks this extension with tar, which does not recognise lzma")
	case u == tar && c == decompress.None && namesCompression(extension) && !untar.IsUstar(head):
		return Format{}, fault.Refused(extension, "tar decompresses files with this extension, and the content is not compressed")
	}
	return f, nil
}

// recogniseTar returns the format of a tar; ok is false for anything else. As in GNU tar (src/buffer.c),
// a header without ustar's magic comes after the magics of compressed streams.
func recogniseTar(head []byte) (f Format, ok bool) {
	if untar.IsUstar(head) {
		return Format{}, true
	}
	f.Compression = decompress.Recognise(head)
	return f, f.Compression != decompress.None || untar.IsHeader(head)
}

// unpacker is the program that fetchzip runs.
type unpacker uint8

const (
	tar unpacker = iota // recognises the compression by content
	xz                  // xz -d | tar
	zip
)

// unpackerOf returns the program that fetchzip runs on "download.EXTENSION" (nixpkgs,
// pkgs/stdenv/generic/setup.sh, _defaultUnpack, and the setup hook of unzip).
func unpackerOf(extension string, head []byte) (unpacker, error) {
	name := "." + extension
	switch {
	case extension == "" && unzip.IsZip(head):
		return zip, nil
	case extension == "":
		return tar, nil
	case hasSuffix(name, ".tar.xz", ".tar.lzma", ".txz"):
		return xz, nil
	case strings.Contains(name, ".tar.") || hasSuffix(name, ".tar", ".tgz", ".tbz2", ".tbz"):
		if unzip.IsZip(head) && hasSuffix(name, ".zip") {
			return zip, nil // after tar has failed
		}
		return tar, nil
	case hasSuffix(name, ".zip"):
		return zip, nil
	}
	return 0, fault.Refused(extension, "nixpkgs does not unpack this extension")
}

func hasSuffix(name string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// namesCompression reports whether GNU tar runs a decompressor for a file with this extension if its
// first bytes are not recognised (src/suffix.c).
func namesCompression(extension string) bool {
	switch extension[strings.LastIndexByte(extension, '.')+1:] {
	case "gz", "tgz", "taz", "Z", "taZ", "bz2", "tbz", "tbz2", "tz2", "lz", "lzma", "tlz", "lzo", "xz", "txz", "zst", "tzst":
		return true
	}
	return false
}

// NotArchive returns an [fault.ErrNotArchive] that says what the content looks like.
func NotArchive(head []byte) error {
	return fmt.Errorf("%w: it looks like %s", fault.ErrNotArchive, describe(head))
}

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
	if f, ok := recogniseTar(head); ok {
		return "a " + f.Extension() + " archive"
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
