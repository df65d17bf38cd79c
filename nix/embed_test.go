package nix_test

import (
	"testing"

	"github.com/pinfetch/pinfetch/nix"
)

// init replaces a reader of any version, and nothing that only speaks of one.
func TestIsReader(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		string(nix.Reader()): true,
		"# The sources that this project is built from, as pinned in the pins.json beside this file.\n{ }": true, // the first version
		"":                              false,
		"# pinfetch\n{ }":               false,
		"\n" + string(nix.Reader()):     false,
		"{ pkgs }: pkgs.pinfetch":       false,
		"# The sources of this project": false,
	} {
		if got := nix.IsReader([]byte(text)); got != want {
			t.Errorf("%.60q: got %v, want %v", text, got, want)
		}
	}
}
