package gitcmd

import (
	"fmt"
	"regexp"
	"strings"
	"syscall"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

var (
	errUnadvertised = fmt.Errorf("the server does not provide a commit by its ID: %w", ErrGit)
	errTransport    = fmt.Errorf("transport refused: %w", ErrGit)
)

// messages maps parts of git's messages to classes of errors: the git program reports failures only as text. The first
// match counts.
func messages() []message {
	return []message{
		{"No space left on device", syscall.ENOSPC},
		{"unable to write file", ErrUnwritten},
		{"git-lfs", ErrGit},
		{"not our ref", errUnadvertised},
		{"unadvertised object", errUnadvertised},
		{"couldn't find remote ref", errUnadvertised},
		{"dumb http transport does not support", errUnadvertised},
		{"not allowed", errTransport},
		{"not supported or disabled in libcurl", web.ErrInsecure}, // a redirect from https to http
		{"certificate verification failed", web.ErrInsecure},
		{"certificate problem", web.ErrInsecure},
		{"redirects followed", web.ErrRedirects},
		{"The requested URL returned error: 429", web.ErrRateLimited},
		{"The requested URL returned error: 5", web.ErrServer},
		{"CONNECT tunnel failed", web.ErrUnreachable},
		{"Permission denied (", web.ErrUnauthorized},
		{"could not read Username", web.ErrUnauthorized},
		{"could not read Password", web.ErrUnauthorized},
		{"Authentication failed", web.ErrUnauthorized},
		{"The requested URL returned error: 403", web.ErrUnauthorized},
		{"bad line length", gitrefs.ErrProtocol},
		{"is this a git repository?", gitrefs.ErrProtocol},
		{"Operation too slow", web.ErrStalled},
		{"early EOF", web.ErrTruncated},
		{"RPC failed", web.ErrTruncated},
		{"unexpected disconnect", web.ErrTruncated},
		{"hung up unexpectedly", web.ErrTruncated},
		{"Connection reset", web.ErrTruncated},
		{"inflate: ", ErrCorrupt},
		{"unpack-objects failed", ErrCorrupt},
		{"index-pack failed", ErrCorrupt},
		{"pack is corrupted", ErrCorrupt},
		{"did not match", ErrCorrupt}, // the checksum of a pack
		{"not found", gitrefs.ErrNotFound},
		{"does not appear to be a git repository", gitrefs.ErrNotFound},
		{"does not exist", gitrefs.ErrNotFound},
		{"Host key verification failed", web.ErrInsecure},
		{"Could not resolve host", web.ErrUnreachable},
		{"Failed to connect", web.ErrUnreachable},
		{"Connection refused", web.ErrUnreachable},
		{"No route to host", web.ErrUnreachable},
		{"timed out", web.ErrUnreachable},
		{"unable to access", web.ErrUnreachable},
	}
}

type message struct {
	part  string
	class error
}

// unwritten matches git's message about a file that it could not write (git, entry.c). "git checkout" still succeeds
// then: on a full disk, the hash would be that of the files that fitted.
var unwritten = regexp.MustCompile(`(?m)^error: (unable to|cannot) (create|write|read|unlink) `)

// explain turns git's messages into an error.
func (g *Git) explain(stderr string) error {
	class := ErrGit
	for _, known := range messages() {
		if strings.Contains(stderr, known.part) {
			class = known.class
			break
		}
	}
	return fmt.Errorf("%w: %s", class, lastLines(g.Credentials.Redact(stderr)))
}

// Limits on how much of git's messages an error repeats.
const (
	maxErrorLines = 4
	maxErrorLine  = 300 // bytes
)

// lastLines returns the last lines of git's messages as one printable line.
func lastLines(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		line = strings.TrimSpace(line[strings.LastIndexByte(line, '\r')+1:]) // what progress overwrites is dropped
		if line != "" {
			lines = append(lines, terminal.Shorten(terminal.Clean(line, ""), maxErrorLine))
		}
	}
	return strings.Join(lines[max(0, len(lines)-maxErrorLines):], "; ")
}
