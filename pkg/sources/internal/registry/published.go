package registry

import (
	"fmt"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Published adds to a call the strongest of the digests in hex that a registry publishes for its file, by algorithm. It is the
// hash that is locked if the fetcher hashes the very bytes, else it is checked when they are downloaded. The error is a
// [sources.ErrAnswer].
func Published(c sources.Call, digests map[string]string) (sources.Call, error) {
	for _, algorithm := range []string{"sha512", "sha256", "sha1", "md5"} {
		text := digests[algorithm]
		if text == "" {
			continue
		}
		digest, err := hash.ParseDigest(algorithm, text)
		if err != nil {
			return c, fmt.Errorf("published %w: %w", err, sources.ErrAnswer)
		}
		if sri, isStrong := digest.SRI(); isStrong && c.Fetcher == sources.FetchURL && !c.Executable {
			c.Hash = sri
		} else {
			c.Digest = digest
		}
		break
	}
	return c, nil
}
