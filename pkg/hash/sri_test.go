package hash_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// The forms are those of nix hash convert, of the SHA-256 of nothing.
func TestParseAny(t *testing.T) {
	t.Parallel()
	const want = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	for _, text := range []string{
		want, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
	} {
		if got, err := hash.ParseAny(text); err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "x", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", want[:30], strings.Repeat("!", 52), strings.Repeat("e", 52), strings.Repeat("g", 64),
		"sha512:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73", strings.Repeat("a", 1<<20),
	} {
		if got, err := hash.ParseAny(text); !errors.Is(err, hash.ErrMalformed) || len(err.Error()) > 1000 {
			t.Errorf("%.60q: got %v, %v, want a short ErrMalformed", text, got, err)
		}
	}
}
