package difftest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// need skips the test if a program is missing, or fails it if CI=true.
func need(t *testing.T) {
	t.Helper()
	for _, program := range Programs {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed, and CI=true", program)
		}
		t.Skipf("%s is not installed", program)
	}
}

// shared returns a directory that, unlike t.TempDir's, every user may enter.
func shared(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "difftest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The seeds differ from the first ones of "./dev fuzz --diff".
func TestRun(t *testing.T) {
	t.Parallel()
	need(t)
	report, err := Run(t.Context(), Options{First: 1_000_001, Count: 80, TempDir: shared(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Differences {
		t.Error(d)
	}
	if n := report.Compared(); n < 150 || report.Agreed < n/2 || report.Refused < n/20 || len(report.Undetermined) > n/20 || report.Unsupported > n/20 {
		t.Errorf("got %d comparisons, %d same hash, %d refused, %d undetermined, %d unsupported: want 150, of which more than half are of hashes",
			n, report.Agreed, report.Refused, len(report.Undetermined), report.Unsupported)
	}
}

// hopeless are the features of small archives that both sides always refuse. "difftest
// -v 10000" shows that all other features sometimes lead to a hash.
var hopeless = []string{
	"compressed stream that is cut off", "damaged compressed stream", "damaged header", "device", "directory in use is replaced",
	"fifo", "name with ..", "zip absolute name", "zip behind other bytes", "zip encryption", "zip that is cut off",
}

// Archives that must be refused are made too.
func TestHopeless(t *testing.T) {
	t.Parallel()
	features := make(map[string]bool)
	dir := t.TempDir()
	uncompressed := func(data []byte, _ string, _ ...string) ([]byte, error) { return data, nil }
	for seed := uint64(11082); seed < 11302; seed++ { // a small range that has them all
		if seed%10 == 0 || seed%10 == 5 {
			continue
		}
		c, r := Case{Seed: seed}, newRandom(seed)
		if err := c.fill(r, uncompressed, dir); err != nil {
			t.Fatal(err)
		}
		for _, name := range r.noted() {
			features[name] = true
		}
	}
	for _, name := range hopeless {
		if !features[name] {
			t.Errorf("no seed has the feature %q", name)
		}
	}
}

// The same seed makes the same case.
func TestMakeCaseIsRepeatable(t *testing.T) {
	t.Parallel()
	need(t)
	for _, seed := range []uint64{1, 2, 3, 5, 9, 27, 34} {
		var cases [2]Case
		for i := range cases {
			var err error
			if cases[i], err = makeCase(t.Context(), seed, t.TempDir()); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(cases[0].Data, cases[1].Data) || cases[0].Extension != cases[1].Extension || len(cases[0].Data) == 0 {
			t.Errorf("seed %d makes two archives, or none", seed)
		}
	}
}

// nix-hash, which accepts many paths, must hash the same bytes as nix-store --dump.
func TestNixHashIsOfDump(t *testing.T) {
	t.Parallel()
	need(t)
	dir := shared(t)
	for seed := range uint64(4) {
		tree := filepath.Join(dir, "tree")
		if err := makeTree(newRandom(seed*10+3), tree); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "nix-store", "--dump", tree)
		cmd.Env = append(os.Environ(), "NIX_REMOTE=local", "NIX_CONFIG=build-users-group =", "HOME="+dir,
			"NIX_STORE_DIR="+dir+"/store", "NIX_STATE_DIR="+dir+"/state", "NIX_LOG_DIR="+dir+"/log", "NIX_CONF_DIR="+dir+"/conf")
		dump, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(dump)
		want := hash.NewSRI(hash.SHA256, sum[:])
		var got hash.SRI
		if err := hashAll(t.Context(), dir, []string{tree}, func(_ string, sri hash.SRI) { got = sri }); err != nil || got != want {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
		removeAll(tree)
	}
}

// A replaced placeholder depends on the file system only if GNU tar looks for it
// again.
func TestUndetermined(t *testing.T) {
	t.Parallel()
	link := tarMember{name: "r/out", link: "/nowhere", kind: '2', mode: 0o777}
	file := func(name string) tarMember { return tarMember{name: name, kind: '0', mode: 0o644, data: []byte("x")} }
	hard := func(name, to string) tarMember { return tarMember{name: name, link: to, kind: '1'} }
	for name, test := range map[string]struct {
		members []tarMember
		want    bool
	}{
		"file in its place":              {[]tarMember{link, file("r/out")}, true},
		"directory in its place":         {[]tarMember{link, {name: "r/out/", kind: '5', mode: 0o755}}, true},
		"hard link to it":                {[]tarMember{link, hard("r/hard", "r/out")}, false},
		"older file in its place":        {[]tarMember{file("r/old"), link, hard("r/out", "r/old")}, false},
		"older file, and a younger":      {[]tarMember{file("r/old"), link, hard("r/out", "r/old"), file("r/young")}, false},
		"hard link to a younger":         {[]tarMember{file("r/old"), link, hard("r/out", "r/old"), file("r/young"), hard("r/hard", "r/young")}, true},
		"younger file through a link":    {[]tarMember{link, file("r/a/b"), file("r/out"), file("r/c")}, true},
		"the same link twice":            {[]tarMember{link, link}, false},
		"file in place of a link inside": {[]tarMember{{name: "r/out", link: "inside", kind: '2'}, file("r/out")}, false},
	} {
		w := &tarWriter{r: newRandom(1), format: formatUstar, plain: true}
		for _, m := range test.members {
			w.write(m)
		}
		_, err := hash.Archive(t.Context(), bytes.NewReader(w.finish()), hash.ArchiveOptions{Extension: "tar"})
		if got := errors.Is(err, hash.ErrUndetermined) && errors.Is(err, hash.ErrRefused); got != test.want || !test.want && err != nil {
			t.Errorf("%s: got %v, want undetermined: %v", name, err, test.want)
		}
	}
}

// Run finds differences: here the reference of one seed is compared with the archive
// of another.
func TestCompareFindsDifferences(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := &tarWriter{r: newRandom(1), format: formatUstar, plain: true}
	w.write(tarMember{name: "r/a", kind: '0', mode: 0o644})
	good := Case{Extension: "tar", Data: w.finish(), ByContent: true, Features: []string{"feature"}}
	sri, err := archive(t.Context(), &good, dir, false)
	if err != nil {
		t.Fatal(err)
	}
	bad := Case{Extension: "tar", Data: []byte("no tar")}
	for name, test := range map[string]struct {
		c    Case
		want reference
		diff int
	}{
		"another hash":          {good, reference{sri, sri}, 1}, // with stripRoot it differs
		"hash for refusal":      {good, reference{}, 2},
		"refusal for hash":      {bad, reference{sri, sri}, 2},
		"refusal for refusal":   {bad, reference{}, 0},
		"hash and one refusal":  {good, reference{whole: sri}, 1},
		"refusal, and one hash": {bad, reference{stripped: sri}, 1},
	} {
		report := Report{Features: make(map[string]Feature)}
		report.compare(t.Context(), &test.c, dir, test.want)
		if len(report.Differences) != test.diff || report.Compared() != 2 {
			t.Errorf("%s: got %d differences of %d comparisons, want %d of 2", name, len(report.Differences), report.Compared(), test.diff)
		}
	}
}

// need must look for every program that compresses.
func TestProgramsAreNamed(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		if !slices.Contains(Programs, format.program[0]) {
			t.Errorf("Programs lacks %s", format.program[0])
		}
	}
}
