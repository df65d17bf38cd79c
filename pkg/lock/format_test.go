package lock_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
)

// sri parses a hash that is known to be well formed.
func sri(text string) hash.SRI {
	parsed, err := hash.ParseSRI(text)
	if err != nil {
		panic(err)
	}
	return parsed
}

// pin makes a complete pin that follows the version tags of o/REPO.
func pin(repo, rev, version string) lock.Pin {
	return lock.Pin{
		Source: github.Spec{Owner: "o", Repo: repo, Tracking: sources.Tracking{Tags: "*"}},
		Locked: sources.Resolution{
			Facts: sources.Facts{Ref: "refs/tags/v" + version, Version: version, Date: "2024-01-01"},
			Calls: []sources.Call{{
				Fetch: sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "o", Repo: repo, Rev: rev},
				Hash:  sri(sriA),
			}},
		},
	}
}

// What pinfetch wrote once, it writes again: order of keys and pins, indent, end.
func TestFormatIsAFixedPoint(t *testing.T) {
	t.Parallel()
	if got := mustFormat(t, mustParse(t, small)); got != small {
		t.Errorf("got\n%s\nwant\n%s", got, small)
	}
}

func TestFormatEmpty(t *testing.T) {
	t.Parallel()
	want := "{\n  \"version\": 1,\n  \"pins\": {}\n}\n"
	for _, f := range []*lock.File{{}, {Pins: map[string]lock.Pin{}}} {
		if got := mustFormat(t, f); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if f := mustParse(t, want); len(f.Pins) != 0 || f.Pins == nil {
		t.Errorf("got pins %v, want an empty map", f.Pins)
	}
}

// Every argument of every fetcher survives.
func TestFormatKeepsEverything(t *testing.T) {
	t.Parallel()
	calls := map[string]sources.Fetch{
		"url":     {Fetcher: sources.FetchURL, URL: "https://example.org/a?b=c&d=e", Name: "a", Executable: true},
		"url_min": {Fetcher: sources.FetchURL, URL: "http://example.org/a"},
		"zip":     {Fetcher: sources.FetchZip, URL: "https://example.org/a", Name: "a", StripRoot: true, Extension: "tar.zst"},
		"zip_min": {Fetcher: sources.FetchZip, URL: "https://example.org/a", Extension: "zip"},
		"git": {
			Fetcher: sources.FetchGit, URL: "https://example.org/a.git", Rev: strings.Repeat("c", 64), Name: "a", Submodules: true, LFS: true,
			SparseCheckout: sources.NewPatterns("a", "b c", "\u00e9"), RootDir: "x/y", Access: sources.Access{Private: true, VarPrefix: "A_1"},
		},
		"git_min": {Fetcher: sources.FetchGit, URL: "https://example.org/a.git", Rev: revA},
		"hub":     {Fetcher: sources.FetchFromGitHub, GithubBase: "ghe.example.org", Owner: "o.o", Repo: "r_-", Rev: revB, Name: "a", Access: sources.Access{Private: true}},
		"hub_min": {Fetcher: sources.FetchFromGitHub, Owner: "o", Repo: "r", Rev: revB},
	}
	f := &lock.File{Pins: map[string]lock.Pin{}}
	for name, fetch := range calls {
		f.Pins[name] = lock.Pin{
			Source: url.Spec{URL: "https://example.org/a"},
			Frozen: strings.HasSuffix(name, "_min"),
			Locked: sources.Resolution{Calls: []sources.Call{{Fetch: fetch, Hash: sri(sri512)}}},
		}
	}
	text := mustFormat(t, f)
	got := mustParse(t, text)
	for name, want := range f.Pins {
		if !got.Pins[name].Equal(want) {
			t.Errorf("%s: got %+v, want %+v", name, got.Pins[name], want)
		}
	}
	if len(got.Pins) != len(f.Pins) {
		t.Errorf("got %d pins, want %d", len(got.Pins), len(f.Pins))
	}
	if strings.Contains(text, `\u0026`) || !strings.Contains(text, "?b=c&d=e") {
		t.Errorf("a URL is escaped more than JSON wants:\n%s", text)
	}
}

func TestFormatRefuses(t *testing.T) {
	t.Parallel()
	good := pin("r", revA, "1.0")
	broken := func(change func(*sources.Call)) lock.Pin {
		p := good
		p.Locked.Calls = []sources.Call{good.Locked.Calls[0]}
		change(&p.Locked.Calls[0])
		return p
	}
	unlocked := good
	unlocked.Locked = sources.Resolution{}
	systems := good
	systems.Locked.Calls = []sources.Call{good.Locked.Calls[0], good.Locked.Calls[0]}
	systems.Locked.Calls[0].System, systems.Locked.Calls[1].System = "x86_64-linux", "nowhere"
	unsorted := good
	unsorted.Locked.Calls = []sources.Call{good.Locked.Calls[0], good.Locked.Calls[0]}
	unsorted.Locked.Calls[0].System, unsorted.Locked.Calls[1].System = "x86_64-linux", "x86_64-linux"
	for name, pins := range map[string]map[string]lock.Pin{
		"name":          {"override": good},
		"pin and scope": {"a": good, "a/b": good},
		"not locked":    {"a": unlocked},
		"no hash":       {"a": broken(func(c *sources.Call) { c.Hash = hash.SRI{} })},
		"fetcher":       {"a": broken(func(c *sources.Call) { c.Fetcher = "fetchhg" })},
		"credentials":   {"a": broken(func(c *sources.Call) { c.URL = "https://u:p@example.org" })},
		"system":        {"a": systems},
		"system twice":  {"a": unsorted},
	} {
		f := &lock.File{Pins: pins}
		data, err := f.Format(kinds())
		if err == nil {
			_, err := lock.Parse(data, kinds())
			t.Errorf("%s: formatted, and Parse says: %v", name, err)
		}
	}
}

// One pin's change is one hunk of a diff, and an added or removed pin is its own lines alone.
func TestChangeIsOneHunk(t *testing.T) {
	t.Parallel()
	diff, err := exec.LookPath("diff")
	if err != nil {
		t.Skip("no diff program")
	}
	f := &lock.File{Pins: map[string]lock.Pin{}}
	for _, name := range []string{"a", "b", "c/d", "c/e", "f"} {
		f.Pins[name] = pin(strings.ReplaceAll(name, "/", "-"), revA, "1.0")
	}
	sameDay := pin("c-d", revB, "2.0")
	sameDay.Locked.Calls[0].Hash = sri(sriB)
	changed := sameDay
	changed.Locked.Date = "2024-02-02"
	frozen := f.Pins["b"]
	frozen.Frozen = true
	for _, tt := range []struct {
		name string
		edit func(map[string]lock.Pin)
		max  int // changed lines
	}{
		{"update", func(pins map[string]lock.Pin) { pins["c/d"] = changed }, 10},
		{"update on the same day", func(pins map[string]lock.Pin) { pins["c/d"] = sameDay }, 8},
		{"freeze", func(pins map[string]lock.Pin) { pins["b"] = frozen }, 1},
		{"add", func(pins map[string]lock.Pin) { pins["bb"] = changed }, 22},
		{"add last", func(pins map[string]lock.Pin) { pins["z"] = changed }, 24},
		{"remove", func(pins map[string]lock.Pin) { delete(pins, "b") }, 22},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			other := &lock.File{Pins: maps.Clone(f.Pins)}
			tt.edit(other.Pins)
			for name, text := range map[string]string{"old": mustFormat(t, f), "new": mustFormat(t, other)} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			out, _ := exec.CommandContext(t.Context(), diff, "-U3", filepath.Join(dir, "old"), filepath.Join(dir, "new")).Output()
			hunks, lines := strings.Count(string(out), "\n@@ "), 0
			for line := range strings.Lines(string(out)) {
				if (line[0] == '+' || line[0] == '-') && !strings.HasPrefix(line, "+++") && !strings.HasPrefix(line, "---") {
					lines++
				}
			}
			if hunks != 1 || lines == 0 || lines > tt.max {
				t.Errorf("got %d hunks of %d lines, want 1 of at most %d:\n%s", hunks, lines, tt.max, out)
			}
		})
	}
}

