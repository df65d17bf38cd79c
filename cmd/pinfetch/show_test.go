package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

// The table at three widths, compared with what is kept in testdata/screens.
func TestShowScreens(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/screens/pins.json")
	if err != nil {
		t.Fatal(err)
	}
	f, err := lock.Parse(data, codecs())
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{80, 120, 200} {
		got := pinTable(f, f.Names(), width) + "\n"
		wantScreen(t, fmt.Sprintf("show-%d.txt", width), got)
		for line := range strings.Lines(got) {
			if columns := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); columns > width {
				t.Errorf("%d columns, want at most %d: %s", columns, width, line)
			}
		}
	}
}

// wantScreen compares a screen with the one that is kept, or keeps it with -update.
func wantScreen(t *testing.T, name, got string) {
	t.Helper()
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
