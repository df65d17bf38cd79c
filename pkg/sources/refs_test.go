package sources_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	id1, id2, id3 := strings.Repeat("1", 40), strings.Repeat("2", 40), strings.Repeat("3", 40)
	refs := sources.Refs{List: []sources.Ref{{Name: "refs/heads/a", ID: id1}, {Name: "refs/heads/a-b", ID: id2}, {Name: "refs/heads/a/b", ID: id3}}}
	for name, want := range map[string]string{"refs/heads/a": id1, "refs/heads/a-b": id2, "refs/heads/a/b": id3, "refs/heads/": "", "refs/heads/a/": "", "a": "", "": ""} {
		ref, found := refs.Lookup(name)
		if ref.ID != want || found != (want != "") {
			t.Errorf("%q: got %v, %v", name, ref, found)
		}
	}
	if got := (sources.Ref{ID: id1}).Commit(); got != id1 {
		t.Errorf("got %s, want %s", got, id1)
	}
	if got := (sources.Ref{ID: id1, Peeled: id2}).Commit(); got != id2 {
		t.Errorf("got %s, want %s", got, id2)
	}
}

// What git check-ref-format says, and of the rest only UTF-8.
func TestIsRefName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"refs/heads/main", "refs/tags/v1.0", "refs/pull/1/head", "refs/tags/a/b-c_d+e@f", "refs/tags/é漢", "refs/tags/@", "refs/tags/-x", "refs/tags/a$(id)",
		"refs/tags/a'b", "refs/tags/{a}", "refs/tags/a.lock.b", "refs/heads/a", "refs/tags/a\u00a0b", "refs/tags/\u202ea", "refs/heads/HEAD",
		"refs/tags/a b", "refs/tags/a\x00b", "refs/tags/a\x1bb", "refs/tags/a\tb", "refs/tags/a\x7f", "refs/tags/a..b", "refs/tags/a~1", "refs/tags/a^{}", "refs/tags/a:b",
		"refs/tags/a?", "refs/tags/*", "refs/tags/[", "refs/tags/a\\b", "refs/tags//a", "refs/tags/", "refs/tags/a.", "refs/tags/a./b", "refs/tags/.a", "refs/tags/a.lock",
		"refs/tags/a.lock/b", "refs/tags/@{", "refs/tags/a@{1}", "refs/",
	} {
		want := strings.IndexByte(name, 0) < 0 && exec.Command("git", "check-ref-format", name).Run() == nil
		if got := sources.IsRefName(name); got != want {
			t.Errorf("%q: got %v, want %v as git says", name, got, want)
		}
	}
	for _, name := range []string{"", "HEAD", "refs", "heads/main", "main", "@", "refs/tags/\xff", "refs/tags/a\xc3"} {
		if sources.IsRefName(name) {
			t.Errorf("%q: got true, want false", name)
		}
	}
}
