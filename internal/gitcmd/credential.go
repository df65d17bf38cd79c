package gitcmd

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/pinfetch/pinfetch/internal/web"
)

// helper is a credential helper (gitcredentials(7)) that reads from the pipes of [lend]: descriptor 3 has lines with
// the user and the password, over and over. Descriptors 4 and 5 are a pipe with one line, which a helper takes for as
// long as it reads, because git-lfs may run several.
const helper = `!f() { test "$1" = get && read -r turn <&4 || exit 0; ` +
	`for key in username password; do IFS= read -r value <&3 && printf '%s=%s\n' "$key" "$value"; done; echo >&5; }; f`

// credential returns what git may send to the host of an address: over https or, to this machine, over http. Unlike a
// configured header, git does not send it to a host that it is redirected to. Bearer tokens and credentials for a path are for APIs, not for git.
func (g *Git) credential(u *url.URL) (web.Credential, bool) {
	c, found := g.Credentials.Lookup(&url.URL{Scheme: u.Scheme, Host: u.Host})
	return c, found && !c.Bearer && !strings.ContainsAny(c.User+c.Password, "\x00\n") // a line ends a value
}

// helperFor returns the setting that makes git ask helper about one host.
func helperFor(u *url.URL) string {
	return fmt.Sprintf("credential.%s://%s.helper=%s", u.Scheme, u.Host, helper)
}

// lend passes a credential to the helpers of a command through pipes: it is in no file, argument or variable, and ends
// with this process. release must be called when the command has ended.
func lend(cmd *exec.Cmd, c web.Credential) (release func(), err error) {
	var files []*os.File
	release = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for range 2 {
		r, w, err := os.Pipe()
		if err != nil {
			release()
			return nil, err
		}
		files = append(files, r, w)
	}
	secret, turn := files[1], files[3]
	cmd.ExtraFiles = []*os.File{files[0], files[2], files[3]}
	go func() {
		block := strings.Repeat(c.User+"\n"+c.Password+"\n", 100) // a pipe holds 64 KiB: filling it line by line takes a millisecond
		for err := error(nil); err == nil; {                      // until release closes the pipe
			_, err = io.WriteString(secret, block)
		}
	}()
	if _, err := io.WriteString(turn, "\n"); err != nil {
		release()
		return nil, err
	}
	return release, nil
}
