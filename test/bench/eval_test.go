package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// newEvalBench returns a benchmark, if Nix is installed.
func newEvalBench(t *testing.T) *bench {
	t.Helper()
	if _, err := exec.LookPath("nix-build"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("this test needs Nix: %v", err)
		}
		t.Skipf("this test needs Nix: %v", err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// Builders run as other users, who cannot enter the test's directory.
	dir, err := os.MkdirTemp("", "pinfetch-bench-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return &bench{ctx: t.Context(), root: "../..", dir: dir, runs: 1, self: self}
}

// realProject is a project of pins that can be built.
func realProject(t *testing.T, b *bench, count int) project {
	t.Helper()
	buildPinfetch(t, b)
	pins, err := b.realPins(count)
	if err != nil {
		t.Fatal(err)
	}
	flat, _, _ := layouts()
	p, err := b.newProject(pins, flat)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// table runs a part and returns its lines.
func table(t *testing.T, part func(*tabwriter.Writer) error) []string {
	t.Helper()
	var text bytes.Buffer
	out := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	if err := errors.Join(part(out), out.Flush()); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(text.String()), "\n")
}

// Readers that fetch during evaluation download what they evaluate; ours downloads
// nothing.
func TestReaders(t *testing.T) {
	t.Parallel()
	b := newEvalBench(t)
	const pins = 3
	p := realProject(t, b, pins)
	table(t, func(out *tabwriter.Writer) error { return b.compareReaders(out, p) })
	ours, npins, niv, bare := readers()
	for _, tt := range []struct {
		reader     reader
		all, first int64
	}{{ours, 0, 0}, {bare, 0, 0}, {npins, pins, 1}, {niv, pins, 1}} {
		all, first := b.found.all[tt.reader.name], b.found.first[tt.reader.name]
		if all.asked.Downloads != tt.all || first.asked.Downloads != tt.first {
			t.Errorf("%s: got %d and %d downloads, want %d and %d", tt.reader.name, all.asked.Downloads, first.asked.Downloads, tt.all, tt.first)
		}
		if len(first.paths) != 1 || first.paths[0] != all.paths[0] {
			t.Errorf("%s: got %q for the first pin, want the first of %q", tt.reader.name, first.paths, all.paths)
		}
		if all.wall == 0 || all.Calls == 0 && tt.reader != npins {
			t.Errorf("%s: got %+v, want all measured", tt.reader.name, all)
		}
	}
	if len(b.missed) > 0 {
		t.Errorf("missed: %q", b.missed)
	}
}

func TestBuilds(t *testing.T) {
	t.Parallel()
	b := newEvalBench(t)
	const pins = 2
	p := realProject(t, b, pins)
	table(t, func(out *tabwriter.Writer) error { return b.compareBuilds(out, p) })
	ours, npins, niv, _ := readers()
	for _, e := range []evaluated{b.found.builtBy(ours, fewJobs), b.found.builtBy(ours, someJobs), b.found.builtBy(npins, 1), b.found.builtBy(niv, 1)} {
		if e.asked.Downloads != pins || len(e.paths) != pins || e.wall == 0 {
			t.Errorf("got %+v, want %d sources downloaded", e, pins)
		}
	}
	for name, downloads := range map[string]int64{mirrorName(fewJobs): 0, mirrorName(someJobs): 0, storeName: pins} {
		if e := b.found.built[name]; e.asked.Downloads != downloads || !slices.Equal(e.paths, b.found.builtBy(ours, fewJobs).paths) {
			t.Errorf("%s: got %+v, want %d downloads and the same paths", name, e, downloads)
		}
	}
	if got, want := b.found.builtBy(ours, fewJobs).paths, b.found.builtBy(npins, 1).paths; !slices.Equal(got, want) {
		t.Errorf("got other store paths than npins-style: %q, want %q", got, want)
	}
}

// The counters are exact, so the reader meets its goals on every machine.
func TestCalls(t *testing.T) {
	t.Parallel()
	b := newEvalBench(t)
	lines := table(t, func(out *tabwriter.Writer) error { return b.countCalls(out, 100) })
	if got, want := len(lines), 2*3*3; got != want {
		t.Errorf("got %d lines, want %d", got, want)
	}
	if len(b.missed) > 0 {
		t.Errorf("missed:\n%s", strings.Join(lines, "\n"))
	}
}

func TestReadOne(t *testing.T) {
	t.Parallel()
	b := newEvalBench(t)
	lines := table(t, func(out *tabwriter.Writer) error { return b.readOne(out, 3, 1) })
	if got, want := len(lines), 4; got != want {
		t.Errorf("got %d lines, want %d:\n%s", got, want, strings.Join(lines, "\n"))
	}
}

func TestLinear(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		half, whole, double int64
		want                bool
	}{
		{100, 190, 370, true},
		{100, 190, 280, true},
		{100, 190, 373, false}, // beyond a hundredth
		{100, 400, 1600, false},
	} {
		if got := linear("", tt.half, tt.whole, tt.double).reached; got != tt.want {
			t.Errorf("%d, %d, %d: got %v, want %v", tt.half, tt.whole, tt.double, got, tt.want)
		}
	}
}

func TestCheckPaths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		paths []string
		want  bool
	}{{[]string{"a", "b"}, true}, {[]string{"a", "a"}, false}, {[]string{"a"}, false}} {
		if err := checkPaths(tt.paths, 2); (err == nil) != tt.want {
			t.Errorf("%q: got %v, want right: %v", tt.paths, err, tt.want)
		}
	}
}

