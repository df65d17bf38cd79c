package hash

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

// ErrDigest means that bytes do not have their published digest.
var ErrDigest = errors.New("not the published digest")

// Digest is a published digest of a file's bytes: "sha1:" and lower-case hex, with md5, sha1, sha256 or sha512. Unlike an
// [SRI], it may be too weak to be locked, and is then only good for noticing a damaged file. The zero value is none.
type Digest string

var digestAlgorithms = map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

// ParseDigest reads a digest in hex. The error is an [ErrMalformed].
func ParseDigest(algorithm, text string) (Digest, error) {
	newHash, known := digestAlgorithms[algorithm]
	sum, err := hex.DecodeString(text)
	if !known || err != nil || len(sum) != newHash().Size() {
		return "", fmt.Errorf("%s digest %q: %w", algorithm, shorten(text), ErrMalformed)
	}
	return Digest(algorithm + ":" + strings.ToLower(text)), nil
}

// SRI returns the digest as a lock records it. ok is false if it is too weak for that.
func (d Digest) SRI() (sri SRI, ok bool) {
	algorithm, text, _ := strings.Cut(string(d), ":")
	for _, a := range []Algorithm{SHA256, SHA512} {
		if sum, err := hex.DecodeString(text); err == nil && algorithm == a.String() && len(sum) == a.Size() {
			return NewSRI(a, sum), true
		}
	}
	return SRI{}, false
}

func shorten(text string) string { return text[:min(len(text), 2*sha512.Size)] }

// Check returns a reader of the same bytes. After the last of them, it returns an [ErrDigest] in place of [io.EOF] if they do
// not have the digest. The zero Digest checks nothing, and no bytes have a malformed one.
func (d Digest) Check(r io.Reader) io.Reader {
	if d == "" {
		return r
	}
	algorithm, want, _ := strings.Cut(string(d), ":")
	newHash, known := digestAlgorithms[algorithm]
	if !known {
		newHash, want = sha256.New, ""
	}
	return &checked{r, newHash(), d, want}
}

type checked struct {
	r      io.Reader
	hash   hash.Hash
	digest Digest
	want   string
}

func (c *checked) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.hash.Write(b[:n])
	if err == io.EOF && hex.EncodeToString(c.hash.Sum(nil)) != c.want {
		err = fmt.Errorf("%w %s", ErrDigest, c.digest)
	}
	return n, err
}
