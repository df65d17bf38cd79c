package sources_test

import (
	"errors"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
)

// A range as npm and Cargo write it is refused with the conditions that mean the same.
func TestRangesAreExplained(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"^1.0": "constraint=>=1.0, <2", "^1.2.3": "constraint=>=1.2.3, <2", "^0.3": "constraint=>=0.3, <0.4", "^0.0.3": "constraint=>=0.0.3, <0.0.4", "^0": "constraint=>=0, <1",
		"~1.2": "constraint=>=1.2, <1.3", "~1.2.3": "constraint=>=1.2.3, <1.3", "~1": "constraint=>=1, <2", "1.x": "constraint=>=1, <2", "1.2.*": "constraint=>=1.2, <1.3",
		">=1 || <0.5": `write conditions such as ">=1.4, <2"`, "latest": `write conditions such as ">=1.4, <2"`,
	} {
		err := sources.Tracking{Tags: "*", Range: sources.Range{Constraint: text}}.Validate()
		if got := sourcestest.AdviceOf(err); !errors.Is(err, sources.ErrInvalid) || got != want {
			t.Errorf("%q: got %v (hint %q), want hint %q", text, err, got, want)
		}
	}
}
