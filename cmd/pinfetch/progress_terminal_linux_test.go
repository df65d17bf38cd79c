package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// ptyScreen is a real pseudo terminal, and what a person sees on it. It knows no more than
// progress needs: anything else, such as hiding the cursor, is an error.
type ptyScreen struct {
	tty   *os.File // for the program
	width int

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
	raw     []byte
	lines   [][]rune // also those that have scrolled out
	row     int      // of the cursor
	column  int
	broken  string // what it does not know, or ""
}

// newTerminal opens a terminal; one without width and height has no known size.
func newTerminal(t *testing.T, width, height int) *ptyScreen {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		t.Skipf("no pseudo terminals: %v", err)
	}
	check := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	check(err)
	var number int
	connection, err := control.SyscallConn()
	check(err)
	check(connection.Control(func(fd uintptr) {
		check(unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0))
		number, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		check(err)
		check(unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(width), Row: uint16(height)}))
	}))
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	check(err)
	term := &ptyScreen{tty: tty, width: width, changed: make(chan struct{}), lines: [][]rune{nil}}
	var reading sync.WaitGroup
	reading.Go(func() { io.Copy(term, control) })
	t.Cleanup(func() {
		tty.Close() // ends reading
		reading.Wait()
		control.Close()
	})
	return term
}

// Write draws.
func (m *ptyScreen) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.raw = append(m.raw, p...)
	m.redraw()
	close(m.changed)
	m.changed = make(chan struct{})
	return len(p), nil
}

// redraw begins from nothing, so that a sequence may arrive in pieces.
func (m *ptyScreen) redraw() {
	m.lines, m.row, m.column, m.broken = [][]rune{nil}, 0, 0, ""
	for rest := []rune(string(m.raw)); len(rest) > 0; {
		r := rest[0]
		rest = rest[1:]
		switch r {
		case '\r':
			m.column = 0
		case '\n':
			m.down()
		case '\x1b':
			end := strings.IndexFunc(string(rest), func(r rune) bool { return r >= '@' && r <= '~' && r != '[' })
			if end < 0 {
				return // the rest has not arrived
			}
			m.obey(string(rest[:end+1]))
			rest = rest[end+1:]
		default:
			if m.column == m.width {
				m.down()
				m.column = 0
			}
			for len(m.lines[m.row]) <= m.column {
				m.lines[m.row] = append(m.lines[m.row], ' ')
			}
			m.lines[m.row][m.column] = r
			m.column++
		}
	}
}

func (m *ptyScreen) down() {
	if m.row++; m.row == len(m.lines) {
		m.lines = append(m.lines, nil)
	}
}

func (m *ptyScreen) obey(sequence string) {
	var n int
	switch _, err := fmt.Sscanf(sequence, "[%dA", &n); {
	case err == nil && n <= m.row:
		m.row -= n
	case sequence == "[J":
		m.lines = m.lines[:m.row+1]
		m.lines[m.row] = m.lines[m.row][:min(m.column, len(m.lines[m.row]))]
	case strings.HasSuffix(sequence, "m"): // a colour
	default:
		m.broken = sequence
	}
}

// until waits until what is seen is as wanted, and returns it.
func (m *ptyScreen) until(t *testing.T, want string, ok func(lines []string) bool) []string {
	t.Helper()
	patience := time.After(time.Minute)
	for {
		m.mu.Lock()
		var lines []string
		for _, line := range m.lines {
			lines = append(lines, strings.TrimRight(string(line), " "))
		}
		broken, changed := m.broken, m.changed
		m.mu.Unlock()
		if broken != "" {
			t.Fatalf("got the unknown sequence ESC%s", broken)
		}
		if ok(lines) {
			return lines
		}
		select {
		case <-changed:
		case <-patience:
			t.Fatalf("never saw %s; the terminal shows\n%s", want, strings.Join(lines, "\n"))
		}
	}
}

// end waits for all that was written, and returns what is left to be seen.
func (m *ptyScreen) end(t *testing.T) string {
	t.Helper()
	const mark = "the end"
	fmt.Fprint(m.tty, mark)
	lines := m.until(t, mark, func(lines []string) bool { return strings.HasSuffix(lines[len(lines)-1], mark) })
	return strings.TrimSuffix(strings.Join(lines, "\n"), mark)
}

