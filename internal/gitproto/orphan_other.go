//go:build !linux

package gitproto

import "syscall"

// dieTogether does nothing: only Linux can tell a child that its parent was killed.
func dieTogether(*syscall.SysProcAttr) {}
