package nearest_test

import (
	"testing"

	"github.com/pinfetch/pinfetch/internal/nearest"
)

func TestWord(t *testing.T) {
	t.Parallel()
	words := []string{"add", "freeze", "json", "outdated", "plain", "update", "unfreeze", "use", "used"}
	for word, want := range map[string]string{
		"jason": "json", "plian": "plain", "upd": "update", "Update": "update", "frooze": "freeze", "outdate": "outdated",
		"ad": "add", "aad": "add", "us": "use", "zzz": "", "": "", "o": "outdated", "supercalifragilistic": "",
	} {
		if got := nearest.Word(word, words); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
