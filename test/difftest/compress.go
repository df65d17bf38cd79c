package difftest

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"slices"
)

// compressor runs a program as a filter.
type compressor func(data []byte, program string, args ...string) ([]byte, error)

func runFilter(ctx context.Context) compressor {
	return func(data []byte, program string, args ...string) ([]byte, error) {
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Stdin = bytes.NewReader(data)
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", program, err)
		}
		return out, nil
	}
}

// Formats of compressed tars: the program that makes them, and their extensions.
var formats = []struct {
	program    []string
	extensions []string
}{
	{[]string{"gzip", "-nc"}, []string{"tar.gz", "tar.gz", "tgz"}},
	{[]string{"zstd", "-1cq"}, []string{"tar.zst"}},
	{[]string{"bzip2", "-c"}, []string{"tar.bz2", "tbz2", "tbz"}},
	{[]string{"xz", "-1c"}, []string{"tar.xz", "txz"}},
	{[]string{"xz", "-1c", "--format=lzma"}, []string{"tar.lzma"}},
	{[]string{"lzip", "-1c"}, []string{"tar.lz"}},
}

// quickFormats is how many of the formats are fast; they come first.
const quickFormats = 2

// Limits on the size of tars, in bytes, so that compressing does not take too long.
const (
	maxPacked = 16 << 20 // compressed
	maxSlowly = 1 << 20  // compressed with a slow program
)

// pack compresses a tar, or not, and chooses its extension. known means that the
// format is clear without it.
func pack(r *random, tar []byte, c compressor) (data []byte, extension string, known bool, err error) {
	if r.chance(3) || len(tar) > maxPacked {
		extension := pick(r, "tar", "tar", "tar", "tar.gz")
		// Without a magic number, tar uses the extension.
		return tar, extension, extension == "tar" || bytes.HasPrefix(tar[min(len(tar), 257):], []byte("ustar")), nil
	}
	format := formats[r.IntN(len(formats))]
	if len(tar) > maxSlowly {
		format = pick(r, formats[:quickFormats]...)
	}
	extension = pick(r, format.extensions...)
	r.note("as " + extension)
	program := func(data []byte) []byte {
		if err != nil {
			return nil
		}
		data, err = c(data, format.program[0], format.program[1:]...)
		return data
	}
	// tar does not read past the end of an archive. Then it is a race whether the
	// decompressing program fails at the damage or at the closed pipe.
	wholly := r.features["another archive behind the end"] || r.features["garbage behind the end"] || r.features["data of what has none"]
	switch {
	case r.chance(10) && len(tar) > blockSize:
		r.note("two compressed streams")
		i := r.IntN(len(tar))
		data = slices.Concat(program(tar[:i]), program(tar[i:]))
	case r.chance(25) && !wholly:
		r.note("garbage behind a compressed stream")
		data = append(program(tar), pick(r, "garbage", "\x00\x00\x00\x00", "\x00", "x")...)
	case r.chance(25) && !wholly:
		r.note("compressed stream that is cut off")
		data = program(tar)
		data = data[:len(data)-min(len(data), 1+r.IntN(20))]
	case r.chance(40) && !wholly:
		r.note("damaged compressed stream")
		if data = program(tar); len(data) > 0 {
			data[r.IntN(len(data))] ^= 1 << r.IntN(8)
		}
	default:
		data = program(tar)
	}
	if r.chance(20) {
		r.note("extension of another format")
		wrong := []string{"tar.gz", "tar", "tbz", "tar.zip", "zip", "7z"}
		if extension != "tar.lz" { // which xz can decompress since version 5.4
			wrong = append(wrong, "tar.xz")
		}
		return data, pick(r, wrong...), false, err
	}
	return data, extension, true, err
}
