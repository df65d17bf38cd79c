package body_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/bot/body"
)

const (
	begin = `<!-- pinfetch: {"to":"1.0","title":"t","sum":"s"} -->`
	end   = `<!-- /pinfetch -->`
)

// What people wrote around the bot's part stays byte for byte.
func TestJoin(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		old    string
		hasOne bool
		want   string // PART for the bot's part with its markers
	}{
		"empty":            {"", false, "PART"},
		"no part":          {"hello\r\n", false, "PART\n\nhello\r\n"},
		"around":           {"a \n\n" + begin + "\nold\n" + end + "\n\n b\n\n", true, "a \n\nPART\n\n b\n\n"},
		"CRLF":             {"a\r\n" + begin + "\r\nold\r\n" + end + "\r\nb\r\n", true, "a\r\nPART\r\nb\r\n"},
		"white space":      {begin + " \t\nold\n" + end + " ", true, "PART "},
		"no end":           {begin + "\nold\n", false, "PART\n\n" + begin + "\nold\n"},
		"no beginning":     {"old\n" + end, false, "PART\n\nold\n" + end},
		"doubled":          {begin + "\n1\n" + end + "\n" + begin + "\n2\n" + end, true, "PART\n" + begin + "\n2\n" + end},
		"two beginnings":   {begin + "\nmine\n" + begin + "\n1\n" + end, true, begin + "\nmine\nPART"},
		"two ends":         {begin + "\n1\n" + end + "\nmine\n" + end, true, "PART\nmine\n" + end},
		"quoted":           {"> " + begin + "\n> 1\n> " + end + "\n\n" + begin + "\n2\n" + end, true, "> " + begin + "\n> 1\n> " + end + "\n\nPART"},
		"in a line":        {"a " + begin + " 1 " + end, false, "PART\n\na " + begin + " 1 " + end},
		"malformed JSON":   {"<!-- pinfetch: {\"to\":1} -->\n1\n" + end, false, "PART\n\n<!-- pinfetch: {\"to\":1} -->\n1\n" + end},
		"malformed within": {begin + "\n<!-- pinfetch: {} x -->\n<!-- pinfetch: {]} -->\n" + end, true, "PART"},
	} {
		state := body.State{To: "2.0", Title: "a --> b --- <!-- @ada #1", Pending: true}
		got := body.Join(tt.old, "new", state)
		if read, ok := body.Read(got); !ok || read.To != "2.0" || read.Title != state.Title || !read.Pending || read.Sum != body.Sum("new") {
			t.Errorf("%s: got %+v, %v from %q", name, read, ok, got)
		}
		first := strings.Index(got, `<!-- pinfetch: {"to":"2.0"`)
		part, _, _ := strings.Cut(got[first:], end)
		if got := strings.Replace(got, part+end, "PART", 1); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
		if strings.Count(part, "--") != 2 || strings.ContainsAny(part[5:], "@#") {
			t.Errorf("%s: %q can end early, or mentions somebody", name, part)
		}
		if again := body.Join(got, "new", state); again != got {
			t.Errorf("%s: joined again: got %q, want %q", name, again, got)
		}
		if size := body.Overhead(tt.old, state); size+len("new") != len(got) {
			t.Errorf("%s: got %d bytes more than the part, want %d", name, len(got)-len("new"), size)
		}
		if _, ok := body.Read(tt.old); ok != tt.hasOne {
			t.Errorf("%s: reads a state: %v", name, ok)
		}
	}
}

func TestRestate(t *testing.T) {
	t.Parallel()
	old := "a\r\n" + begin + "\r\nedited\r\n" + end + "\r\nb"
	state, _ := body.Read(old)
	state.Pending, state.Closed = true, "gone"
	got, ok := body.Restate(old, state)
	want := "a\r\n" + `<!-- pinfetch: {"to":"1.0","title":"t","sum":"s","pending":true,"closed":"gone"} -->` + "\r\nedited\r\n" + end + "\r\nb"
	if !ok || got != want {
		t.Errorf("got %q, %v, want %q", got, ok, want)
	}
	if got, ok := body.Restate("a", state); ok || got != "a" {
		t.Errorf("without a part: got %q, %v", got, ok)
	}
}

// Forges change line endings and white space, which is no news.
func TestSum(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a\r\n\r\nb", "a  \n\nb\n\n", "\na\n \nb\t"} {
		if body.Sum(text) != body.Sum("a\n\nb") {
			t.Errorf("%q: another sum than \"a\\n\\nb\"", text)
		}
	}
	if body.Sum("a\nb") == body.Sum("a\n\nb") || body.Sum(" a") == body.Sum("a") {
		t.Error("texts that look different have the same sum")
	}
}

func FuzzJoin(f *testing.F) {
	f.Add("a\r\n" + begin + "\r\nb\n" + end + " \nc")
	f.Add(begin + "\n> " + end)
	f.Add(end + "\n" + begin)
	f.Fuzz(func(t *testing.T, old string) {
		got := body.Join(old, "new", body.State{To: "2.0"})
		if s, ok := body.Read(got); !ok || s.To != "2.0" {
			t.Errorf("got %+v, %v from %q", s, ok, got)
		}
		if again := body.Join(got, "new", body.State{To: "2.0"}); again != got {
			t.Errorf("joined again: got %q, want %q", again, got)
		}
		if _, ok := body.Read(old); !ok && !strings.HasSuffix(got, old) {
			t.Errorf("got %q, which lost %q", got, old)
		}
	})
}
