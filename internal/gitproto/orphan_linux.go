package gitproto

import "syscall"

// dieTogether lets a child be killed when the thread that started it ends, as all do when this program is killed.
func dieTogether(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
