package sourcestest

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// WantRefusal reports an error that is not an [sources.ErrInvalid], or whose message and hint do not hold want.
func WantRefusal(t testing.TB, name string, spec sources.Spec, err error, want string) {
	t.Helper()
	if !errors.Is(err, sources.ErrInvalid) {
		t.Errorf("%s: got %+v, %v, want an ErrInvalid", name, spec, err)
		return
	}
	if text := err.Error() + " " + HintOf(err); !strings.Contains(text, want) {
		t.Errorf("%s: got %q, want %q in it", name, text, want)
	}
}

// HintOf returns the advice that an error carries, "" if it has none.
func HintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
