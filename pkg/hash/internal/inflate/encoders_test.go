package inflate

import (
	"bytes"
	stdflate "compress/flate"
	stdgzip "compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// payloads are what is compressed: of every kind that encoders treat differently.
func payloads(random *rand.Rand) map[string][]byte {
	noise := make([]byte, 3000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	var text []byte
	for len(text) < 6000 {
		text = fmt.Appendf(text, "func %s%d(n int) int { return n * %d }\n", []string{"get", "put", "list"}[random.IntN(3)], len(text), random.IntN(1000))
	}
	var mixed []byte // beyond two buffers, with distances up to the largest
	for len(mixed) < 2*Size+9000 {
		switch from := max(0, len(mixed)-1-random.IntN(history)); {
		case random.IntN(3) > 0 && len(mixed) > 0:
			mixed = append(mixed, mixed[from:min(len(mixed), from+3+random.IntN(600))]...)
		case random.IntN(2) > 0:
			mixed = append(mixed, bytes.Repeat([]byte("abcdefghijklmnopqrst")[:1+random.IntN(20)], 1+random.IntN(100))...)
		default:
			mixed = append(mixed, noise[:random.IntN(40)]...)
		}
	}
	return map[string][]byte{
		"empty": nil, "byte": {'a'}, "text": text, "noise": noise, "mixed": mixed, "zeros": make([]byte, Size+history+1),
	}
}

// encode is an encoder of gzip files.
type encode func([]byte) []byte

// encoders are those of the libraries, and of the programs that are installed.
func encoders(t testing.TB) map[string]encode {
	all := map[string]encode{"members": members, "flushed": flushed}
	for level := stdgzip.HuffmanOnly; level <= stdgzip.BestCompression; level++ {
		all[fmt.Sprintf("standard library %d", level)] = func(b []byte) []byte {
			return written(b, func(w io.Writer) (io.WriteCloser, error) { return stdgzip.NewWriterLevel(w, level) })
		}
		all[fmt.Sprintf("klauspost %d", level)] = func(b []byte) []byte {
			return written(b, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, level) })
		}
	}
	for name, command := range map[string][]string{
		"gzip 1": {"gzip", "-1"}, "gzip 6": {"gzip", "-6"}, "gzip 9": {"gzip", "-9"},
		"pigz": {"pigz", "-b", "128"}, "pigz 11": {"pigz", "-11"},
		"igzip 0": {"igzip", "-0"}, "igzip 3": {"igzip", "-3"},
		"libdeflate 1": {"libdeflate-gzip", "-1"}, "libdeflate 12": {"libdeflate-gzip", "-12"},
		"zopfli": {"zopfli", "--i1"},
	} {
		if path, err := exec.LookPath(command[0]); err == nil {
			all[name] = func(b []byte) []byte {
				if name == "zopfli" || name == "pigz 11" {
					b = b[:min(len(b), 6000)] // they are slow
				}
				return run(t, b, path, command[1:]...)
			}
		}
	}
	return all
}

func written(b []byte, open func(io.Writer) (io.WriteCloser, error)) []byte {
	var out bytes.Buffer
	w, err := open(&out)
	if err != nil {
		panic(err)
	}
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// flushed writes blocks of several types, with an empty stored block after each.
func flushed(b []byte) []byte {
	var out bytes.Buffer
	w, _ := stdgzip.NewWriterLevel(&out, 6)
	for len(b) > 0 {
		n := min(len(b), 1+len(b)/3)
		w.Write(b[:n])
		w.Flush()
		b = b[n:]
	}
	w.Close()
	return out.Bytes()
}

// members writes members with all the fields that a header may have, and zeros after the last one.
func members(b []byte) []byte {
	var out bytes.Buffer
	for i := 0; i == 0 || len(b) > 0; i++ {
		w, _ := stdgzip.NewWriterLevel(&out, i%10)
		if i%2 == 0 {
			w.Name, w.Comment, w.Extra = "näme", "comment", []byte("extra")
		}
		n := min(len(b), 1+len(b)/2)
		w.Write(b[:n])
		w.Close()
		b = b[n:]
	}
	out.Write(make([]byte, 100))
	return out.Bytes()
}

// run runs a program that replaces a file, or writes another one beside it.
func run(t testing.TB, b []byte, program string, args ...string) []byte {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, append(args, path)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", program, err, out)
	}
	compressed, err := os.ReadFile(path + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	return compressed
}

// raw returns the deflate stream in a gzip file of one member whose header has at most a name.
func raw(file []byte) []byte {
	stream := file[10:]
	if file[3] == flagName {
		stream = stream[bytes.IndexByte(stream, 0)+1:]
	}
	return stream[:len(stream)-8]
}

func deflate(b []byte, level int) []byte {
	return written(b, func(w io.Writer) (io.WriteCloser, error) { return stdflate.NewWriter(w, level) })
}
