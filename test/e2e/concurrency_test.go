package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// together runs the program several times concurrently.
func (p *project) together(calls ...[]string) []result {
	p.t.Helper()
	cmds, outs, errs := make([]*exec.Cmd, len(calls)), make([]bytes.Buffer, len(calls)), make([]bytes.Buffer, len(calls))
	for i, args := range calls {
		cmds[i] = exec.CommandContext(p.t.Context(), program, args...)
		cmds[i].Dir, cmds[i].Env = p.dir, p.env
		cmds[i].Stdout, cmds[i].Stderr = &outs[i], &errs[i]
		if err := cmds[i].Start(); err != nil {
			p.t.Fatal(err)
		}
	}
	var results []result
	for i, cmd := range cmds {
		cmd.Wait() // the exit code says it
		results = append(results, result{calls[i], outs[i].String(), errs[i].String(), cmd.ProcessState.ExitCode()})
	}
	return results
}

// wantDone wants all runs to succeed.
func (p *project) wantDone(results ...result) {
	p.t.Helper()
	for _, r := range results {
		if r.code != 0 {
			p.t.Errorf("pinfetch %q: exit code %d\n%s%s", r.args, r.code, r.stdout, r.stderr)
		}
	}
}

// gather holds requests until so many have arrived, so that their senders continue at
// the same time.
func (p *project) gather(count int) {
	until := make(chan struct{})
	arrived := 0
	p.forge.Fault(forgetest.Fault{Kind: forgetest.Hold(until), Match: func(*http.Request) bool {
		if arrived++; arrived == count {
			close(until)
		}
		return true
	}})
}

// files serves small files, the nth edition of each, and returns their addresses by name.
func (p *project) files(n int, names ...string) map[string]string {
	addresses := make(map[string]string)
	for _, name := range names {
		p.forge.File("", "/"+name, forgetest.Content{Body: []byte(name + " " + edition(n) + "\n")})
		addresses[name] = p.forge.URL() + "/" + name
	}
	return addresses
}

// numbered returns a prefix with the numbers below count.
func numbered(prefix string, count int) []string {
	var list []string
	for i := range count {
		list = append(list, fmt.Sprintf("%s%02d", prefix, i))
	}
	return list
}

// TestFiftyAdds lets fifty bots each add a pin to one lock.
func TestFiftyAdds(t *testing.T) {
	t.Parallel()
	p := newProject(t, forgetest.New(t), t.TempDir())
	const count = 50
	names := numbered("p", count)
	var calls [][]string
	for _, address := range p.files(1, names...) {
		calls = append(calls, []string{"--timeout", "2m", "add", address})
	}
	p.gather(count)
	p.wantDone(p.together(calls...)...)
	if got := strings.Fields(p.run("show", "--plain")); !slices.Equal(got, names) {
		t.Errorf("got %d pins %q, want %d", len(got), got, count)
	}
	p.wantTidy()
}

// TestUpdatesTogether lets two bots update one lock. They find the same versions, so
// both must succeed.
func TestUpdatesTogether(t *testing.T) {
	t.Parallel()
	p := newProject(t, forgetest.New(t), t.TempDir())
	names := numbered("p", 4)
	for _, address := range p.files(1, names...) {
		p.run("add", address)
	}
	before := read(t, p.lockFile())
	p.files(2, names...)
	p.run("update", "--rehash")
	want := read(t, p.lockFile())
	p.writeLock(before)
	p.gather(2) // the first request of each
	update := []string{"update", "--rehash"}
	p.wantDone(p.together(update, update)...)
	if got := differing(t, read(t, p.lockFile()), want); len(got) > 0 {
		t.Errorf("%q are not up to date", got)
	}
	p.wantTidy()
}

// TestEverythingTogether edits one lock in all ways at once. No edit is lost, and an
// update yields to edits of the pins that it was going to change.
func TestEverythingTogether(t *testing.T) {
	t.Parallel()
	p := newProject(t, forgetest.New(t), t.TempDir())
	old := numbered("old", 12)
	args := []string{"add"}
	for _, address := range p.files(1, old...) {
		args = append(args, address)
	}
	p.run(args...)
	before := pinTexts(t, read(t, p.lockFile()))
	p.files(2, old...)
	p.run("update", "--rehash")
	goal := pinTexts(t, read(t, p.lockFile()))
	for name := range goal {
		if goal[name] == before[name] {
			t.Fatalf("with nothing in the way %s did not move", name)
		}
	}
	p.files(1, old...)
	p.run("update", "--rehash")
	p.files(2, old...)

	update := []string{"update", "--rehash", "--json"}
	calls := [][]string{update, update, {"remove", "old00"}, {"remove", "old01", "old02"}, {"freeze", "old03"}, {"rename", "old04", "moved04"}}
	added := numbered("new", 10)
	for _, address := range p.files(1, added...) {
		calls = append(calls, []string{"add", address})
	}
	results := p.together(calls...)
	p.wantDone(results[2:]...)
	edited := []string{"old00", "old01", "old02", "old03", "old04"}
	for _, r := range results[:2] {
		if r.code != 0 && r.code != 2 {
			t.Errorf("update: exit code %d\n%s", r.code, r.stderr)
		}
		for _, pin := range p.document(r.stdout).Pins {
			if pin.Error != nil && (pin.Error.Class != "conflict" || !slices.Contains(edited, pin.Name)) {
				t.Errorf("update: %s: %s: %s", pin.Name, pin.Error.Class, pin.Error.Message)
			}
		}
	}
	want := slices.Concat([]string{"moved04"}, added, old[3:4], old[5:])
	slices.Sort(want)
	if got := strings.Fields(p.run("show", "--plain")); !slices.Equal(got, want) {
		t.Errorf("pins\n got %q\nwant %q", got, want)
	}
	after := pinTexts(t, read(t, p.lockFile()))
	for _, name := range old[5:] {
		if after[name] != goal[name] {
			t.Errorf("%s is not up to date: %s", name, after[name])
		}
	}
	var frozen struct{ Frozen bool }
	if err := json.Unmarshal([]byte(after["old03"]), &frozen); err != nil || !frozen.Frozen {
		t.Errorf("old03 is not frozen: %v, %s", err, after["old03"])
	}
	p.wantTidy()
}
