package gitcmd

import (
	"strings"
	"testing"
)

func TestLastLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                          "",
		"fatal: no\n":               "fatal: no",
		"a\nb\nc\nd\ne\nf\n":        "c; d; e; f",
		"Receiving: 1%\rdone.\nx":   "done.; x",
		"remote: \x1b[31mred\u009b": "remote: \ufffd[31mred\ufffd",
		"remote: \u202ered":         "remote: \ufffdred",
		"\n\n  a  \r\n":             "a",
	} {
		if got := lastLines(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := lastLines(strings.Repeat("x", 1<<20)); len(got) > 4096 {
		t.Errorf("a line of a remote's makes an error of %d bytes", len(got))
	}
}
