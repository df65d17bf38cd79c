// Package e2e tests the whole product: the program as users run it, against a forge of
// real repositories that it reaches only through HTTPS_PROXY and SSL_CERT_FILE, and then
// real Nix, which downloads and builds what the program has pinned.
//
// No expected hash is written here. Nix decides: a fixed-output derivation with a wrong
// hash does not build.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// program is the path of the pinfetch that all tests run.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pinfetch-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "pinfetch")
	build := exec.Command("go", "build", "-tags", "urfave_cli_no_docs", "-o", program, "github.com/pinfetch/pinfetch/cmd/pinfetch")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "build pinfetch: %v\n", err)
		return 1
	}
	return m.Run()
}
