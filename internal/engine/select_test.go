package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
)

func TestSelect(t *testing.T) {
	t.Parallel()
	file := &lock.File{Pins: make(map[string]lock.Pin)}
	for _, name := range []string{"ripgrep", "fd", "gtk+", "tree-sitter/rust", "tree-sitter/go", "tree-sitter/more/c", "tree", "vim/tree"} {
		file.Pins[name] = lock.Pin{}
	}
	for _, tt := range []struct{ words, want string }{
		{"", "fd gtk+ ripgrep tree tree-sitter/go tree-sitter/more/c tree-sitter/rust vim/tree"},
		{"ripgrep", "ripgrep"},
		{"ripgrep fd ripgrep", "fd ripgrep"},
		{"gtk+", "gtk+"},
		{"tree", "tree"},
		{"tree-sitter/", "tree-sitter/go tree-sitter/more/c tree-sitter/rust"},
		{"tree-sitter/more/", "tree-sitter/more/c"},
		{"tree-sitter/*", "tree-sitter/go tree-sitter/more/c tree-sitter/rust"},
		{"tree*", "tree tree-sitter/go tree-sitter/more/c tree-sitter/rust"},
		{"*/tree", "vim/tree"},
		{"f?", "fd"},
		{"[fg]*", "fd gtk+"},
		{"{fd,tree}", "fd tree"},
		{"tree-sitter/ tree-sitter/go fd", "fd tree-sitter/go tree-sitter/more/c tree-sitter/rust"},
		{"*", "fd gtk+ ripgrep tree tree-sitter/go tree-sitter/more/c tree-sitter/rust vim/tree"},
	} {
		got, err := engine.Select(file, strings.Fields(tt.words))
		if err != nil || strings.Join(got.Names, " ") != tt.want {
			t.Errorf("%q: got %q, %v, want %q", tt.words, got.Names, err, tt.want)
		}
		if !slices.IsSorted(got.Names) {
			t.Errorf("%q: got %q, not in name order", tt.words, got.Names)
		}
	}
	for _, tt := range []struct{ words, unknown, hint string }{
		{"ripgrap", "ripgrap", `"ripgrep"`},
		{"Ripgrep", "Ripgrep", `"ripgrep"`},
		{"fd ripgerp", "ripgerp", `"ripgrep"`},
		{"rust", "rust", `"tree-sitter/rust"`},
		{"tree-sitter", "tree-sitter", "tree-sitter/"},
		{"tree-sitter/more", "tree-sitter/more", "tree-sitter/more/"},
		{"nope/", "nope/", "pinfetch show"},
		{"tree-siter/", "tree-siter/", `"tree-sitter/`},
		{"zzz*", "zzz*", "pinfetch show"},
		{"completely-different", "completely-different", "pinfetch show"},
		{"[", "[", ""},
		{"tree/", "tree/", `"tree"`},
		{"/", "/", "pinfetch show"},
		{"-x", "-x", "pinfetch show"},
	} {
		got, err := engine.Select(file, strings.Fields(tt.words))
		if !errors.Is(err, engine.ErrUnknownName) || !strings.Contains(err.Error(), `"`+tt.unknown+`"`) || !strings.Contains(sourcestest.HintOf(err), tt.hint) {
			t.Errorf("%q: got %q, %v (hint %q), want an ErrUnknownName about %q with %q in the hint", tt.words, got.Names, err, sourcestest.HintOf(err), tt.unknown, tt.hint)
		}
	}
	if _, err := engine.Select(file, []string{""}); !errors.Is(err, engine.ErrUnknownName) {
		t.Errorf("an empty word: got %v, want an ErrUnknownName", err)
	}
	empty := &lock.File{}
	if got, err := engine.Select(empty, nil); err != nil || len(got.Names) != 0 {
		t.Errorf("no pins: got %q, %v, want none", got.Names, err)
	}
	if _, err := engine.Select(empty, []string{"a"}); !errors.Is(err, engine.ErrUnknownName) {
		t.Errorf("no pins, one named: got %v, want an ErrUnknownName", err)
	}
}
