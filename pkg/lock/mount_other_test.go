//go:build !linux

package lock_test

import "testing"

func mountSmall(t *testing.T, _ string) {
	t.Helper()
	t.Skip("a small file system is only mounted on Linux")
}
