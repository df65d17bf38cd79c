package lock_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
)

// tagged returns a pin that follows tags, at a version of a day.
func tagged(t *testing.T, tags, version, date string) lock.Pin {
	t.Helper()
	sri, err := hash.ParseSRI(sriA)
	if err != nil {
		t.Fatal(err)
	}
	fetch := sources.Fetch{Fetcher: sources.FetchFromGitHub, Owner: "o", Repo: "r", Rev: fmt.Sprintf("%040x", len(version)+int(version[len(version)-1]))}
	return lock.Pin{
		Source: github.Spec{Owner: "o", Repo: "r", Tracking: sources.Tracking{Tags: tags}},
		Locked: sources.Resolution{
			Facts: sources.Facts{Ref: "refs/tags/" + version, Version: version, Date: date},
			Calls: []sources.Call{{Fetch: fetch, Hash: sri}},
		},
	}
}

func frozen(pin lock.Pin) lock.Pin {
	pin.Frozen = true
	return pin
}

func TestMergePin(t *testing.T) {
	t.Parallel()
	absent := lock.Pin{}
	v1, v2, v3 := tagged(t, "*", "1.0", "2025-01-01"), tagged(t, "*", "1.9", "2025-01-02"), tagged(t, "*", "1.10", "2025-01-02")
	below2, v0 := tagged(t, "1.*", "1.9", "2025-01-02"), tagged(t, "0.*", "0.9", "2025-01-01")
	later := tagged(t, "*", "1.0", "2025-02-01")
	later.Locked.Calls = []sources.Call{v2.Locked.Calls[0]}
	for _, test := range []struct {
		name               string
		base, ours, theirs lock.Pin
		want               lock.Pin
		decision           string
	}{
		{"nothing", v1, v1, v1, v1, ""},
		{"moved here", v1, v2, v1, v2, ""},
		{"moved there", v1, v1, v2, v2, ""},
		{"moved alike", v1, v2, v2, v2, ""},
		{"moved on both sides", v1, v2, v3, v3, "moved"},
		{"moved on both sides, the other way", v1, v3, v2, v3, "moved"},
		{"moved to one version of two days", v2, v1, later, later, "moved"},
		{"added here", absent, v1, absent, v1, ""},
		{"added there", absent, absent, v1, v1, ""},
		{"added on both sides", absent, v2, v1, v2, "moved"},
		{"added with two sources", absent, v2, below2, absent, "conflict"},
		{"removed here", v1, absent, v1, absent, ""},
		{"removed there", v1, v1, absent, absent, ""},
		{"removed on both sides", v1, absent, absent, absent, ""},
		{"removed here, moved there", v1, absent, v2, absent, "conflict"},
		{"moved here, removed there", v1, v2, absent, absent, "conflict"},
		{"source changed here, moved there", v1, below2, v3, below2, ""},
		{"moved here, source changed there", v1, v3, below2, below2, ""},
		{"two sources", v1, below2, v0, absent, "conflict"},
		{"frozen here, moved there", v1, frozen(v1), v2, frozen(v1), ""},
		{"moved here, frozen there", v1, v2, frozen(v1), frozen(v1), ""},
		{"frozen and moved here, moved there", v1, frozen(v2), v3, frozen(v2), ""},
		{"unfrozen here, moved there", frozen(v1), v1, frozen(v2), v2, ""},
		{"source changed here, frozen there", v1, below2, frozen(v1), frozen(below2), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := func(pin lock.Pin) *lock.File {
				f := &lock.File{Pins: map[string]lock.Pin{"other": v1}}
				if pin.Source != nil {
					f.Pins["pin"] = pin
				}
				return f
			}
			m := lock.Merge(kinds(), file(test.base), file(test.ours), file(test.theirs))
			want := map[string][]string{"moved": nil, "conflict": nil, "": nil}
			want[test.decision] = []string{"pin"}
			if !slices.Equal(m.Moved, want["moved"]) || !slices.Equal(m.Conflicts, want["conflict"]) {
				t.Errorf("moved %q, conflicts %q, want %q", m.Moved, m.Conflicts, test.decision)
			}
			ours, theirs := test.want, test.want
			if test.decision == "conflict" {
				ours, theirs = test.ours, test.theirs
			}
			for side, merged := range map[*lock.File]lock.Pin{m.Ours: ours, m.Theirs: theirs} {
				if !maps.EqualFunc(side.Pins, file(merged).Pins, lock.Pin.Equal) {
					t.Errorf("got %+v, want %+v", side.Pins, file(merged).Pins)
				}
			}
		})
	}
}

