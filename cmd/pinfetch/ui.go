package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// ui prints everything that the user sees. Its rules:
//
//   - Results go to stdout. Everything else goes to stderr and begins with the program's name.
//   - Messages are lower case, have no final period, and quote what the user typed.
//   - An error is followed by hints: what to do next.
//   - With --json, stdout gets one JSON document and nothing else.
//   - Text from a server or a file never controls the terminal.
//   - Known secrets are redacted, wherever they come from.
type ui struct {
	stdout, stderr io.Writer
	color          bool     // of stderr
	terminal       *os.File // stderr, if it is one
	quiet, verbose bool
	broken         error // why stdout could not be written

	mu       sync.Mutex // of stderr
	progress io.Writer  // writes above the progress on the terminal; nil if none is shown

	credentials web.Credentials // must not appear in any message
}

func newUI(stdout, stderr io.Writer, getenv func(string) string) *ui {
	u := &ui{stdout: stdout, stderr: stderr}
	if file, ok := stderr.(*os.File); ok && term.IsTerminal(int(file.Fd())) && getenv("TERM") != "dumb" {
		u.terminal = file
	}
	u.color = u.terminal != nil && getenv("NO_COLOR") == ""
	return u
}

// width is how many columns results have, 0 if they do not go to a terminal.
func (u *ui) width() int {
	file, ok := u.stdout.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// result prints a line of a command's result.
func (u *ui) result(format string, args ...any) {
	fmt.Fprintln(u, terminal.Clean(fmt.Sprintf(format, args...), kept))
}

// Write writes to stdout and remembers its first error: a result that is not printed is a failure.
func (u *ui) Write(p []byte) (int, error) {
	n, err := u.stdout.Write(p)
	if err != nil && u.broken == nil {
		u.broken = fmt.Errorf("%w: %w", errOutput, err)
	}
	return n, err
}

// note says what a command did; --quiet silences it.
func (u *ui) note(format string, args ...any) {
	if !u.quiet {
		u.message("", "", fmt.Sprintf(format, args...))
	}
}

// detail prints what only --verbose shows.
func (u *ui) detail(text string) {
	if u.verbose {
		u.message("", "", text)
	}
}

func (u *ui) warn(format string, args ...any) {
	u.message("warning: ", "\x1b[33m", fmt.Sprintf(format, args...))
}

// fail reports an error and what to do about it.
func (u *ui) fail(message, hint string) {
	u.message("error: ", "\x1b[31m", message)
	u.hint(hint)
}

func (u *ui) hint(hint string) {
	if hint != "" {
		u.message("hint: ", "\x1b[36m", hint)
	}
}

func (u *ui) message(label, color, text string) {
	if u.color && label != "" {
		label = color + label + "\x1b[0m"
	}
	line := fmt.Appendf(nil, "pinfetch: %s%s\n", label, terminal.Clean(u.redact(text), kept))
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.progress != nil {
		if _, err := u.progress.Write(line); err == nil {
			return
		}
	}
	u.stderr.Write(line)
}

// redact replaces known secrets.
func (u *ui) redact(text string) string { return u.credentials.Redact(text) }

// kept are the control characters that tables and help need.
const kept = "\n\t"
