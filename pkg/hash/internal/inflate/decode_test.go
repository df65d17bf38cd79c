package inflate

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

var damagedFlag = flag.Int("damaged", 2000, "how many damaged files to decode")

// file is a payload as an encoder compresses it.
type file struct {
	name  string
	large bool
	data  []byte
}

// files returns every payload, or its beginning, from every encoder.
func files(t testing.TB) []file {
	var all []file
	contents := payloads(rand.New(rand.NewPCG(1, 1)))
	made := encoders(t)
	for _, encoder := range slices.Sorted(maps.Keys(made)) {
		for _, kind := range slices.Sorted(maps.Keys(contents)) {
			data := made[encoder](contents[kind])
			all = append(all, file{encoder + ", " + kind, len(contents[kind]) > Size, data})
		}
	}
	return all
}

// TestFiles decodes what encoders made: whole, in pieces, cut off and damaged.
func TestFiles(t *testing.T) {
	t.Parallel()
	all := files(t)
	for name, test := range map[string]func(*testing.T, []file){"whole": testWhole, "cut off": testCutOff, "damaged": testDamaged} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, all)
		})
	}
}

func testWhole(t *testing.T, all []file) {
	p := newPair()
	for _, f := range all {
		want := p.wantGunzipped(f.data)
		if want.err != "EOF" {
			t.Errorf("%s: the standard library fails: %s", f.name, want.err)
		}
		compare(t, f.name, p.gunzipped(bytes.NewReader(f.data)), want)
		compare(t, f.name+", one byte at a time", p.gunzipped(iotest.OneByteReader(bytes.NewReader(f.data))), want)
		compare(t, f.name+", data with the error", p.gunzipped(iotest.DataErrReader(bytes.NewReader(f.data))), want)
	}
}

// testCutOff cuts files off near their ends, where symbols are decoded one by one.
func testCutOff(t *testing.T, all []file) {
	p := newPair()
	for _, f := range all {
		step := 1
		if f.large {
			step = 97
		}
		for n := 0; n < len(f.data); n += step {
			if n == 200 {
				n = max(n, len(f.data)-60)
			}
			compare(t, f.name, p.gunzipped(bytes.NewReader(f.data[:n])), p.wantGunzipped(f.data[:n]))
			if t.Failed() {
				t.Fatalf("%s: cut off after %d of %d bytes", f.name, n, len(f.data))
			}
			if f.large && n > 500 {
				break
			}
		}
	}
}

// testDamaged damages files at random. Run it with -damaged 1000000 after a change.
func testDamaged(t *testing.T, all []file) {
	random := rand.New(rand.NewPCG(3, uint64(*damagedFlag)))
	p := newPair()
	classes := make(map[string]int)
	for i := range *damagedFlag {
		f := all[random.IntN(len(all))]
		for f.large && i%64 != 0 {
			f = all[random.IntN(len(all))]
		}
		b := damage(random, f.data)
		want := p.wantGunzipped(b)
		compare(t, f.name, p.gunzipped(reader(random, b)), want)
		classes[want.err]++
		if i%2 == 0 && !strings.HasPrefix(f.name, "members") {
			b = damage(random, raw(f.data))
			want = p.wantInflated(b)
			compare(t, f.name+", without a header", p.inflated(reader(random, b)), want)
		}
		if t.Failed() {
			t.Fatalf("%s, after %d files", f.name, i)
		}
	}
	t.Logf("%v", classes)
	for _, want := range []string{"EOF", "corrupt", "checksum", "header", "unexpected EOF", "trailing"} {
		if classes[want] == 0 {
			t.Errorf("no file ended with %q", want)
		}
	}
}

// reader returns the bytes in pieces of various sizes.
func reader(random *rand.Rand, b []byte) io.Reader {
	switch r := bytes.NewReader(b); random.IntN(8) {
	case 0:
		return iotest.OneByteReader(r)
	case 1:
		return iotest.HalfReader(r)
	case 2:
		return iotest.DataErrReader(r)
	default:
		return r
	}
}