// The markers are around the pin in conflict only, whatever its place.
func TestMergeMarkers(t *testing.T) {
	t.Parallel()
	v1, v2, v3 := tagged(t, "*", "1.0", "2025-01-01"), tagged(t, "*", "1.1", "2025-01-02"), tagged(t, "1.*", "1.2", "2025-01-02")
	file := func(pins map[string]lock.Pin) *lock.File { return &lock.File{Pins: pins} }
	text := func(pin lock.Pin) string {
		data, err := file(map[string]lock.Pin{"x": pin}).Format(kinds())
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(data), "\"x\": ")
		return strings.TrimSuffix(rest, "\n  }\n}\n")
	}
	const head, foot = "{\n  \"version\": 1,\n  \"pins\": {\n", "  }\n}\n"
	cut := strings.TrimSuffix(text(v1), "    }")
	for _, test := range []struct {
		name, pin    string
		ours, theirs map[string]lock.Pin
		want         string
	}{
		{"between others", "b", map[string]lock.Pin{"b": v2}, nil,
			`    "a": ` + text(v1) + ",\n<<<<<<< us\n" + `    "b": ` + text(v2) + ",\n=======\n>>>>>>> them\n" + `    "c": ` + text(v1) + "\n"},
		{"the last one", "d", nil, map[string]lock.Pin{"d": v3},
			`    "a": ` + text(v1) + ",\n" + `    "c": ` + cut + "<<<<<<< us\n    }\n=======\n    },\n" + `    "d": ` + text(v3) + "\n>>>>>>> them\n"},
	} {
		base := file(map[string]lock.Pin{"a": v1, test.pin: v1, "c": v1})
		ours, theirs := file(map[string]lock.Pin{"a": v1, "c": v1}), file(map[string]lock.Pin{"a": v1, "c": v1})
		maps.Copy(ours.Pins, test.ours)
		maps.Copy(theirs.Pins, test.theirs)
		got, err := lock.Merge(kinds(), base, ours, theirs).Format(kinds(), "us", "them")
		if err != nil || string(got) != head+test.want+foot {
			t.Errorf("%s: got %v\n%s\nwant\n%s", test.name, err, got, head+test.want+foot)
		}
	}
}

var randomMerges = flag.Int("merges", 2_000, "how many random merges to try")

// Random merges, compared with what may be expected of any merge: no pin is lost or invented, what one side left alone is
// as the other side has it, and whichever side is taken of each conflict, the result is a lock.
func TestMergeRandom(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	all, conflicts, moved := kinds(), 0, 0
	for i := range *randomMerges {
		base := randomFile(t, r, nil)
		ours, theirs := randomFile(t, r, base), randomFile(t, r, base)
		m := lock.Merge(all, base, ours, theirs)
		checkMerge(t, base, ours, theirs, m)
		text, err := m.Format(all, "ours", "theirs")
		if err != nil {
			t.Fatalf("merge %d: %v", i, err)
		}
		for side, want := range map[string]*lock.File{"ours": m.Ours, "theirs": m.Theirs} {
			got, err := lock.Parse([]byte(resolve(string(text), func() bool { return side == "ours" })), all)
			if err != nil || !maps.EqualFunc(got.Pins, want.Pins, lock.Pin.Equal) {
				t.Fatalf("merge %d: %s: %v\n%s", i, side, err, text)
			}
		}
		mixed := resolve(string(text), func() bool { return r.IntN(2) == 0 })
		if _, err := lock.Parse([]byte(mixed), all); err != nil && !strings.Contains(err.Error(), "pin name") {
			t.Fatalf("merge %d: sides mixed: %v\n%s", i, err, text)
		}
		conflicts, moved = conflicts+len(m.Conflicts), moved+len(m.Moved)
		if t.Failed() {
			t.Fatalf("merge %d", i)
		}
	}
	if conflicts < *randomMerges/20 || moved < *randomMerges/20 {
		t.Errorf("only %d conflicts and %d pins that moved on both sides", conflicts, moved)
	}
}

