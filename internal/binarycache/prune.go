package binarycache

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/internal/storepath"
)

// grace is how old a NAR without a narinfo must be to be dropped: another process may be about to name
// it. One whose last narinfo was dropped is dropped at once.
const grace = 24 * time.Hour

// Prune drops the narinfos of all fixed outputs but those to keep, and then the NARs that no narinfo names, and returns what it
// dropped. What is not a fixed output, or cannot be read, stays. With dry it drops nothing.
func (c *Cache) Prune(ctx context.Context, keep []storepath.Output, dry bool) (dropped []File, err error) {
	wanted := make(map[string]bool)
	for _, o := range keep {
		wanted[infoKeyOf(o)] = true
	}
	used, freed := make(map[string]bool), make(map[string]bool) // NARs
	for file, err := range c.Bucket.List(ctx, "") {
		if err != nil {
			return dropped, err
		}
		if !strings.HasSuffix(file.Key, ".narinfo") {
			continue
		}
		o, n, err := c.outputOf(ctx, file.Key)
		if err != nil && !errors.Is(err, ErrDamaged) {
			return dropped, err
		}
		if wanted[file.Key] || err != nil || !strings.HasPrefix(o.CA, "fixed:") {
			used[n.url] = true
			continue
		}
		freed[n.url] = true
		if dropped, err = c.drop(ctx, dropped, file, dry); err != nil {
			return dropped, err
		}
	}
	for file, err := range c.Bucket.List(ctx, narDir) {
		if err != nil {
			return dropped, err
		}
		if isNew := time.Since(file.Modified) < grace; used[file.Key] || isNew && !freed[file.Key] {
			continue
		}
		if dropped, err = c.drop(ctx, dropped, file, dry); err != nil {
			return dropped, err
		}
	}
	return dropped, nil
}

func (c *Cache) drop(ctx context.Context, dropped []File, file File, dry bool) ([]File, error) {
	if !dry {
		if err := c.Bucket.Delete(ctx, file.Key); err != nil {
			return dropped, err
		}
	}
	return append(dropped, file), nil
}
