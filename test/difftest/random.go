package difftest

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// random makes the choices of one seed and notes the resulting features.
type random struct {
	*rand.Rand
	features map[string]bool
}

func newRandom(seed uint64) *random {
	return &random{rand.New(rand.NewPCG(seed, 3)), make(map[string]bool)}
}

// note notes that a case has a feature.
func (r *random) note(feature string) { r.features[feature] = true }

func (r *random) noted() []string { return slices.Sorted(maps.Keys(r.features)) }

// chance is true with a probability of 1 in n.
func (r *random) chance(n int) bool { return r.IntN(n) == 0 }

func pick[T any](r *random, choices ...T) T { return choices[r.IntN(len(choices))] }

// bytes returns n bytes, random or all the same.
func (r *random) bytes(n int) []byte {
	b := make([]byte, n)
	if r.chance(3) {
		c := byte(r.IntN(256))
		for i := range b {
			b[i] = c
		}
		return b
	}
	for i := 0; i < n; i += 8 {
		v := r.Uint64()
		for j := i; j < min(i+8, n); j++ {
			b[j] = byte(v)
			v >>= 8
		}
	}
	return b
}

// data returns the contents of a small file.
func (r *random) data() []byte {
	switch r.IntN(12) {
	case 0:
		return nil
	case 1:
		return r.bytes(pick(r, 511, 512, 513, 1024, 4096))
	case 2:
		return r.bytes(r.IntN(5000))
	case 3:
		return []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
	default:
		return r.bytes(1 + r.IntN(60))
	}
}

// name returns a file name that is easy to get wrong.
func (r *random) name() string {
	switch r.IntN(12) {
	case 0:
		return pick(r, "..foo", "-x", "sp ", " lead", "a\tb", "*", "~", "#", "a:b", "con", "foo...", "\\x", "'", "\"")
	case 1:
		return pick(r, "\xff\xfe", "n\nl", "é", "e\u0301", "É", "\u00e4\u2028", "\x01\x7f", "\x80")
	case 2:
		return pick(r, ".gitattributes", ".gitmodules", ".git", ".hidden", "..", ".") + pick(r, "", "x", "y")
	default:
		return pick(r, "a", "b", "c", "d", "foo", "bar") + pick(r, "", "", ".c", "-", "0", "+", ".d", "2")
	}
}

// safeName is like name but never "." or "..".
func (r *random) safeName() string {
	for {
		if name := r.name(); name != "." && name != ".." {
			return name
		}
	}
}