// randomFile returns base with some pins changed, added and removed. Some names collide.
func randomFile(t *testing.T, r *rand.Rand, base *lock.File) *lock.File {
	f := &lock.File{Pins: make(map[string]lock.Pin)}
	if base != nil {
		f.Pins = maps.Clone(base.Pins)
	}
	names := []string{"a", "a/b", "a-b", "c", "d", "e", "f/a", "f/b", "f_a", "g"}
	for range r.IntN(6) {
		name := names[r.IntN(len(names))]
		before, had := f.Pins[name]
		if r.IntN(5) == 0 {
			delete(f.Pins, name)
			continue
		}
		pin := tagged(t, []string{"*", "*", "*", "1.*"}[r.IntN(4)], fmt.Sprintf("1.%d", r.IntN(12)), fmt.Sprintf("2025-01-0%d", 1+r.IntN(3)))
		pin.Frozen = r.IntN(5) == 0
		f.Pins[name] = pin
		if f.Validate() != nil {
			delete(f.Pins, name)
			if had {
				f.Pins[name] = before
			}
		}
	}
	return f
}

func checkMerge(t *testing.T, base, ours, theirs *lock.File, m lock.Merged) {
	t.Helper()
	for _, name := range []string{"a", "a/b", "a-b", "c", "d", "e", "f/a", "f/b", "f_a", "g"} {
		b, inBase := base.Pins[name]
		o, inOurs := ours.Pins[name]
		w, inTheirs := theirs.Pins[name]
		got, found := m.Ours.Pins[name]
		isUntouchedHere := inBase == inOurs && (!inBase || b.Equal(o))
		isUntouchedThere := inBase == inTheirs && (!inBase || b.Equal(w))
		switch {
		case slices.Contains(m.Conflicts, name):
			if found != inOurs || found && !got.Equal(o) {
				t.Errorf("%s: our side of a conflict is not ours", name)
			}
		case found && !inOurs && !inTheirs:
			t.Errorf("%s: invented", name)
		case !found && inOurs && inTheirs:
			t.Errorf("%s: lost", name)
		case isUntouchedHere && (found != inTheirs || found && !got.Equal(w)):
			t.Errorf("%s: changed there only, and not as there", name)
		case isUntouchedThere && (found != inOurs || found && !got.Equal(o)):
			t.Errorf("%s: changed here only, and not as here", name)
		case found && got.Source != o.Source && got.Source != w.Source:
			t.Errorf("%s: the source is of neither side", name)
		case found && !got.Locked.Equal(o.Locked) && !got.Locked.Equal(w.Locked):
			t.Errorf("%s: the resolution is of neither side", name)
		}
	}
}

// resolve takes our or their side of each conflict.
func resolve(text string, takeOurs func() bool) string {
	var out strings.Builder
	const both, ourSide, theirSide = 0, 1, 2
	side, want := both, both
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "<<<<<<< "):
			if side, want = ourSide, theirSide; takeOurs() {
				want = ourSide
			}
		case line == "=======\n":
			side = theirSide
		case strings.HasPrefix(line, ">>>>>>> "):
			side = both
		case side == both || side == want:
			out.WriteString(line)
		}
	}
	return out.String()
}