func TestCounters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		`{"nrFunctionCalls": 7, "gc": {"totalBytes": 1}}`: 7,
		`{"somethingElse": 7}`:                            -1,
		`{`:                                               -1,
	} {
		s := &store{dir: t.TempDir()}
		if err := os.WriteFile(s.statistics(), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := s.counters()
		if want < 0 && err == nil || want >= 0 && (err != nil || c.Calls != want) {
			t.Errorf("%s: got %d and error %v, want %d", text, c.Calls, err, want)
		}
	}
}

// someFound is a result whose numbers are easy to see.
func someFound() found {
	took := func(seconds float64, downloads int64) evaluated {
		return evaluated{figures: figures{wall: time.Duration(seconds * float64(time.Second))}, counters: counters{Calls: 15_000},
			asked: forgetest.Counts{Downloads: downloads}}
	}
	return found{
		nix: "2.8.0", evaluatedPins: 1000, builtPins: 100,
		all:   map[string]evaluated{"pinfetch": took(2, 0), "npins-style": took(100, 1000), "niv-style": took(80, 1000), "bare calls": took(1, 0)},
		first: map[string]evaluated{"pinfetch": took(0.1, 0), "npins-style": took(0.4, 1), "niv-style": took(0.5, 1)},
		built: map[string]evaluated{"pinfetch, 2 jobs": took(18, 100), "pinfetch, 8 jobs": took(5, 100), "npins-style": took(20, 100), "niv-style": took(16, 100),
			"mirror, 2 jobs": took(2, 0), "mirror, 8 jobs": took(1, 0), "mirror --store": took(4, 100)},
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	got := someFound().markdown(2, 50*time.Millisecond)
	const want = `|  | pinfetch | npins-style | niv-style |
| --- | ---: | ---: | ---: |
| downloads while Nix evaluates 1,000 pins | 0 | 1,000 | 1,000 |
| evaluating all 1,000 | 2.0 s (40.0 × faster) | 100.0 s | 80.0 s |
| evaluating one of them | 0.10 s (4.0 × faster) | 0.40 s | 0.50 s |
| 100 sources in the store, BTmax-jobs = 2BT | 18.0 s (1.1 × as long) | 20.0 s | 16.0 s |
| 100 sources in the store, BTmax-jobs = 8BT | 5.0 s (3.2 × faster) | 20.0 s | 16.0 s |
| the same from a mirror, BTmax-jobs = 2BT | 2.0 s (8.0 × faster) |  |  |
| the same from a mirror, BTmax-jobs = 8BT | 1.0 s (5.0 × faster) |  |  |
| the same by BTpinfetch mirror --storeBT, then a build | 4.0 s (1.2 × faster) |  |  |

Nothing cached, 2 cores, Nix 2.8.0, a forge at 50 ms `
	if want := strings.ReplaceAll(want, "BT", "`"); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant it to begin with\n%s", got, want)
	}
}

// rects are the lengths of a plot's bars, by class.
func rects(t *testing.T, svg string) (lengths map[string][]string) {
	t.Helper()
	lengths = make(map[string][]string)
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return lengths
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		element, ok := token.(xml.StartElement)
		if !ok || element.Name.Local != "rect" {
			continue
		}
		attributes := make(map[string]string)
		for _, a := range element.Attr {
			attributes[a.Name.Local] = a.Value
		}
		lengths[attributes["class"]] = append(lengths[attributes["class"]], attributes["width"])
	}
}

func TestPlot(t *testing.T) {
	t.Parallel()
	svg := plot("a < b", someFound().charts())
	// The room is 446 pixels: 2 s of 100 s, 18 s, 5 s, 2 s, 1 s and 4 s of 20 s; and 100 s and 80 s, 20 s and 16 s.
	got := rects(t, svg)
	if want := []string{"9", "401", "112", "45", "22", "89"}; !slices.Equal(got["ours"], want) {
		t.Errorf("ours: got %q, want %q", got["ours"], want)
	}
	if want := []string{"446", "357", "446", "357"}; !slices.Equal(got["other"], want) {
		t.Errorf("other: got %q, want %q", got["other"], want)
	}
	if want := "<title>a &lt; b</title>"; !strings.Contains(svg, want) {
		t.Errorf("no %s in\n%s", want, svg)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ none, some report }{
		"eval": {new(bench).evalReport(), (&bench{found: someFound()}).evalReport()},
		"hash": {new(bench).hashReport(), (&bench{hashed: someHashed()}).hashReport()},
	} {
		path := filepath.Join(t.TempDir(), "plot.svg")
		if err := tt.none.print(io.Discard, path); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: got a plot of nothing", name)
		}
		var table strings.Builder
		if err := tt.some.print(&table, path); err != nil || !strings.HasPrefix(table.String(), "\n|  | pinfetch |") {
			t.Errorf("%s: got error %v and\n%s", name, err, &table)
		}
		if svg, err := os.ReadFile(path); err != nil || len(rects(t, string(svg))) == 0 {
			t.Errorf("%s: got no plot: %v", name, err)
		}
	}
}

// A plot shows what all parts found.
func TestPlotNeedsAllParts(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]string{"eval": "one", "hash": "zip"} {
		err := run(t.Context(), []string{name, "--only", part, "--svg", filepath.Join(t.TempDir(), "plot.svg")})
		if err == nil || !strings.Contains(err.Error(), "--svg needs all parts") {
			t.Errorf("%s: got error %v, want one about --svg", name, err)
		}
	}
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 12_034: "12,034"} {
		if got := thousands(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
