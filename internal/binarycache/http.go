package binarycache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"os"
	"strings"

	"github.com/pinfetch/pinfetch/internal/web"
)

// HTTP is a cache that a web server serves. It can only be read.
type HTTP struct {
	Web     *web.Client
	Address string
	Limit   int64  // bytes of a file; default 1 TiB
	TempDir string // for files that are read; default: the system's
}

// Get implements [Bucket]. A NAR is kept in an unnamed temporary file until it is closed, because the connection may break.
func (h HTTP) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	f, err := unnamed(cmp.Or(h.TempDir, os.TempDir()))
	if err != nil {
		return nil, err
	}
	t := &temporary{f}
	err = h.Web.Do(ctx, web.Request{URL: h.url(key)}, func(resp *http.Response) error {
		if err := t.restart(); err != nil {
			return err
		}
		limit := cmp.Or(h.Limit, maxNAR)
		n, err := io.Copy(f, io.LimitReader(resp.Body, limit+1))
		if err == nil && n > limit {
			err = fmt.Errorf("%s has more than %d bytes: %w", key, limit, ErrDamaged)
		}
		return err
	})
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		t.Close()
		return nil, unlisted(err)
	}
	return t, nil
}

// unlisted takes 403 for 404, as Nix does: a bucket that may not be listed answers so for what it does not have.
func unlisted(err error) error {
	if status, ok := errors.AsType[*web.StatusError](err); ok && status.Status == http.StatusForbidden {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}

func (h HTTP) url(key string) string { return strings.TrimSuffix(h.Address, "/") + "/" + key }

// Size implements [Bucket].
func (h HTTP) Size(ctx context.Context, key string) (size int64, err error) {
	err = h.Web.Do(ctx, web.Request{Method: http.MethodHead, URL: h.url(key)}, func(resp *http.Response) error {
		size = resp.ContentLength
		return nil
	})
	return size, unlisted(err)
}

// Create implements [Bucket].
func (HTTP) Create(context.Context) (Upload, error) { return nil, ErrReadOnly }

// Delete implements [Bucket].
func (HTTP) Delete(context.Context, string) error { return ErrReadOnly }

// List implements [Bucket].
func (HTTP) List(context.Context, string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) { yield(File{}, ErrReadOnly) }
}

// temporary is a file that ends with its last use.
type temporary struct{ *os.File }

func (t *temporary) restart() error {
	if err := t.Truncate(0); err != nil {
		return err
	}
	_, err := t.Seek(0, io.SeekStart)
	return err
}

// Close removes the file.
func (t *temporary) Close() error {
	discard(t.File)
	return nil
}
