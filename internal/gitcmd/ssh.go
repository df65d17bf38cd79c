package gitcmd

import (
	"cmp"
	"fmt"
	"path"
	"strings"
)

// ssh returns the value of GIT_SSH_COMMAND. OpenSSH gets options that keep it from asking questions and from waiting
// for a silent server (ssh_config(5)); they override the user's ssh_config, but not the options in [Git.SSH]. Another
// program may not know them.
func (g *Git) ssh() string {
	command := cmp.Or(strings.TrimSpace(g.SSH), "ssh")
	if program, _, _ := strings.Cut(command, " "); path.Base(program) != "ssh" {
		return command
	}
	_, seconds := g.stall()
	// One unanswered message is allowed, so ssh gives up after two intervals.
	return fmt.Sprintf("%s -o BatchMode=yes -o ConnectTimeout=%d -o ServerAliveInterval=%d -o ServerAliveCountMax=1",
		command, seconds, max(1, seconds/2))
}
