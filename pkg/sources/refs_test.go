package sources_test

import (
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
