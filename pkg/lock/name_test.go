package lock_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

func TestValidateName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"a", "A", "_", "_1", "ripgrep", "tree-sitter/rust", "a/b/c", "gtk+", "a_b", "a-1", "x86_64-linux",
		"overrides", "types", "If", "true", "import", "a__b", "_a__", strings.Repeat("a", 200),
	} {
		if err := lock.ValidateName(name); err != nil {
			t.Errorf("%q: got %v, want a valid name", name, err)
		}
	}
	for _, name := range []string{
		"", "/", "a/", "/a", "a//b", "1", "2048", "-a", "+a", "a.b", "a b", "a\n", "\na", "a\x00", "é", "a'", "${a}", `a"`, "..", "a/..", ".", "a/1",
		"__a", "__functor", "a/__b", "_/__",
		"assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with",
		"override", "overrideDerivation", "overrideAttrs", "recurseForDerivations", "outPath", "drvPath", "type", "outputs",
		"a/override", "type/a", "a/if/b", strings.Repeat("a", 201), strings.Repeat("a/", 150) + "a",
	} {
		if err := lock.ValidateName(name); !errors.Is(err, lock.ErrName) {
			t.Errorf("%q: got %v, want an ErrName", name, err)
		} else if strings.ContainsAny(err.Error(), "\n\x00") || len(err.Error()) > 400 {
			t.Errorf("%q: the message is unfit for a terminal: %q", name, err)
		}
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ title, want string }{
		{"ripgrep", "ripgrep"},
		{"plenary.nvim", "plenary-nvim"},
		{"2048", "_2048"},
		{"7zip", "_7zip"},
		{"jQuery", "jQuery"},
		{"gtk+", "gtk+"},
		{"libstdc++", "libstdc++"},
		{"a..b", "a-b"},
		{".github", "github"},
		{"-x", "x"},
		{"--upload-pack=x", "upload-pack-x"},
		{"x-", "x"},
		{"+x", "x"},
		{"-+-x", "x"},
		{"+-x", "x"},
		{"..", ""},
		{".", ""},
		{"", ""},
		{"/", ""},
		{"+", ""},
		{"-+", ""},
		{"日本語", ""},
		{"日本語2", "_2"},
		{"naïve", "na-ve"},
		{"a b\tc", "a-b-c"},
		{"a/b", "a-b"},
		{"override", "override_"},
		{"type", "type_"},
		{"if", "if_"},
		{"._if", "_if"},
		{"__init__", "_init__"},
		{"__", "_"},
		{"___", "_"},
		{"__1", "_1"},
		{"_", "_"},
		{"a\x00b", "a-b"},
		{"\xff\xfe", ""},
	} {
		if got := lock.CleanName(tt.title); got != tt.want {
			t.Errorf("CleanName(%q) = %q, want %q", tt.title, got, tt.want)
		}
	}
}

// CleanName's result is a valid name or nothing, and clean already.
func TestCleanNameIsValid(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"_", "__", "-", "+", ".", "/", " ", "1", "a", "B", "if", "type", "override", "é", "\xff", "\x00", "\n", strings.Repeat("x", 70)}
	named := 0
	for range 10_000 {
		var title strings.Builder
		for range random.IntN(7) {
			title.WriteString(pieces[random.IntN(len(pieces))])
		}
		name := lock.CleanName(title.String())
		if name == "" {
			continue
		}
		named++
		if err := lock.ValidateName(name); err != nil {
			t.Fatalf("CleanName(%q) = %q: %v", title.String(), name, err)
		}
		if again := lock.CleanName(name); again != name {
			t.Fatalf("CleanName(%q) = %q, but of that %q", title.String(), name, again)
		}
		if scoped := lock.ScopedName("scope", name); len(scoped) <= 200 {
			if err := lock.ValidateName(scoped); err != nil {
				t.Fatalf("ScopedName(scope, %q) = %q: %v", name, scoped, err)
			}
		}
	}
	if named < 5_000 {
		t.Errorf("only %d titles gave a name", named)
	}
}

func TestScopedName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ scope, name, want string }{
		{"", "tree-sitter-rust", "tree-sitter-rust"},
		{"tree-sitter", "tree-sitter-rust", "tree-sitter/rust"},
		{"tree-sitter/", "tree-sitter-rust", "tree-sitter/rust"},
		{"grammars/tree-sitter", "tree-sitter-rust", "grammars/tree-sitter/rust"},
		{"tree-sitter", "tree_sitter_rust", "tree-sitter/tree_sitter_rust"},
		{"vim", "vim_surround", "vim/surround"},
		{"vim", "vim", "vim/vim"},
		{"vim", "vim-", "vim/vim-"},
		{"vim", "vimproc", "vim/vimproc"},
		{"vim", "neovim", "vim/neovim"},
		{"vim", "vim-if", "vim/if_"},
		{"vim", "vim-2048", "vim/_2048"},
		{"vim", "vim-vim-x", "vim/vim-x"},
	} {
		got := lock.ScopedName(tt.scope, tt.name)
		if got != tt.want {
			t.Errorf("ScopedName(%q, %q) = %q, want %q", tt.scope, tt.name, got, tt.want)
		}
	}
}

func TestVariable(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ripgrep": "ripgrep", "tree-sitter/rust": "tree_sitter_rust", "gtk+": "gtk_", "A_1": "A_1",
	} {
		if got := lock.Variable(name); got != want {
			t.Errorf("Variable(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestValidateNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		names string
		want  string // part of the message, "" if the names go together
	}{
		{"apart", "a b a-b/c d/a d/b", ""},
		{"pin and scope", "a a/b", `"a" is a pin`},
		{"pin and scope above", "a a/b/c", `"a" is a pin`},
		{"pin and scope between", "a/b a/b/c", `"a/b" is a pin`},
		{"names between them", "a a-b a/b", `"a" is a pin`},
		{"one variable", "a-b a_b", "PINFETCH_OVERRIDE_a_b"},
		{"one variable, scoped", "a/b a+b", "PINFETCH_OVERRIDE_a_b"},
		{"other case is another name", "a A", ""},
		{"invalid", "a if", `"if"`},
	} {
		f := &lock.File{Pins: map[string]lock.Pin{}}
		for name := range strings.FieldsSeq(tt.names) {
			f.Pins[name] = lock.Pin{}
		}
		switch err := f.Validate(); {
		case tt.want == "" && err != nil:
			t.Errorf("%s: got %v, want no error", tt.name, err)
		case tt.want != "" && (!errors.Is(err, lock.ErrName) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want an ErrName with %q", tt.name, err, tt.want)
		}
	}
}

// In whatever order names are added, they collide as in a lock.
func TestNames(t *testing.T) {
	t.Parallel()
	var names lock.Names
	for _, tt := range []struct {
		name string
		ok   bool
	}{{"a/b/c", true}, {"a/b", false}, {"a", false}, {"a/b/d", true}, {"a/b/c/e", false}, {"a-b", true}, {"a_b", false}, {"a-b", false}, {"if", false}, {"c", true}} {
		if err := names.Add(tt.name); (err == nil) != tt.ok || err != nil && !errors.Is(err, lock.ErrName) {
			t.Errorf("%s: got %v, want it added: %v", tt.name, err, tt.ok)
		}
	}
}
