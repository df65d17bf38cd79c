package decompress

import "strings"

// Format is how a stream is compressed.
type Format uint8

const (
	None Format = iota
	Gzip
	Bzip2
	Xz
	LZMA // the older format of LZMA Utils
	Zstd
	Lzip
)

// String returns the name of the format, such as "gzip".
func (f Format) String() string {
	return [...]string{"uncompressed", "gzip", "bzip2", "xz", "lzma", "zstd", "lzip"}[f]
}

// magics are the first bytes that GNU tar looks for, in its order (src/buffer.c).
var magics = []struct {
	format Format
	magic  string
}{
	{Gzip, "\x1f\x8b"},
	{Bzip2, "BZh"},
	{Lzip, "LZIP"},
	{LZMA, "\x5d\x00\x00"},
	{Xz, "\xfd7zXZ"},
	{Zstd, "\x28\xb5\x2f\xfd"},
}

// Recognise returns the format of a stream that begins with head, [None] if it is none of the compressed ones.
func Recognise(head []byte) Format {
	for _, m := range magics {
		if strings.HasPrefix(string(head[:min(len(head), 8)]), m.magic) {
			return m.format
		}
	}
	return None
}
