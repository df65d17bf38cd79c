package inflate

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// maxFuzzed bounds what a fuzzed stream may decode to in bytes, so that each takes little time.
const maxFuzzed = 8 << 20

func FuzzDeflate(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(synthetic(rand.New(rand.NewPCG(6, seed))))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		p := newPair()
		want := p.wantInflated(stream)
		if len(want.data) > maxFuzzed {
			t.Skip()
		}
		compare(t, "whole", p.inflated(bytes.NewReader(stream)), want)
		compare(t, "one byte at a time", p.inflated(iotest.OneByteReader(bytes.NewReader(stream))), want)
	})
}

func FuzzGzip(f *testing.F) {
	for _, b := range []string{"", "a", "hello, hello, hello"} {
		f.Add(members([]byte(b)))
		f.Add(flushed([]byte(b)))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		p := newPair()
		want := p.wantGunzipped(file)
		if len(want.data) > maxFuzzed {
			t.Skip()
		}
		compare(t, "whole", p.gunzipped(bytes.NewReader(file)), want)
		compare(t, "one byte at a time", p.gunzipped(iotest.OneByteReader(bytes.NewReader(file))), want)
	})
}
