package difftest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Case is an archive or tree made from one seed.
type Case struct {
	Seed      uint64
	Extension string // of the archive, as in fetchzip; "" for a tree
	Data      []byte // the archive
	ByContent bool   // the format is clear without the extension
	Features  []string
}

// makeCase makes the case of a seed in the directory dir: the file
// "download.EXTENSION", or a tree named "tree".
func makeCase(ctx context.Context, seed uint64, dir string) (Case, error) {
	r := newRandom(seed)
	c := Case{Seed: seed}
	err := c.fill(r, runFilter(ctx), dir)
	c.Features = r.noted()
	if err != nil {
		return c, fmt.Errorf("make case %d: %w", seed, err)
	}
	return c, nil
}

func (c *Case) fill(r *random, compress compressor, dir string) (err error) {
	switch c.Seed % 10 {
	case 0:
		return makeTree(r, c.tree(dir))
	case 1, 4, 7:
		c.Extension, c.ByContent = "zip", true
		if c.Data, err = makeZip(r, compress); err != nil {
			return err
		}
		if r.chance(50) {
			r.note("extension of another format")
			c.Extension, c.ByContent = pick(r, "tar.zip", "tar", "whl"), false
		}
		if r.chance(100) {
			r.note("zip that is cut off")
			c.Data = c.Data[:r.IntN(len(c.Data))]
		}
	case 5:
		if c.Data, c.Extension, c.ByContent, err = pack(r, makeOrdered(r), compress); err != nil {
			return err
		}
	default:
		if c.Data, c.Extension, c.ByContent, err = pack(r, makeTar(r), compress); err != nil {
			return err
		}
	}
	return os.WriteFile(c.archive(dir), c.Data, 0o644)
}

func (c *Case) isTree() bool { return c.Extension == "" }

func (c *Case) archive(dir string) string { return filepath.Join(dir, "download."+c.Extension) }

func (c *Case) tree(dir string) string { return filepath.Join(dir, "tree") }
