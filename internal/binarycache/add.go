package binarycache

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"github.com/nix-community/go-nix/pkg/nixbase32"
	"github.com/nix-community/go-nix/pkg/nixhash"

	"github.com/pinfetch/pinfetch/internal/storepath"
)

// Alias publishes a content that the cache has under one of the known outputs as the missing ones. It is an [fs.ErrNotExist] if
// it has none of them.
func (c *Cache) Alias(ctx context.Context, known, missing []storepath.Output) error {
	for _, o := range known {
		info, err := c.info(ctx, o)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrDamaged) {
			continue
		}
		if err != nil {
			return err
		}
		if whole, err := c.hasNAR(ctx, info); err != nil || !whole {
			if err != nil {
				return err
			}
			continue
		}
		return c.publishAll(ctx, missing, contentOf(info))
	}
	return fs.ErrNotExist
}

// Add publishes one content and returns the size of the file that it put, 0 if the cache had it. write writes the content's NAR
// to the writer that it is given; it asks for another one to start over. It returns the outputs that have this content, or an
// error: then nothing is published. The error of Add is that of the Bucket, if there is one, else that of write.
func (c *Cache) Add(ctx context.Context, write func(nar func() io.Writer) ([]storepath.Output, error)) (int64, error) {
	return c.add(ctx, false, write)
}

// Replace is [Cache.Add] for a content whose file may be damaged: it is put even if there is one of this name and size.
func (c *Cache) Replace(ctx context.Context, write func(nar func() io.Writer) ([]storepath.Output, error)) (int64, error) {
	return c.add(ctx, true, write)
}

func (c *Cache) add(ctx context.Context, replace bool, write func(nar func() io.Writer) ([]storepath.Output, error)) (int64, error) {
	u, err := c.Bucket.Create(ctx)
	if err != nil {
		return 0, err
	}
	defer u.Abort()
	p := &packer{ctx: ctx, compression: cmp.Or(c.Compression, Zstd), upload: u, slots: c.slots()}
	defer p.close()
	outputs, err := write(p.restart)
	if err := cmp.Or(p.err, err); err != nil {
		return 0, err
	}
	n, err := p.finish()
	if err != nil {
		return 0, err
	}
	put := int64(n.fileSize)
	if size, err := c.Bucket.Size(ctx, n.url); err == nil && size == put && !replace {
		put = 0
	} else if err := u.Commit(ctx, n.url); err != nil {
		return 0, err
	}
	return put, c.publishAll(ctx, outputs, n)
}

func (c *Cache) publishAll(ctx context.Context, outputs []storepath.Output, n content) error {
	for _, o := range outputs {
		if err := c.publish(ctx, o, n); err != nil {
			return err
		}
	}
	return nil
}

// maxPackers is how many NARs are compressed at once: each takes some MiB of memory.
const maxPackers = 2

// slots returns the free places for packers that are at work.
func (c *Cache) slots() chan struct{} {
	c.once.Do(func() { c.packers = make(chan struct{}, maxPackers) })
	return c.packers
}

// packer compresses a NAR into an upload, and hashes both.
type packer struct {
	ctx         context.Context
	compression Compression
	upload      Upload
	slots       chan struct{}
	nar, file   counted
	compressor  io.WriteCloser // from the first byte on: it takes a slot
	err         error          // of the upload: nothing can be written any more
}

// counted hashes and counts what is written.
type counted struct {
	w    io.Writer // may be nil
	sum  hash.Hash
	size uint64
}

func (c *counted) Write(p []byte) (int, error) {
	c.sum.Write(p)
	c.size += uint64(len(p))
	if c.w == nil {
		return len(p), nil
	}
	return c.w.Write(p)
}

func (c *counted) hash() *nixhash.HashWithEncoding {
	return nixhash.MustNewHashWithEncoding(nixhash.SHA256, c.sum.Sum(nil), nixhash.NixBase32, true)
}

// restart drops what was written, and returns the writer for a NAR.
func (p *packer) restart() io.Writer {
	p.close()
	if p.file.size > 0 && p.err == nil {
		p.err = p.upload.Restart()
	}
	p.file = counted{w: p.upload, sum: sha256.New()}
	p.nar = counted{w: p, sum: sha256.New()}
	return &p.nar
}

// Write compresses.
func (p *packer) Write(b []byte) (n int, err error) {
	if p.compressor == nil && p.err == nil {
		p.err = p.open()
	}
	if p.err == nil {
		n, p.err = p.compressor.Write(b)
	}
	return n, p.err
}

// open waits for a slot. By now the content is on this machine, so that no slot waits for a slow server.
func (p *packer) open() (err error) {
	select {
	case p.slots <- struct{}{}:
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
	if p.compressor, err = p.compression.writer(&p.file); err != nil {
		<-p.slots
	}
	return err
}

// close ends the compressor's work, so that nothing writes to the upload any more.
func (p *packer) close() error {
	if p.compressor == nil {
		return nil
	}
	err := p.compressor.Close()
	p.compressor = nil
	<-p.slots
	return err
}

func (p *packer) finish() (content, error) {
	if p.compressor == nil {
		return content{}, fmt.Errorf("no NAR was written: %w", io.ErrUnexpectedEOF)
	}
	if err := p.close(); err != nil {
		return content{}, err
	}
	name := narDir + "/" + nixbase32.EncodeToString(p.file.sum.Sum(nil)) + p.compression.extension()
	return content{name, p.compression, p.file.hash(), p.file.size, p.nar.hash(), p.nar.size}, nil
}
