package sourcestest

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// WantRefusal reports an error that is not an [sources.ErrInvalid], or whose message and advice do not contain want.
func WantRefusal(t testing.TB, name string, spec sources.Spec, err error, want string) {
	t.Helper()
	if !errors.Is(err, sources.ErrInvalid) {
		t.Errorf("%s: got %+v, %v, want an ErrInvalid", name, spec, err)
		return
	}
	if text := err.Error() + " " + AdviceOf(err); !strings.Contains(text, want) {
		t.Errorf("%s: got %q, want %q in it", name, text, want)
	}
}

// AdviceOf returns the advice of an error in one line: the hint, the settings as "option=value", then the requests that the
// user may have meant. It is "" if the error has none.
func AdviceOf(err error) string {
	advised, ok := errors.AsType[*sources.Advised](err)
	if !ok {
		return ""
	}
	words := []string{advised.Next}
	for _, s := range advised.Try {
		words = append(words, s.Option+"="+s.Value)
	}
	for _, r := range advised.Mean {
		words = append(words, name(r))
		for _, option := range r.Options() {
			if text, ok := option.Field.(*string); ok && *text != "" {
				words = append(words, option.Name+"="+*text)
			}
		}
	}
	return strings.TrimSpace(strings.Join(words, " "))
}