// damage changes a copy of a stream in a few places, or leaves it as it is.
func damage(random *rand.Rand, b []byte) []byte {
	b = slices.Clone(b)
	for range random.IntN(4) {
		at := random.IntN(len(b) + 1)
		if random.IntN(2) == 0 {
			at = min(at, random.IntN(64)) // in the headers
		}
		n := min(len(b)-at, 1+random.IntN(16))
		switch random.IntN(7) {
		case 0, 1:
			if at < len(b) {
				b[at] ^= 1 << random.IntN(8)
			}
		case 2:
			for i := range n {
				b[at+i] = byte(random.Uint32())
			}
		case 3:
			b = slices.Delete(b, at, at+n)
		case 4:
			b = slices.Insert(b, at, b[at:at+n]...)
		case 5:
			b = b[:at]
		case 6:
			b = append(b, make([]byte, random.IntN(9))...)
			if random.IntN(2) == 0 {
				b = append(b, byte(random.Uint32()))
			}
		}
	}
	return b
}

// TestSynthetic decodes codes that no encoder makes.
func TestSynthetic(t *testing.T) {
	t.Parallel()
	p := newPair()
	classes := make(map[string]int)
	for seed := range uint64(max(500, *damagedFlag/50)) {
		random := rand.New(rand.NewPCG(4, seed))
		stream := synthetic(random)
		want := p.wantInflated(stream)
		classes[want.err]++
		compare(t, "synthetic", p.inflated(bytes.NewReader(stream)), want)
		stream = stream[:random.IntN(len(stream))]
		compare(t, "synthetic, cut off", p.inflated(bytes.NewReader(stream)), p.wantInflated(stream))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%v", classes)
	if classes["EOF"] == 0 || classes["corrupt"] == 0 {
		t.Errorf("got streams that end with %v, want valid and invalid ones", classes)
	}
}

// TestReaders ends streams with the reader's own error.
func TestReaders(t *testing.T) {
	t.Parallel()
	p := newPair()
	file := flushed(payloads(rand.New(rand.NewPCG(5, 5)))["text"])
	broken := errors.New("broken")
	for _, n := range []int{0, 1, 5, 12, 100, len(file) - 9, len(file) - 1, len(file)} {
		for name, end := range map[string]io.Reader{broken.Error(): iotest.ErrReader(broken), io.ErrNoProgress.Error(): silent{}} {
			got := p.gunzipped(io.MultiReader(bytes.NewReader(file[:n]), end))
			if got.err != name {
				t.Errorf("after %d bytes: got error %q, want %q", n, got.err, name)
			}
		}
	}
}

// silent returns nothing, for ever.
type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

// TestReset decodes several streams with one decoder, the history of which must not leak.
func TestReset(t *testing.T) {
	t.Parallel()
	d := new(Decoder)
	p := newPair()
	for i, stream := range [][]byte{
		deflate([]byte("abcabcabcabc"), 9), {3, 0}, deflate(make([]byte, 3*Size), 1), {0x4b, 0x04, 0x22}, deflate([]byte("x"), 0), {},
		deflate(bytes.Repeat([]byte("xyz"), 99), 6)[3:], deflate([]byte("end"), -2),
	} {
		d.Reset(bytes.NewReader(stream))
		want := p.wantInflated(stream)
		compare(t, "stream", p.drain(d, nil), want)
		if t.Failed() {
			t.Fatalf("stream %d", i)
		}
	}
}

// TestCarry ends streams at each place around the end of a buffer: what was decoded beyond it comes with the next one.
func TestCarry(t *testing.T) {
	t.Parallel()
	p := newPair()
	for extra := -3; extra < 300; extra += 7 {
		b := make([]byte, Size+extra)
		compare(t, "zeros", p.gunzipped(bytes.NewReader(members(b))), decoded{b, "EOF"})
	}
}
