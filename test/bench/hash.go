package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"text/tabwriter"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
)

// The sizes of what is hashed.
const (
	treeFiles  = 16_000  // files in a tree like the Go project's
	treeSize   = 13_000  // mean size of each, in bytes
	treeMiB    = 200     // all of them, roughly
	manyFiles  = 100_000 // files in the large archive, 1 GiB
	manySize   = 10_700  // mean size of each, in bytes
	smallCount = 1000    // archives
	smallFiles = 12      // files of each
	flatSize   = 1 << 30 // bytes of the flat file
)

const hashTitle = "WORK\tPINFETCH\tPEAK\tYARDSTICK\tTIME\tRATIO\tMUST REACH\t"

// The kinds of work that the plot shows.
const (
	hashTarGz     = "tar.gz, directory order"
	hashZip       = "zip"
	hashDirectory = "directory"
	hashFlat      = "flat file, 1 GiB"
)

// hash measures hashing.
func (b *bench) hash() []part {
	return []part{
		{"tar.gz", b.tarGz}, {"zip", b.zip}, {"large", b.bigTarGz}, {"tar.zst", b.zst}, {"tar.xz", b.xz},
		{"directory", b.directory}, {"flat", b.flat}, {"small", b.small},
	}
}

// make makes data in a separate process.
func (b *bench) make(kind, path string, count, size int) error {
	return b.command(b.self, "make", kind, path, strconv.Itoa(count), strconv.Itoa(size)).Run()
}

func (b *bench) archive(path string) []string {
	return []string{b.pinfetch, "hash", "archive", path}
}

// sh makes data with a shell command.
func (b *bench) sh(script string) error {
	cmd := b.command("sh", "-e", "-c", script)
	cmd.Dir = b.dir
	return cmd.Run()
}

// tree makes the tree, once.
func (b *bench) tree() error {
	if _, err := os.Stat(b.path("tree")); err == nil {
		return nil
	}
	return b.make("tree", b.path("tree"), treeFiles, treeSize)
}

func (b *bench) tarGz(out *tabwriter.Writer) error {
	if err := b.tree(); err != nil {
		return err
	}
	for _, order := range []struct {
		name     string
		make     string
		atMost   float64
		reported bool
	}{
		{"tar.gz, names in order", "tar --sort=name -cf - tree | gzip >a.tar.gz", 0.36, true},
		{"tar.gz, git archive order", "cd tree && git init -q && git add . && git -c user.name=b -c user.email=b commit -qm b && git archive --prefix=tree/ HEAD | gzip >../a.tar.gz && rm -rf .git", 0.36, false},
		{hashTarGz, "tar --sort=none -cf - tree | gzip >a.tar.gz", 0.50, true},
	} {
		if err := b.sh(order.make); err != nil {
			return err
		}
		if err := b.against(out, work{
			name: order.name, ours: b.archive(b.path("a.tar.gz")), reported: order.reported,
			yardstick: []string{"gzip", "-dc", b.path("a.tar.gz")}, against: "gzip -dc", atMost: order.atMost, peak: 40 << 20,
		}); err != nil {
			return err
		}
	}
	return b.prefetch(out, hashTarGz)
}

// prefetch compares with the program that people use for the same hash.
func (b *bench) prefetch(out *tabwriter.Writer, name string) (err error) {
	if _, err := exec.LookPath("nix-prefetch-url"); err != nil {
		fmt.Fprintln(os.Stderr, "bench: skipping a line: nix-prefetch-url is not installed")
		return nil
	}
	if b.hashed.nix, err = b.nixVersion(); err != nil {
		return err
	}
	s, err := b.newStore()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.remove()) }()
	return b.against(out, work{
		name: name, ours: b.archive(b.path("a.tar.gz")), reported: true,
		yardstick: []string{"nix-prefetch-url", "--unpack", "file://" + b.path("a.tar.gz")}, env: s.env,
		against: "nix-prefetch-url --unpack", atLeast: 8, slow: true,
	})
}

func (b *bench) zip(out *tabwriter.Writer) error {
	if err := b.tree(); err != nil {
		return err
	}
	if err := b.sh("zip -qr a.zip tree"); err != nil {
		return err
	}
	return b.against(out, work{
		name: hashZip, ours: b.archive(b.path("a.zip")), reported: true,
		yardstick: []string{"unzip", "-tqq", b.path("a.zip")}, against: "unzip -tqq", atMost: 0.42, peak: 56 << 20,
	})
}

