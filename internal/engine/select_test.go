package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
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
	for _, tt := range []struct {
		words string
		want  engine.UnknownNameError
	}{
		{"ripgrap", engine.UnknownNameError{Word: "ripgrap", Nearest: "ripgrep"}},
		{"Ripgrep", engine.UnknownNameError{Word: "Ripgrep", Nearest: "ripgrep"}},
		{"fd ripgerp", engine.UnknownNameError{Word: "ripgerp", Nearest: "ripgrep"}},
		{"rust", engine.UnknownNameError{Word: "rust", Nearest: "tree-sitter/rust"}},
		{"tree-sitter", engine.UnknownNameError{Word: "tree-sitter", IsScope: true}},
		{"tree-sitter/more", engine.UnknownNameError{Word: "tree-sitter/more", IsScope: true}},
		{"nope/", engine.UnknownNameError{Word: "nope/"}},
		{"zzz*", engine.UnknownNameError{Word: "zzz*"}},
		{"completely-different", engine.UnknownNameError{Word: "completely-different"}},
		{"tree/", engine.UnknownNameError{Word: "tree/", Nearest: "tree"}},
		{"/", engine.UnknownNameError{Word: "/"}},
		{"-x", engine.UnknownNameError{Word: "-x"}},
	} {
		got, err := engine.Select(file, strings.Fields(tt.words))
		var unknown *engine.UnknownNameError
		if !errors.Is(err, engine.ErrUnknownName) || !errors.As(err, &unknown) || *unknown != tt.want || !strings.Contains(err.Error(), `"`+tt.want.Word+`"`) {
			t.Errorf("%q: got %q, %v (%+v), want %+v", tt.words, got.Names, err, unknown, tt.want)
		}
	}
	var unknown *engine.UnknownNameError
	if _, err := engine.Select(file, []string{"["}); !errors.As(err, &unknown) || unknown.Err == nil {
		t.Errorf("a malformed glob: got %v, want an UnknownNameError with its cause", err)
	}
	if _, err := engine.Select(file, []string{"tree-siter/"}); !errors.As(err, &unknown) || !strings.HasPrefix(unknown.Nearest, "tree-sitter/") {
		t.Errorf("a misspelled scope: got %v, want a pin of the scope as the nearest", err)
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
