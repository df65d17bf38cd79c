package hash_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// The digests are those of md5sum, sha1sum, sha256sum and sha512sum.
func TestDigest(t *testing.T) {
	t.Parallel()
	for algorithm, text := range map[string]string{
		"md5":    "5d41402abc4b2a76b9719d911017c592",
		"sha1":   "AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D",
		"sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
		"sha512": "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043",
	} {
		digest, err := hash.ParseDigest(algorithm, text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(digest.Check(iotest.OneByteReader(strings.NewReader("hello")))); err != nil || string(got) != "hello" {
			t.Errorf("%s: got %q, %v", algorithm, got, err)
		}
		for _, other := range []string{"", "hell", "hello!", "jello"} {
			if _, err := io.ReadAll(digest.Check(strings.NewReader(other))); !errors.Is(err, hash.ErrDigest) {
				t.Errorf("%s of %q: got %v, want %v", algorithm, other, err, hash.ErrDigest)
			}
		}
	}
	for digest, want := range map[hash.Digest]string{
		"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824": "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
		"sha1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d":                           "", "sha256:2cf2": "", "": "",
	} {
		if got, ok := digest.SRI(); got.String() != want || ok != (want != "") {
			t.Errorf("%s: got %s, %v, want %q", digest, got, ok, want)
		}
	}
	for _, tt := range [][2]string{{"sha1", "aaf4"}, {"sha1", strings.Repeat("x", 40)}, {"crc32", "3610a686"}, {"", ""}, {"md5", strings.Repeat("0", 1<<20)}} {
		if got, err := hash.ParseDigest(tt[0], tt[1]); !errors.Is(err, hash.ErrMalformed) || len(err.Error()) > 300 {
			t.Errorf("%q: got %q, %v", tt, got, err)
		}
	}
	for _, malformed := range []hash.Digest{"x", "crc32:3610a686", "sha1:", ":"} {
		if _, err := io.ReadAll(malformed.Check(strings.NewReader("hello"))); !errors.Is(err, hash.ErrDigest) {
			t.Errorf("%q: got %v, want %v", malformed, err, hash.ErrDigest)
		}
	}
	if got, err := io.ReadAll(hash.Digest("").Check(strings.NewReader("hello"))); err != nil || string(got) != "hello" {
		t.Errorf("no digest: got %q, %v", got, err)
	}
}
