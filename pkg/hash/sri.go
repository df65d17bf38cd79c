package hash

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/nix-community/go-nix/pkg/nixbase32"
)

// ErrMalformed is the class of every error about text that is not a valid hash.
var ErrMalformed = errors.New("malformed hash")

// Algorithm is a hash function that nixpkgs' fetchers accept in an SRI string. The zero value is SHA256.
type Algorithm uint8

const (
	SHA256 Algorithm = iota // 32 bytes; what pinfetch computes
	SHA512                  // 64 bytes; accepted where a registry publishes it
)

// String returns the algorithm's name as SRI and Nix write it: "sha256" or "sha512".
func (a Algorithm) String() string {
	if a == SHA512 {
		return "sha512"
	}
	return "sha256"
}

// Size returns the digest's length in bytes: 32 or 64.
func (a Algorithm) Size() int {
	if a == SHA512 {
		return sha512.Size
	}
	return sha256.Size
}

func (a Algorithm) function() crypto.Hash {
	if a == SHA512 {
		return crypto.SHA512
	}
	return crypto.SHA256
}

// SRI is the digest of a fixed output, written as a Subresource Integrity
// string (W3C SRI, as Nix and nixpkgs use it): "sha256-" and padded base64.
//
// It is comparable; the zero value means "not hashed yet".
type SRI struct {
	set    bool
	algo   Algorithm
	digest [sha512.Size]byte
}

// NewSRI returns the SRI of a digest. It panics if the digest does not have the algorithm's length.
func NewSRI(a Algorithm, digest []byte) SRI {
	if len(digest) != a.Size() {
		panic(fmt.Sprintf("hash: %d bytes are not a %s digest", len(digest), a))
	}
	s := SRI{set: true, algo: a}
	copy(s.digest[:], digest)
	return s
}

// ParseSRI parses "sha256-<base64>" or "sha512-<base64>". As Nix does, it accepts trailing bits that are not zero;
// [SRI.String] drops them. The error is an [ErrMalformed].
func ParseSRI(text string) (SRI, error) {
	algo, encoded, found := strings.Cut(text, "-")
	if !found {
		return SRI{}, malformed(text, `want "sha256-" and 44 characters of base64`)
	}
	var a Algorithm
	switch algo {
	case "sha256":
		a = SHA256
	case "sha512":
		a = SHA512
	default:
		return SRI{}, malformed(text, fmt.Sprintf("unknown algorithm %q, want sha256 or sha512", algo))
	}
	if want := base64.StdEncoding.EncodedLen(a.Size()); len(encoded) != want {
		return SRI{}, malformed(text, fmt.Sprintf("%d characters of base64, want %d", len(encoded), want))
	}
	// StdEncoding would skip line breaks.
	if strings.ContainsAny(encoded, "\r\n") {
		return SRI{}, malformed(text, "it contains a line break")
	}
	digest, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(digest) != a.Size() {
		return SRI{}, malformed(text, "it is not valid base64")
	}
	return NewSRI(a, digest), nil
}

func malformed(text, why string) error {
	return fmt.Errorf("parse hash %q: %s: %w", text, why, ErrMalformed)
}

// IsZero reports whether the hash is not known yet.
func (s SRI) IsZero() bool { return !s.set }

// Algorithm returns the hash function; of the zero value, SHA256.
func (s SRI) Algorithm() Algorithm { return s.algo }

// Digest returns a copy of the digest's bytes, nil for the zero value.
func (s SRI) Digest() []byte {
	if !s.set {
		return nil
	}
	return append([]byte(nil), s.digest[:s.algo.Size()]...)
}

// String returns the canonical SRI text, empty for the zero value.
func (s SRI) String() string {
	if !s.set {
		return ""
	}
	return s.algo.String() + "-" + base64.StdEncoding.EncodeToString(s.digest[:s.algo.Size()])
}

// Base32 returns the digest in Nix's own base 32, without the algorithm.
func (s SRI) Base32() string { return nixbase32.EncodeToString(s.Digest()) }

// Base16 returns the digest in lower-case hexadecimal, without the algorithm.
func (s SRI) Base16() string { return hex.EncodeToString(s.Digest()) }

// MarshalText implements [encoding.TextMarshaler] with [SRI.String].
func (s SRI) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler] with [ParseSRI].
func (s *SRI) UnmarshalText(text []byte) error {
	parsed, err := ParseSRI(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

// ParseAny parses a hash in any form that Nix writes: SRI, or the digest in base 16, 32 or 64, with or without "sha256:" or
// "sha512:" before it. A digest alone is of SHA-256. The error is an [ErrMalformed].
func ParseAny(text string) (SRI, error) {
	a, encoded := SHA256, text
	algorithm, rest, hasAlgorithm := strings.Cut(text, ":")
	switch {
	case !hasAlgorithm && strings.Contains(text, "-"):
		return ParseSRI(text)
	case hasAlgorithm && algorithm == "sha512":
		a, encoded = SHA512, rest
	case hasAlgorithm && algorithm == "sha256":
		encoded = rest
	case hasAlgorithm:
		return SRI{}, malformed(shorten(text), "want sha256 or sha512")
	}
	var digest []byte
	err := ErrMalformed
	switch len(encoded) {
	case hex.EncodedLen(a.Size()):
		digest, err = hex.DecodeString(encoded)
	case nixbase32.EncodedLen(a.Size()):
		digest, err = nixbase32.DecodeString(encoded)
	case base64.StdEncoding.EncodedLen(a.Size()):
		return ParseSRI(a.String() + "-" + encoded)
	}
	if err != nil || len(digest) != a.Size() {
		return SRI{}, malformed(shorten(text), "want SRI, or a digest in base 16, 32 or 64")
	}
	return NewSRI(a, digest), nil
}