// has is for [ptyScreen.until].
func has(text string) func([]string) bool {
	return func(lines []string) bool { return strings.Contains(strings.Join(lines, "\n"), text) }
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	const width, height, spare = 80, 20, 4
	screen := newTerminal(t, width, height)
	u := newUI(io.Discard, screen.tty, noEnv)
	watch, stop := u.showProgress(1000)
	for i := range 100 {
		watch(stage(fmt.Sprint("pin", i), engine.Resolving))
	}
	lines := screen.until(t, "resolution", has("0/1000 pins, resolving, "))
	if len(lines) != 2 {
		t.Errorf("resolution has lines:\n%s", strings.Join(lines, "\n"))
	}
	for i := range 40 {
		watch(stage(fmt.Sprint("pin", i), engine.Done))
	}
	for i := 40; i < 70; i++ {
		watch(received(fmt.Sprint("pin", i), 1<<20, 3<<20))
	}
	lines = screen.until(t, "downloads", has("… and 16 more\n40/1000 pins, resolving 70 of 1000, 30 downloading, 30 MiB"))
	if n := len(lines) - 1; n > height-spare { // the cursor is in the last
		t.Errorf("got %d lines on a terminal of %d", n, height)
	}
	for i := range 14 {
		if want := fmt.Sprintf("pin%d    1.0 MiB / 3.0 MiB", 40+i); !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d: got %q, want it to begin with %q", i, lines[i], want)
		}
	}

	// Messages go above, whole, and stay.
	long := strings.Repeat("0123456789", 30)
	u.warn("%s", long)
	u.note("a note")
	screen.until(t, "messages above the lines", has("a note\npin40 "))
	watch(failed("pin41", errors.New("no")))
	for i := 42; i < 69; i++ {
		watch(stage(fmt.Sprint("pin", i), engine.Done))
	}
	screen.until(t, "fewer lines", func(lines []string) bool {
		text := strings.Join(lines, "\n")
		return strings.Contains(text, "\npin40 ") && strings.Contains(text, "\npin69 ") && !strings.Contains(text, "pin42") &&
			strings.Contains(text, "68/1000 pins, 1 failed, ")
	})
	u.fail("the last word", "")
	stop()
	u.note("after all")
	got := screen.end(t)
	want := wrapped("pinfetch: warning: "+long+"\npinfetch: a note\npinfetch: error: the last word\npinfetch: after all\n", width)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// wrapped breaks lines as a terminal does.
func wrapped(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		for ; len(line)-1 > width; line = line[width:] {
			b.WriteString(line[:width] + "\n")
		}
		b.WriteString(line)
	}
	return b.String()
}

// What is over at once does not flicker.
func TestTerminalOfShortRun(t *testing.T) {
	t.Parallel()
	screen := newTerminal(t, 80, 24)
	synctest.Test(t, func(*testing.T) {
		watch, stop := newUI(io.Discard, screen.tty, noEnv).showProgress(1000)
		for i := range 1000 {
			watch(stage(fmt.Sprint("pin", i), engine.Resolving))
			watch(received(fmt.Sprint("pin", i), 1, 1<<40))
			watch(stage(fmt.Sprint("pin", i), engine.Done))
		}
		time.Sleep(showAfter - 1)
		stop()
	})
	if got := screen.end(t); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
	screen.mu.Lock()
	defer screen.mu.Unlock()
	if bytes.Contains(screen.raw, []byte("\x1b")) {
		t.Errorf("got %q", screen.raw)
	}
}

// A terminal that cannot move its cursor, or whose size nobody knows, gets the plain log.
func TestTerminalThatIsNotDrawable(t *testing.T) {
	t.Parallel()
	dumb := func(key string) string { return map[string]string{"TERM": "dumb"}[key] }
	for name, u := range map[string]*ui{
		"dumb":         newUI(io.Discard, newTerminal(t, 80, 24).tty, dumb),
		"unknown size": newUI(io.Discard, newTerminal(t, 0, 0).tty, noEnv),
		"no terminal":  newUI(io.Discard, &bytes.Buffer{}, noEnv),
	} {
		if u.canDraw() {
			t.Errorf("%s: is canDraw", name)
		}
	}
	if !newUI(io.Discard, newTerminal(t, 80, 24).tty, noEnv).canDraw() {
		t.Error("80 by 24: is not canDraw")
	}
}

// A whole command, on a terminal: progress is seen, an interrupt takes it away, and stdout has one JSON document.
func TestTerminalOfCommand(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	repo := forge.Repo("acme/tool")
	repo.Tag("v1.0", repo.Commit("main", forgetest.Files{"README": {Body: "tool\n"}}))
	forge.Fault(forgetest.Fault{Host: "codeload.github.com", Kind: forgetest.Stall(100), Match: func(*http.Request) bool { return true }})
	dir := t.TempDir()
	env := map[string]string{"TERM": "xterm", "HOME": dir, "PATH": os.Getenv("PATH"), "TMPDIR": dir}
	for _, variable := range forge.Env() {
		key, value, _ := strings.Cut(variable, "=")
		env[key] = value
	}
	screen := newTerminal(t, 80, 24)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var stdout bytes.Buffer
	execute := func(args ...string) int {
		stdout.Reset()
		args = append([]string{"pinfetch", "--lock-file", filepath.Join(dir, "pins.json")}, args...)
		return run(ctx, args, func(key string) string { return env[key] }, strings.NewReader(""), &stdout, screen.tty)
	}
	if code := execute("init", "--quiet"); code != exitDone {
		t.Fatalf("init: got exit code %d", code)
	}
	ended := make(chan int)
	go func() { ended <- execute("add", "--json", "github:acme/tool") }()
	screen.until(t, "the download", has("\n0/1 pins, 1 downloading"))
	interrupt()
	if code := <-ended; code != exitInterrupted {
		t.Errorf("got exit code %d, want %d", code, exitInterrupted)
	}
	got := screen.end(t)
	if strings.Contains(got, "downloading") || !strings.Contains(got, "pinfetch: interrupted: 1 of 1 pins") {
		t.Errorf("the terminal shows\n%s", got)
	}
	if got := stdout.String(); !strings.HasPrefix(got, "{") || !strings.HasSuffix(got, "}\n") || strings.Contains(got, "\x1b") {
		t.Errorf("stdout got %q, want JSON", got)
	}
}