func TestPinFormat(t *testing.T) {
	t.Parallel()
	p := pin("r", revA, "1.0")
	got, err := p.Format(kinds())
	want := `{"source":{"type":"github","owner":"o","repo":"r","tags":"*"},"locked":{"date":"2024-01-01","ref":"refs/tags/v1.0","version":"1.0"},` +
		`"fetch":{"fetcher":"fetchFromGitHub","args":{"owner":"o","repo":"r","rev":"` + revA + `","hash":"` + sriA + `"}}}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if _, err := (lock.Pin{Source: p.Source}).Format(kinds()); err == nil {
		t.Error("a pin that is not locked was formatted")
	}
}

// Two values are Equal if and only if they are written alike.
func TestEqual(t *testing.T) {
	t.Parallel()
	base := func() lock.Pin { return pin("r", revA, "1.0") }
	for name, change := range map[string]func(*lock.Pin){
		"nothing": func(*lock.Pin) {},
		"frozen":  func(p *lock.Pin) { p.Frozen = true },
		"source": func(p *lock.Pin) {
			p.Source = github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Tags: "v*"}}
		},
		"kind":    func(p *lock.Pin) { p.Source = url.Spec{URL: "https://example.org/a"} },
		"version": func(p *lock.Pin) { p.Locked.Version = "1.1" },
		"date":    func(p *lock.Pin) { p.Locked.Date = "" },
		"rev":     func(p *lock.Pin) { p.Locked.Calls[0].Rev = revB },
		"hash":    func(p *lock.Pin) { p.Locked.Calls[0].Hash = sri(sriB) },
		"private": func(p *lock.Pin) { p.Locked.Calls[0].Private = true },
		"system":  func(p *lock.Pin) { p.Locked.Calls[0].System = "x86_64-linux" },
	} {
		a, b := base(), base()
		change(&b)
		textA, errA := a.Format(kinds())
		textB, errB := b.Format(kinds())
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got, want := a.Equal(b), string(textA) == string(textB); got != want || want != (name == "nothing") {
			t.Errorf("%s: Equal = %v, want %v:\n%s\n%s", name, got, want, textA, textB)
		}
	}
}
