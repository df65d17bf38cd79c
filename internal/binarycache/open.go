package binarycache

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pinfetch/pinfetch/internal/storepath"
)

// Open returns the NAR of an output, decompressed. It is an [fs.ErrNotExist] if the cache does not have it. The caller must
// compare what it reads with a hash, and bound it.
func (c *Cache) Open(ctx context.Context, o storepath.Output) (io.ReadCloser, error) {
	info, err := c.info(ctx, o)
	if err != nil {
		return nil, err
	}
	return c.open(ctx, contentOf(info))
}

func (c *Cache) open(ctx context.Context, n content) (io.ReadCloser, error) {
	file, err := c.Bucket.Get(ctx, n.url)
	if err != nil {
		return nil, err
	}
	nar, err := n.compression.reader(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w: %w", n.url, ErrDamaged, err)
	}
	return &opened{nar, file}, nil
}

type opened struct {
	io.ReadCloser
	file io.Closer
}

func (o *opened) Close() error { return errors.Join(o.ReadCloser.Close(), o.file.Close()) }
