package difftest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// Keep writes the archives of the seeds, each as "SEED.EXTENSION.gz", and the results
// of GNU tar, unzip and Nix, as "table.tsv", to a new directory. Nothing in it comes
// from package hash. Trees and archives of a few MiB are omitted.
func Keep(ctx context.Context, opt Options, target string) error {
	dir, err := os.MkdirTemp(opt.TempDir, "difftest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(target, 0o755); err != nil {
		return err
	}
	var cases []Case
	for i := range opt.Count {
		seed := opt.First + uint64(i)
		if seed%10 == 0 || seed%10 == 5 {
			continue
		}
		sub := dirOf(dir, seed)
		if err := mkdirForAll(sub); err != nil {
			return err
		}
		defer removeAll(sub)
		c, err := makeCase(ctx, seed, sub)
		if err != nil {
			return err
		}
		cases = append(cases, c)
	}
	found, err := unpackAll(ctx, dir, cases)
	if err != nil {
		return err
	}
	var table bytes.Buffer
	for _, c := range cases {
		name := fmt.Sprintf("%d.%s.gz", c.Seed, c.Extension)
		var packed bytes.Buffer
		z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			return err
		}
		z.Write(c.Data)
		z.Close()
		if err := os.WriteFile(filepath.Join(target, name), packed.Bytes(), 0o644); err != nil {
			return err
		}
		want := found[c.Seed]
		fmt.Fprintf(&table, "%s\tfalse\t%s\n%s\ttrue\t%s\n", name, spell(want.whole), name, spell(want.stripped))
	}
	return os.WriteFile(filepath.Join(target, "table.tsv"), table.Bytes(), 0o644)
}

func spell(sri hash.SRI) string {
	if sri.IsZero() {
		return "refuse"
	}
	return sri.String()
}
