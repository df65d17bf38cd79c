// Package e2e tests the whole product: the program as users run it, against a forge of
// real repositories that it reaches only through HTTPS_PROXY and SSL_CERT_FILE, and then
// real Nix, which downloads and builds what the program has pinned.
//
// No expected hash is written here. Nix decides: a fixed-output derivation with a wrong
// hash does not build.
package e2e

import (
	"os"
	"testing"

	"github.com/pinfetch/pinfetch/test/built"
)

// program is the path of the pinfetch that all tests run.
var program string

func TestMain(m *testing.M) { os.Exit(built.Run(m, func(path string) { program = path })) }
