// Package built builds pinfetch, as users get it, for tests that run it.
package built

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"
)

// Run builds the program with further flags of go build, tells use its path, runs the
// tests and returns their exit code. The program is removed afterwards.
func Run(m *testing.M, use func(program string), flags ...string) int {
	dir, err := os.MkdirTemp("", "pinfetch-built-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "pinfetch")
	flags = append([]string{"build", "-tags", "urfave_cli_no_docs", "-o", program}, flags...)
	build := exec.Command("go", append(flags, "github.com/pinfetch/pinfetch/cmd/pinfetch")...)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "build pinfetch: %v\n", err)
		return 1
	}
	use(program)
	return m.Run()
}

// Race returns the flags that give the program the race detector if the tests have it.
func Race() []string {
	info, _ := debug.ReadBuildInfo()
	if !slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return nil
	}
	return []string{"-race"}
}