func (b *bench) bigTarGz(out *tabwriter.Writer) error {
	if err := b.make("tar", b.path("big.tar"), manyFiles, manySize); err != nil {
		return err
	}
	if err := b.sh("gzip big.tar"); err != nil {
		return err
	}
	defer os.Remove(b.path("big.tar.gz"))
	return b.against(out, work{
		name: "tar.gz, 1 GiB in 100,000 files", ours: b.archive(b.path("big.tar.gz")), reported: true,
		yardstick: []string{"gzip", "-dc", b.path("big.tar.gz")}, against: "gzip -dc", atMost: 0.55, peak: 80 << 20,
	})
}

// sorted makes a tar of the tree, once.
func (b *bench) sorted() error {
	if err := b.tree(); err != nil {
		return err
	}
	return b.sh("[ -f sorted.tar ] || tar --sort=name -cf sorted.tar tree")
}

func (b *bench) zst(out *tabwriter.Writer) error {
	if err := b.sorted(); err != nil {
		return err
	}
	if err := b.sh("zstd -q sorted.tar -o sorted.tar.zst"); err != nil {
		return err
	}
	return b.against(out, work{
		name: "tar.zst", ours: b.archive(b.path("sorted.tar.zst")),
		yardstick: []string{b.self, "decode", "zst", b.path("sorted.tar.zst")}, against: "decoding alone", atMost: 1.2,
	})
}

func (b *bench) xz(out *tabwriter.Writer) error {
	if err := b.sorted(); err != nil {
		return err
	}
	info, err := os.Stat(b.path("sorted.tar"))
	if err != nil {
		return err
	}
	if err := b.sh(fmt.Sprintf("xz -T1 -3 -c sorted.tar >one.tar.xz; xz -T2 -3 --block-size=%d -c sorted.tar >ten.tar.xz", info.Size()/10+1)); err != nil {
		return err
	}
	one := []string{b.self, "decode", "xz", b.path("one.tar.xz")}
	if err := b.against(out, work{
		name: "tar.xz, one block", ours: b.archive(b.path("one.tar.xz")), yardstick: one, against: "decoding alone", atMost: 1.05,
	}); err != nil {
		return err
	}
	return b.against(out, work{
		name: "tar.xz, ten blocks", ours: b.archive(b.path("ten.tar.xz")),
		yardstick: []string{b.self, "decode", "xz", b.path("ten.tar.xz")}, against: "decoding alone", atMost: 0.6, peak: 96 << 20,
	})
}

func (b *bench) directory(out *tabwriter.Writer) error {
	if err := b.tree(); err != nil {
		return err
	}
	if _, err := exec.LookPath("nix"); err != nil {
		fmt.Fprintln(os.Stderr, "bench: skipping a line: nix is not installed")
		return nil
	}
	return b.against(out, work{
		name: hashDirectory, ours: []string{b.pinfetch, "hash", "path", b.path("tree")}, reported: true,
		yardstick: []string{"nix", "--extra-experimental-features", "nix-command", "hash", "path", b.path("tree")},
		against:   "nix hash path", atMost: 0.95,
	})
}

func (b *bench) flat(out *tabwriter.Writer) error {
	if err := b.make("flat", b.path("flat"), 1, flatSize); err != nil {
		return err
	}
	defer os.Remove(b.path("flat"))
	return b.against(out, work{
		name: hashFlat, ours: []string{b.pinfetch, "hash", "file", b.path("flat")}, reported: true,
		yardstick: []string{"openssl", "dgst", "-sha256", b.path("flat")}, against: "openssl dgst -sha256", atMost: 0.97,
	})
}

func (b *bench) small(out *tabwriter.Writer) error {
	ours := []string{b.pinfetch, "hash", "archive"}
	for i := range smallCount {
		ours = append(ours, b.path(fmt.Sprintf("small-%d.tar.gz", i)))
	}
	if err := b.make("tar", b.path("small.tar"), smallFiles, manySize); err != nil {
		return err
	}
	if err := b.sh(fmt.Sprintf("gzip small.tar; for i in $(seq 0 %d); do cp small.tar.gz small-$i.tar.gz; done", smallCount-1)); err != nil {
		return err
	}
	return b.against(out, work{
		name: fmt.Sprintf("%d small archives at once", smallCount), ours: ours,
		yardstick: append([]string{"env", "GOMAXPROCS=1"}, ours...), against: "one core", atLeast: 1.9,
	})
}

// decode decodes a file and discards the result: the yardstick for compressed
// archives.
func decode(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("want format and path")
	}
	format, path := args[0], args[1]
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var r io.Reader
	switch format {
	case "zst":
		d, err := zstd.NewReader(file)
		if err != nil {
			return err
		}
		defer d.Close()
		r = d
	case "xz":
		if r, err = xz.NewReader(file, 0); err != nil {
			return err
		}
	default:
		return fmt.Errorf("unknown format %q", format)
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, 256<<10))
	return err
}
