package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// What users see at three widths, compared with what is kept in testdata/screens. Help and outdated do not depend on the
// width.
func TestScreens(t *testing.T) {
	t.Parallel()
	f := screenLock(t)
	for _, width := range []int{80, 120, 200} {
		for name, text := range map[string]string{"show": pinTable(f, f.Names(), width), "progress": progressScreen(width)} {
			wantScreen(t, fmt.Sprintf("%s-%d.txt", name, width), width, text+"\n")
		}
	}
	var help bytes.Buffer
	run(t.Context(), []string{"pinfetch", "add", "--help"}, os.Getenv, nil, &help, io.Discard)
	wantScreen(t, "add-help.txt", 80, help.String())
	wantScreen(t, "outdated.txt", 120, outdatedScreen(f))
}

func screenLock(t *testing.T) *lock.File {
	t.Helper()
	data, err := os.ReadFile("testdata/screens/pins.json")
	if err != nil {
		t.Fatal(err)
	}
	f, err := lock.Parse(data, codecs())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// progressScreen is the display of thirty downloads on a terminal of 24 rows.
func progressScreen(width int) string {
	v := snapshot{pins: 200, done: 112, failed: 1, resolving: 3, resolved: 145, bytes: 340 << 20, speed: 5 << 20,
		elapsed: 70 * time.Second, left: 40 * time.Second}
	for i := range int64(30) {
		v.downloads = append(v.downloads, download{
			name: fmt.Sprintf("tree-sitter/grammar-%d", i*i), bytes: i << 20, total: 30 << 20, speed: float64(i << 15), elapsed: time.Minute,
		})
	}
	s := &screen{}
	lines := append(s.downloadLines(v.downloads, width-1, 24-otherRows-1), fit(width-1, ", ", append(summary(v), clock(v.elapsed))...))
	return strings.Join(lines, "\n")
}

// outdatedScreen is what outdated says of one pin that moved and two that are held back.
func outdatedScreen(f *lock.File) string {
	var text strings.Builder
	for _, name := range []string{"ripgrep", "tree-sitter/rust", "cosign"} {
		pin := f.Pins[name]
		o := engine.Outcome{Name: name, Status: engine.Unchanged, Source: pin.Source, Old: pin.Locked, New: pin.Locked}
		switch name {
		case "ripgrep":
			o.Status, o.New.Version = engine.Outdated, "16.0.0"
			o.Compare = "https://github.com/BurntSushi/ripgrep/compare/4649aa9700619f94cf9c66876e9549d83420e16c...51b7f2abdade71cd9bb0e7a373ef2610ec6f9daf"
		case "cosign":
			o.HeldBack = &sources.HeldBack{By: sources.ByPrerelease, Available: sources.Facts{Version: "4.0.0-rc1"}}
		default:
			o.HeldBack = &sources.HeldBack{By: sources.ByConstraint, Available: sources.Facts{Version: "1.0.2"}}
		}
		text.WriteString(outdatedLine(o) + "\n")
	}
	return text.String()
}

// wantScreen compares a screen with the one that is kept, or keeps it with -update.
func wantScreen(t *testing.T, name string, width int, got string) {
	t.Helper()
	for line := range strings.Lines(got) {
		isAddress := strings.HasPrefix(strings.TrimSpace(line), "https://") // an address must stay whole
		if columns := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); columns > width && !isAddress {
			t.Errorf("%s: %d columns, want at most %d: %s", name, columns, width, line)
		}
	}
	path := filepath.Join("testdata", "screens", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%s: %v\ngot\n%swant\n%s", name, err, got, want)
	}
}
