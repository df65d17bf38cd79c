package difftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// Options says what [Run] compares.
type Options struct {
	First   uint64 // the first seed
	Count   int    // how many consecutive seeds
	TempDir string // default [os.TempDir]; every user must be able to enter it
}

// batch is how many seeds share the same processes.
const batch = 40

// Report counts comparisons: two for an archive (with stripRoot and without), one for
// a tree.
type Report struct {
	Agreed       int      // both give the same hash
	Refused      int      // both refuse
	Undetermined []uint64 // seeds for which hash.Archive says so; see the package comment
	Unsupported  int      // hash.Archive refuses a zip of a system that it does not support, and unzip unpacks it
	Differences  []Difference
	Features     map[string]Feature
}

// Feature counts the seeds that have a feature.
type Feature struct {
	Seeds  int
	Hashed int // seeds with at least one equal hash
}

// Difference is a comparison whose sides do not agree.
type Difference struct {
	Seed      uint64
	Extension string // "" for a tree
	StripRoot bool
	Got, Want string // an SRI hash, or why the case was refused
	Features  []string
}

func (d Difference) String() string {
	what := "tree"
	if d.Extension != "" {
		what = fmt.Sprintf("%s, stripRoot %v", d.Extension, d.StripRoot)
	}
	return fmt.Sprintf("seed %d (%s): got %s, want %s; it has: %s", d.Seed, what, d.Got, d.Want, strings.Join(d.Features, ", "))
}

