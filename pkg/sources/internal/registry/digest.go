package registry

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// SRI returns the hash that a registry publishes in hex, the zero SRI for "". The error is a [sources.ErrAnswer].
func SRI(a hash.Algorithm, text string) (hash.SRI, error) {
	if text == "" {
		return hash.SRI{}, nil
	}
	d, err := hash.ParseDigest(a.String(), text)
	if err != nil {
		return hash.SRI{}, fmt.Errorf("published digest: %w: %w", err, sources.ErrAnswer)
	}
	_, digits, _ := strings.Cut(string(d), ":")
	sum, err := hex.DecodeString(digits)
	if err != nil {
		return hash.SRI{}, fmt.Errorf("published digest: %w: %w", err, sources.ErrAnswer)
	}
	return hash.NewSRI(a, sum), nil
}
