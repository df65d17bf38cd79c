package mirror

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/storepath"
	"github.com/pinfetch/pinfetch/pkg/hash"
)

// fromStore writes a content that the Nix store of this machine has. Nix may be adding or deleting it meanwhile, so that only the
// hash tells that it is whole.
func (m *Mirror) fromStore(ctx context.Context, c Content, nar func() io.Writer) (err error) {
	for _, o := range c.Outputs {
		var got hash.SRI
		if got, err = m.hashPath(ctx, c, o, nar); err == nil && got != c.Hash {
			err = &engine.MismatchError{Call: c.fetches[0].call, Got: got}
		}
		if err == nil {
			return nil
		}
	}
	return err
}

// storeMemory is how many bytes of a file stay in memory until its NAR is written.
const storeMemory = 1 << 20

// hashPath hashes what is at the path of an output as its hash says, and writes its NAR.
func (m *Mirror) hashPath(ctx context.Context, c Content, o storepath.Output, nar func() io.Writer) (hash.SRI, error) {
	info, err := os.Lstat(o.Path)
	if err != nil {
		return hash.SRI{}, err
	}
	if storepath.IsRecursive(c.fetches[0].call.Fetch) {
		return hash.Dir(ctx, o.Path, hash.DirOptions{Algorithm: c.Hash.Algorithm(), NAR: nar()})
	}
	if !info.Mode().IsRegular() {
		return hash.SRI{}, fmt.Errorf("%s is not a file", o.Path)
	}
	f, err := os.OpenFile(o.Path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return hash.SRI{}, err
	}
	defer f.Close()
	return hash.FileNAR(ctx, f, c.Hash.Algorithm(), hash.SpoolOptions{TempDir: m.TempDir, Memory: storeMemory, NAR: nar()})
}
