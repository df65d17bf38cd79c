package gitproto

import (
	"fmt"
	"strings"
	"syscall"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// explain gives a failure of git its class, by what git printed.
func (g *Git) explain(stderr string) error {
	text := lastLines(g.Credentials.Redact(stderr))
	class := ErrGit
	for _, known := range []struct {
		text  string
		class error
	}{
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
		{"bad line length", ErrProtocol},
		{"is this a git repository?", ErrProtocol},
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
		{"did not match", ErrCorrupt}, // a pack's own checksum
		{"not found", ErrNotFound},
		{"does not appear to be a git repository", ErrNotFound},
		{"does not exist", ErrNotFound},
		{"Host key verification failed", web.ErrInsecure},
		{"Could not resolve host", web.ErrUnreachable},
		{"Failed to connect", web.ErrUnreachable},
		{"Connection refused", web.ErrUnreachable},
		{"No route to host", web.ErrUnreachable},
		{"timed out", web.ErrUnreachable},
		{"unable to access", web.ErrUnreachable},
	} {
		if strings.Contains(stderr, known.text) {
			class = known.class
			break
		}
	}
	return fmt.Errorf("%w: %s", class, text)
}

var errUnadvertised = fmt.Errorf("the server does not hand out a commit by its ID: %w", ErrGit)

var errTransport = fmt.Errorf("transport refused: %w", ErrGit)

// maxErrorLines is how many lines of git's own words an error repeats.
const maxErrorLines = 4

// lastLines returns the end of git's output as one printable line.
func lastLines(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line[strings.LastIndexByte(strings.TrimRight(line, "\r\n"), '\r')+1:])
		if line != "" {
			lines = append(lines, excerpt(terminal.Clean(line, "")))
		}
	}
	return strings.Join(lines[max(0, len(lines)-maxErrorLines):], "; ")
}
