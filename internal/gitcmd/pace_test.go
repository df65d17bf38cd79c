package gitcmd

import (
	"errors"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
)

// A transfer may be slow at first, but not forever; what arrived quickly may take its time to be indexed.
func TestPace(t *testing.T) {
	t.Parallel()
	const step = time.Second
	for _, tt := range []struct {
		name  string
		size  func(second int64) int64 // that has arrived
		steps int64
		fails bool
	}{
		{"nothing for a while", func(int64) int64 { return 0 }, 30, false},
		{"nothing for too long", func(int64) int64 { return 0 }, 32, true},
		{"a byte per second", func(s int64) int64 { return s }, 32, true},
		{"half the lowest speed", func(s int64) int64 { return s * web.MinSpeed / 2 }, 62, true},
		{"the lowest speed", func(s int64) int64 { return s * web.MinSpeed }, 10_000, false},
		{"nothing, then enough", func(s int64) int64 { return max(0, s-29) * web.MinSpeed }, 10_000, false},
		{"a file is removed and written again", func(s int64) int64 { return s % 20 * 20 * web.MinSpeed }, 10_000, false},
		{"a large pack is indexed", func(int64) int64 { return 100 * indexSpeed }, 129, false},
		{"a large pack, then nothing", func(int64) int64 { return 100 * indexSpeed }, 132, true},
		{"the largest size", func(int64) int64 { return 1 << 40 }, 10_000, false},
	} {
		p := &pace{stall: 3 * time.Second}
		p.restart()
		now := time.Unix(0, 0)
		var err error
		for s := int64(0); s <= tt.steps && err == nil; s++ {
			err = p.arrived(tt.size(s), now.Add(time.Duration(s)*step))
		}
		if tt.fails != errors.Is(err, web.ErrStalled) || !tt.fails && err != nil {
			t.Errorf("%s: got %v, want an error: %t", tt.name, err, tt.fails)
		}
	}
}

// Every command gets the whole patience.
func TestPaceRestarts(t *testing.T) {
	t.Parallel()
	p := &pace{stall: time.Second}
	for s := range int64(1000) {
		if s%9 == 0 {
			p.restart()
		}
		if err := p.arrived(0, time.Unix(s, 0)); err != nil {
			t.Fatalf("after %d s: %v", s, err)
		}
	}
}
