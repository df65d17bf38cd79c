package terminal_test

import (
	"testing"

	"github.com/pinfetch/pinfetch/pkg/terminal"
)

func TestIsSafe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, "a b": true, "é漢🙂": true, "\ufffd": true,
		"a\nb": false, "a\tb": false, "\r": false, "\x00": false, "\x1b[31m": false, "\x7f": false, "\u009b31m": false,
		"\u202e": false, "\u2066": false, "\u061c": false, "\u200f": false, "\u200b": false, "\u00a0": false, "\u2028": false,
		"\xff": false, "\x9b": false,
	} {
		if got := terminal.IsSafe(text); got != want {
			t.Errorf("IsSafe(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, keep, want string }{
		{"", "", ""},
		{"é漢🙂 a", "", "é漢🙂 a"},
		{"a\nb\tc", "\n\t", "a\nb\tc"},
		{"a\nb\tc\r", "\t", "a\ufffdb\tc\ufffd"},
		{"\x1b[31mred\x07\x7f\u009b", "\n", "\ufffd[31mred\ufffd\ufffd\ufffd"},
		{"a\u202eb\u2066c\u061cd\u200f", "", "a\ufffdb\ufffdc\ufffdd\ufffd"},
		{"a\u200db", "", "a\u200db"}, // joins emoji
		{"a\x9bb\xff", "", "a\ufffdb\ufffd"},
	} {
		if got := terminal.Clean(tt.text, tt.keep); got != tt.want {
			t.Errorf("%q but %q: got %q, want %q", tt.text, tt.keep, got, tt.want)
		}
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text  string
		limit int
		want  string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"日本", 3, "日…"}, {"日本", 5, "日…"}, {"日本", 2, "…"}, {"\xbf\xbf", 1, "…"},
	} {
		if got := terminal.Shorten(tt.text, tt.limit); got != tt.want {
			t.Errorf("%q to %d: got %q, want %q", tt.text, tt.limit, got, tt.want)
		}
	}
}
