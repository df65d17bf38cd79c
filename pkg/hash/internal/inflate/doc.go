// Package inflate decodes deflate streams (RFC 1951) and gzip files (RFC 1952).
//
// # Deflate
//
// A stream is a sequence of blocks. Its bits are taken from each byte from the lowest to the highest. A block begins
// with one bit that is set in the last block, and two bits for its type:
//
//   - 0, stored: the rest of the byte is skipped. Two bytes hold the length, two bytes its complement, then the bytes
//     follow.
//   - 1, fixed codes: the codes of section 3.2.6.
//   - 2, dynamic codes: 5 bits hold the number of literal/length codes less 257, at most 286; 5 bits the number of
//     distance codes less 1, at most 30; 4 bits the number of code-length codes less 4. Then follow 3 bits for the
//     length of each code-length code in the order of section 3.2.7, and with these codes the lengths of all others.
//   - 3 is invalid.
//
// A compressed block is a sequence of symbols: a literal byte, the end of the block, or a length from 3 to 258, after
// which comes a distance from 1 to 32,768 back to the bytes that are repeated. The bytes may overlap those that they
// become, but do not reach back beyond the start of the stream.
//
// Codes are canonical: the lengths determine them (section 3.2.2). A code is valid if it is complete, if it is a single
// code of one bit, or if it is empty; the last two must not be used where they have no symbol.
//
// # Gzip
//
// A file is a sequence of members. A member is a header, a deflate stream, and its CRC-32 and its length modulo 2³², both
// little-endian. A header is 1f 8b 08, flags, a time of 4 bytes, 2 bytes that are ignored, and what the flags announce in
// this order: 4, a field with its length in 2 bytes; 8, a name and 16, a comment, each ended by a NUL within 512 bytes; 2,
// the low half of the CRC-32 of the header so far. Other flags are ignored. After the last member there may be zeros, as
// on tapes; "gzip -d" fails on anything else there, and so does [Gzip].
//
// # Exactness
//
// Bytes and errors are those of compress/flate and compress/gzip, even where a stream is damaged: all bytes before the
// damage are returned, and a stream that ends within a code is truncated where it may look damaged. The tests compare
// them.
//
// # Speed
//
// A [Buffer] is decoded into directly, including the 32 KiB before it that later bytes may repeat, so that bytes are
// written once. The next buffer begins with a copy of these 32 KiB. One lookup decodes one symbol together with the
// number of its extra bits, except for codes that are longer than a table's index and need a second lookup.
package inflate

import "errors"

// The classes of errors. A stream that ends too early is an [io.ErrUnexpectedEOF], and a reader that returns nothing
// many times an [io.ErrNoProgress]. Errors of the reader are returned as they are.
var (
	ErrCorrupt  = errors.New("invalid deflate data")
	ErrHeader   = errors.New("invalid gzip header")
	ErrChecksum = errors.New("the data does not match its gzip checksum")
	ErrTrailing = errors.New("bytes after the end of the gzip stream")
)
