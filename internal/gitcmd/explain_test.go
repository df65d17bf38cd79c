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
		"why\nfatal: no\n\nPlease make sure you have the correct access rights\nand the repository exists.\n": "why; fatal: no",
		"Downloading a b (12 B)\nError downloading object: a (0): Smudge error: Error downloading a (" + strings.Repeat("0", 64) + "): why\n\n" +
			"Errors logged to 'x.log'.\nUse `git lfs logs last` to view the log.\nerror: external filter 'git-lfs filter-process' failed\nfatal: a: smudge\n": "why; fatal: a: smudge",
	} {
		if got := lastLines(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := lastLines(strings.Repeat("x", 1<<20)); len(got) > 4096 {
		t.Errorf("a line of a remote's makes an error of %d bytes", len(got))
	}
}