// Run compares the seeds of opt on all processors. An error means that comparing
// failed; differences are in the report, in the order of seeds.
func Run(ctx context.Context, opt Options) (Report, error) {
	dir, err := os.MkdirTemp(opt.TempDir, "difftest-")
	if err != nil {
		return Report{}, err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		return Report{}, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	reports := make([]Report, (opt.Count+batch-1)/batch)
	for i := range reports {
		group.Go(func() (err error) {
			first := opt.First + uint64(i)*batch
			reports[i], err = runBatch(ctx, dir, first, min(batch, opt.Count-i*batch))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Report{}, err
	}
	total := Report{Features: make(map[string]Feature)}
	for _, r := range reports {
		total.add(r)
	}
	return total, nil
}

func (r *Report) add(other Report) {
	r.Agreed += other.Agreed
	r.Refused += other.Refused
	r.Undetermined = append(r.Undetermined, other.Undetermined...)
	r.Unsupported += other.Unsupported
	r.Differences = append(r.Differences, other.Differences...)
	for name, f := range other.Features {
		sum := r.Features[name]
		r.Features[name] = Feature{sum.Seeds + f.Seeds, sum.Hashed + f.Hashed}
	}
}

// Compared is the number of comparisons.
func (r *Report) Compared() int {
	return r.Agreed + r.Refused + len(r.Undetermined) + r.Unsupported + len(r.Differences)
}

// runBatch compares some seeds in directories below dir, which it removes.
func runBatch(ctx context.Context, dir string, first uint64, count int) (Report, error) {
	report := Report{Features: make(map[string]Feature)}
	var cases []Case
	for i := range count {
		seed := first + uint64(i)
		caseDir := dirOf(dir, seed)
		if err := mkdirForAll(caseDir); err != nil {
			return report, err
		}
		defer removeAll(caseDir)
		c, err := makeCase(ctx, seed, caseDir)
		if err != nil {
			return report, err
		}
		cases = append(cases, c)
	}
	found, err := unpackAll(ctx, dir, cases)
	if err != nil {
		return report, err
	}
	for i := range cases {
		report.compare(ctx, &cases[i], dirOf(dir, cases[i].Seed), found[cases[i].Seed])
	}
	return report, ctx.Err()
}

// mkdirForAll makes a directory in which the unpacking user may write but which, like
// the store, belongs to another user.
func mkdirForAll(path string) error {
	if err := os.Mkdir(path, 0o755); err != nil {
		return err
	}
	return os.Chmod(path, 0o777|os.ModeSticky)
}

// compare compares one case with the results of the programs.
func (r *Report) compare(ctx context.Context, c *Case, dir string, want reference) {
	agreed := r.Agreed
	if c.isTree() {
		got, err := hash.Dir(ctx, c.tree(dir), hash.DirOptions{})
		if err != nil && !errors.Is(err, hash.ErrRefused) {
			err = errNoClass{err}
		}
		r.judge(c, false, got, err, want.whole)
	} else {
		for _, strip := range []bool{false, true} {
			got, err := archive(ctx, c, dir, strip)
			if strip {
				r.judge(c, true, got, err, want.stripped)
			} else {
				r.judge(c, false, got, err, want.whole)
			}
		}
	}
	for _, name := range c.Features {
		f := r.Features[name]
		f.Seeds++
		if r.Agreed > agreed {
			f.Hashed++
		}
		r.Features[name] = f
	}
}

func (r *Report) judge(c *Case, strip bool, got hash.SRI, err error, want hash.SRI) {
	switch {
	case errors.Is(err, hash.ErrUndetermined):
		r.Undetermined = append(r.Undetermined, c.Seed)
	case !errors.As(err, new(errNoClass)) && err != nil && want.IsZero():
		r.Refused++
	case errors.Is(err, hash.ErrUnsupported) && !errors.As(err, new(errNoClass)):
		r.Unsupported++
	case err == nil && got == want:
		r.Agreed++
	default:
		d := Difference{Seed: c.Seed, Extension: c.Extension, StripRoot: strip, Got: got.String(), Want: want.String(), Features: c.Features}
		if err != nil {
			d.Got = err.Error()
		}
		if want.IsZero() {
			d.Want = "a refusal"
		}
		r.Differences = append(r.Differences, d)
	}
}

// errNoClass is an error that hash must not return, or that contradicts another.
type errNoClass struct{ error }

// archive hashes an archive in memory, spooled, and, if the format is clear, without
// its extension. All results must be the same.
func archive(ctx context.Context, c *Case, dir string, strip bool) (hash.SRI, error) {
	opt := hash.ArchiveOptions{StripRoot: strip, Extension: c.Extension, TempDir: dir}
	first, err := hash.Archive(ctx, bytes.NewReader(c.Data), opt)
	classes := []error{hash.ErrRefused, hash.ErrNotArchive, hash.ErrCorrupt, hash.ErrLimit}
	if err != nil && !slices.ContainsFunc(classes, func(class error) bool { return errors.Is(err, class) }) {
		return hash.SRI{}, errNoClass{fmt.Errorf("error of no class: %w", err)}
	}
	again := []hash.ArchiveOptions{{StripRoot: strip, Extension: c.Extension, TempDir: dir, Memory: 1}}
	if c.ByContent {
		again = append(again, hash.ArchiveOptions{StripRoot: strip, TempDir: dir})
	}
	for _, opt := range again {
		got, err2 := hash.Archive(ctx, bytes.NewReader(c.Data), opt)
		if got.SRI != first.SRI || (err == nil) != (err2 == nil) {
			return hash.SRI{}, errNoClass{fmt.Errorf("first %v, %v, then with extension %q, memory %d: %v, %v", first.SRI, err, opt.Extension, opt.Memory, got.SRI, err2)}
		}
	}
	return first.SRI, err
}

// removeAll removes a directory, even if unpacked permissions forbid it.
func removeAll(dir string) {
	if os.RemoveAll(dir) != nil {
		allow(dir)
		os.RemoveAll(dir)
	}
}

// allow makes every directory below dir readable and writable.
func allow(dir string) {
	if os.Chmod(dir, 0o700) != nil {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if entry.IsDir() {
			allow(dir + string(os.PathSeparator) + entry.Name())
		}
	}
}
