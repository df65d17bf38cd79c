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

// ui does all output. Its rules:
//
//   - Results go to stdout. Everything else goes to stderr, prefixed with the program's name.
//   - Messages are in lower case, have no final period, and quote what the user typed.
//   - An error is followed by hints: what to do next.
//   - With --json, stdout gets one JSON document and nothing else.
//   - Text from a server or a file cannot control the terminal.
//   - Known secrets are never shown, wherever the text comes from.
type ui struct {
	stdout, stderr io.Writer
	color          bool     // of stderr
	terminal       *os.File // stderr, if it is one
	quiet, verbose bool
	broken         error // the first error of writing to stdout

	mu       sync.Mutex // of stderr
	progress io.Writer  // writes above the progress display; nil if there is none

	credentials web.Credentials // never shown
}

func newUI(stdout, stderr io.Writer, getenv func(string) string) *ui {
	u := &ui{stdout: stdout, stderr: stderr}
	if file, ok := stderr.(*os.File); ok && term.IsTerminal(int(file.Fd())) && getenv("TERM") != "dumb" {
		u.terminal = file
	}
	u.color = u.terminal != nil && getenv("NO_COLOR") == ""
	return u
}

// result prints a line of a command's result.
func (u *ui) result(format string, args ...any) {
	fmt.Fprintln(u, terminal.Clean(fmt.Sprintf(format, args...), kept))
}

// Write writes to stdout and remembers its first error, because a lost result is a failure.
func (u *ui) Write(p []byte) (int, error) {
	n, err := u.stdout.Write(p)
	if err != nil && u.broken == nil {
		u.broken = fmt.Errorf("print the result: %w", err)
	}
	return n, err
}

// note reports what a command did, unless --quiet is set.
func (u *ui) note(format string, args ...any) {
	if !u.quiet {
		u.message("", "", fmt.Sprintf(format, args...))
	}
}

// detail reports with --verbose only.
func (u *ui) detail(text string) {
	if u.verbose {
		u.message("", "", text)
	}
}

func (u *ui) warn(format string, args ...any) {
	u.message("warning: ", "\x1b[33m", fmt.Sprintf(format, args...))
}

// fail reports an error and a hint.
func (u *ui) fail(err error, hint string) {
	u.message("error: ", "\x1b[31m", err.Error())
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

// redact replaces secrets that are known.
func (u *ui) redact(text string) string { return u.credentials.Redact(text) }

// kept are the control characters that tables and help need.
const kept = "\n\t"
