package nix_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pinfetch/pinfetch/test/nixtest"
)

// layouts have a name pattern for the ith pin, and expressions for all pins and for the first.
var layouts = []struct{ name, pin, all, first string }{
	{"flat", "pin-%d", `builtins.attrValues (removeAttrs pins [ "override" ])`, `pins.pin-0`},
	{"one scope", "scope/pin-%d", `builtins.attrValues pins.scope`, `pins.scope.pin-0`},
	{"scopes of one", "scope-%d/pin", `builtins.concatMap builtins.attrValues (builtins.attrValues (removeAttrs pins [ "override" ]))`, `pins.scope-0.pin`},
	{"deep", "a/b/c/pin-%d", `builtins.attrValues pins.a.b.c`, `pins.a.b.c.pin-0`},
}

// calls use the fetchers about as often as real projects do: half of them are fetchFromGitHub, which
// takes the most function calls.
var calls = []string{
	`{ "fetcher": "fetchFromGitHub", "args": { "owner": "owner", "repo": "demo", "rev": "%[1]040x", "hash": %[2]q } }`,
	`{ "fetcher": "fetchurl", "args": { "url": "https://example.org/%[1]d.tar.gz", "hash": %[2]q } }`,
	`{ "fetcher": "fetchFromGitHub", "args": { "owner": "owner", "repo": "other", "rev": "%[1]040x", "hash": %[2]q } }`,
	`{ "fetcher": "fetchzip", "args": { "url": "https://example.org/%[1]d.tar.gz", "hash": %[2]q, "stripRoot": true, "extension": "tar.gz" } }`,
	`{ "fetcher": "fetchFromGitHub", "args": { "owner": "owner", "repo": "demo", "rev": "%[1]040x", "hash": %[2]q, "name": "named" } }`,
	`{ "fetcher": "fetchgit", "args": { "url": "https://example.org/%[1]d.git", "rev": "%[1]040x", "hash": %[2]q, "fetchSubmodules": false } }`,
}

// lockOfSize returns a lock with size pins whose names follow the pattern.
func lockOfSize(size int, name string, calls []string) string {
	pins := make([]string, size)
	for i := range pins {
		pins[i] = pinOf(fmt.Sprintf(name, i), fmt.Sprintf(calls[i%len(calls)], i, hash))
	}
	return lockOf(pins...)
}

// functionCalls counts the function calls that Nix makes to evaluate an expression after the prelude.
func functionCalls(t *testing.T, p *project, expr string) int {
	t.Helper()
	file := filepath.Join(t.TempDir(), "stats.json")
	if _, err := p.with("NIX_SHOW_STATS=1", "NIX_SHOW_STATS_PATH="+file).eval(expr); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var stats struct {
		Calls int `json:"nrFunctionCalls"`
	}
	if err := json.Unmarshal(data, &stats); err != nil {
		t.Fatal(err)
	}
	return stats.Calls
}

// force evaluates every derivation in a list, with one function call for each.
const force = `builtins.length (builtins.filter (pin: pin.drvPath != "") (%s))`

// A pin takes at most twice the function calls of its fetcher, whether the lock is small or large.
// (With the fetchers of nixpkgs from May 2024, the factor was 1.9 for fetchFromGitHub, 1.7 for fetchgit
// and 1.3 for fetchurl.)
func TestFunctionCalls(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	for _, release := range []string{"22.11", "25.11"} {
		for _, layout := range layouts {
			for _, kind := range []struct {
				name  string
				calls []string
			}{{"mixed", calls}, {"GitHub", calls[:1]}} {
				t.Run(release+" "+layout.name+" "+kind.name, func(t *testing.T) {
					t.Parallel()
					const few, many = 120, 600
					var reader, fetchers, one [2]int
					for i, size := range []int{few, many} {
						p := newProject(t, n, lockOfSize(size, layout.pin, kind.calls)).on(release)
						reader[i] = functionCalls(t, p, fmt.Sprintf(force, layout.all))
						// Subtract the calls of the mapped function.
						fetchers[i] = functionCalls(t, p, fmt.Sprintf(force, `map (pin: pkgs.${pin.fetch.fetcher} pin.fetch.args) (builtins.attrValues lock.pins)`)) - size
						one[i] = functionCalls(t, p, layout.first+".drvPath")
					}
					each := func(counts [2]int) float64 { return float64(counts[1]-counts[0]) / (many - few) }
					perPin, bare := each(reader), each(fetchers)
					t.Logf("%.1f calls for a pin, %.1f for its fetcher, factor %.2f", perPin, bare, perPin/bare)
					if bare < 10 {
						t.Fatalf("a fetcher takes only %.1f calls: was it called?", bare)
					}
					if perPin > 2*bare {
						t.Errorf("a pin takes %.1f function calls, more than twice the %.1f of its fetcher", perPin, bare)
					}
					if first := float64(reader[0]) / few; perPin > first {
						t.Errorf("a pin takes %.1f function calls in a lock of %d, but each additional pin takes %.1f", first, few, perPin)
					}
					// One call makes the attribute and three make its scope, since listing the names touches every pin.
					if got := each(one); got > 4 {
						t.Errorf("evaluating one pin takes %.1f function calls for every other pin in the lock, want at most 4", got)
					}
				})
			}
		}
	}
}
