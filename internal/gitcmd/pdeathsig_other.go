//go:build !linux

package gitcmd

import "syscall"

// killWithParent does nothing: only Linux can kill a child with its parent.
func killWithParent(*syscall.SysProcAttr) {}
