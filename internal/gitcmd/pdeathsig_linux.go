package gitcmd

import "syscall"

// killWithParent makes the kernel kill the child when the thread that started it ends, as it does if this program is
// killed.
func killWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
