package lock_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
)

// Arguments that keep .git are refused where they stand, in the words and with the advice that "pinfetch add" has.
func TestParseRefusesDotGit(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"leaveDotGit", "deepClone", "fetchTags"} {
		_, err := lock.Parse([]byte(edit(t, small, `"fetchSubmodules": true`, `"`+key+`": true, "fetchSubmodules": true`)), kinds())
		var placed *lock.ParseError
		if !errors.Is(err, lock.ErrSyntax) || !errors.As(err, &placed) || placed.Line < 2 {
			t.Fatalf("%s: got %v, want a placed %v", key, err, lock.ErrSyntax)
		}
		want := sources.RefuseDotGit(`key "` + key + `"`)
		if got := sourcestest.AdviceOf(err); got == "" || got != sourcestest.AdviceOf(want) || !strings.Contains(err.Error(), want.Error()) {
			t.Errorf("%s: got %v, want %v", key, err, want)
		}
	}
}
