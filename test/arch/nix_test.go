package arch

import (
	"regexp"
	"slices"
	"testing"
)

// fetching are the builtins that download during evaluation.
var fetching = regexp.MustCompile(`\b(?:builtins\.(?:fetch\w+|getFlake)|fetchTarball|fetchTree|fetchGit|fetchMercurial|fetchClosure|getFlake)\b`)

var nixComment = regexp.MustCompile(`(?m)(?:^|\s)#.*$|(?s:/\*.*?\*/)`)

func evaluationFetches(code string) []string {
	return fetching.FindAllString(nixComment.ReplaceAllString(code, ""), -1)
}

// No Nix code of this repository downloads during evaluation.
func TestNoEvaluationFetches(t *testing.T) {
	t.Parallel()
	for _, path := range files(t, ".nix") {
		for _, call := range evaluationFetches(read(t, path)) {
			t.Errorf("%s calls %s", path, call)
		}
	}
}

func TestEvaluationFetches(t *testing.T) {
	t.Parallel()
	code := `
		# builtins.fetchGit is not for us
		/* nor is
		   getFlake */
		builtins.fetchurl { }; fetchurl { }; fetchgit { }; fetchFromGitHub { }
		(fetchTarball "https://example.org/#x"); inherit (builtins) fetchGit;`
	got := evaluationFetches(code)
	if want := []string{"builtins.fetchurl", "fetchTarball", "fetchGit"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
