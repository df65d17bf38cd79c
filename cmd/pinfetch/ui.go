package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/term"
)

// ui is the one way to the user. Its rules:
//
//   - Results go to stdout. Everything else goes to stderr and begins with the program's name.
//   - Messages are lower case, have no final period, and quote what the user typed.
//   - An error is followed by hints: what to do next.
//   - With --json, stdout gets one JSON document and nothing else.
//   - What came from a server or a file never drives the terminal.
//   - Secrets that are known are blotted out, wherever they come from.
type ui struct {
	stdout, stderr io.Writer
	color          bool // of stderr
	terminal       bool // stderr is one
	quiet, verbose bool
	broken         error // why stdout could not be written

	mu       sync.Mutex // of stderr
	progress io.Writer  // writes above a progress display that is on; nil if none is
	secrets  []string
}

func newUI(stdout, stderr io.Writer, getenv func(string) string) *ui {
	u := &ui{stdout: stdout, stderr: stderr}
	if file, ok := stderr.(*os.File); ok {
		u.terminal = term.IsTerminal(int(file.Fd())) && getenv("TERM") != "dumb"
	}
	u.color = u.terminal && getenv("NO_COLOR") == ""
	return u
}

// result prints a line of a command's result.
func (u *ui) result(format string, args ...any) {
	fmt.Fprintln(u, clean(fmt.Sprintf(format, args...)))
}

// Write writes to stdout and remembers its first error: results that nobody gets are a failure.
func (u *ui) Write(p []byte) (int, error) {
	n, err := u.stdout.Write(p)
	if err != nil && u.broken == nil {
		u.broken = fmt.Errorf("print the result: %w", err)
	}
	return n, err
}

// note says what a command did; --quiet silences it.
func (u *ui) note(format string, args ...any) {
	if !u.quiet {
		u.message("", "", fmt.Sprintf(format, args...))
	}
}

// detail is for --verbose.
func (u *ui) detail(text string) {
	if u.verbose {
		u.message("", "", text)
	}
}

func (u *ui) warn(format string, args ...any) {
	u.message("warning: ", "\x1b[33m", fmt.Sprintf(format, args...))
}

// fail reports an error and what to do about it.
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
	u.mu.Lock()
	defer u.mu.Unlock()
	w := u.stderr
	if u.progress != nil {
		w = u.progress
	}
	fmt.Fprintf(w, "pinfetch: %s%s\n", label, clean(u.blot(text)))
}

// minSecret is the length in bytes below which a secret is not looked for in messages: it
// would be found everywhere.
const minSecret = 4

// blot replaces secrets that are known.
func (u *ui) blot(text string) string {
	for _, secret := range u.secrets {
		if len(secret) >= minSecret {
			text = strings.ReplaceAll(text, secret, "xxxxx")
		}
	}
	return text
}

// clean drops what a terminal would obey. Line breaks and tabs stay: tables and help have them.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
