package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// kills is how often each test of this file ends a run of the program.
var kills = flag.Int("kills", 100, "end `N` runs of the program in each kill test")

// seesaw is a project whose sources go to and fro between two editions.
type seesaw struct {
	*project
	random  *rand.Rand
	commits map[string][2]string
	locks   map[bool][2]string // by whether the update rehashes
	count   atomic.Int64       // requests that are still to come before the end
	due     chan struct{}      // the last of them is here
}

// newSeesaw makes a project with one pin of each fetcher and more that cost little.
func newSeesaw(t *testing.T) *seesaw {
	t.Helper()
	s := &seesaw{
		project: newProject(t, forgetest.New(t), t.TempDir()),
		random:  rand.New(rand.NewPCG(1, 2)),
		commits: make(map[string][2]string),
		locks:   make(map[bool][2]string),
		due:     make(chan struct{}, 1),
	}
	for _, name := range []string{"acme/tool", "acme/lib"} {
		repo := s.forge.Repo(name)
		var ids [2]string
		for n := range ids {
			ids[n] = repo.Commit("main", forgetest.Files{"noise": {Body: noise(name+edition(n), 2000)}})
		}
		s.commits[name] = ids
	}
	s.tip(0)
	for _, ref := range []string{"github:acme/tool", "git+https://" + forgeHost + "/acme/lib"} {
		s.run("add", ref, "--branch", "main")
	}
	s.run("add", s.forge.URL()+"/data.tar.gz", "--unpack")
	s.run("add", s.forge.URL()+"/one", s.forge.URL()+"/two", s.forge.URL()+"/three")
	for _, rehash := range []bool{true, false} {
		var locks [2]string
		for _, n := range []int{1, 0} {
			s.tip(n)
			s.run(s.updating(rehash)...)
			locks[n] = read(t, s.lockFile())
		}
		if got := len(differing(t, locks[0], locks[1])); got < 2 {
			t.Fatalf("%d pins move, want several", got)
		}
		s.locks[rehash] = locks
	}
	s.forge.Fault(forgetest.Fault{Kind: forgetest.ResetHeader(), Match: func(*http.Request) bool {
		if s.count.Add(-1) == 0 {
			select {
			case s.due <- struct{}{}:
			default:
			}
		}
		return false
	}})
	return s
}

// tip lets all sources be at one end.
func (s *seesaw) tip(n int) {
	for name, ids := range s.commits {
		s.forge.Repo(name).Branch("main", ids[n])
	}
	for _, file := range []string{"one", "two", "three"} {
		s.forge.File("", "/"+file, forgetest.Content{Body: []byte(noise(file+edition(n), 2000))})
	}
	s.forge.File("", "/data.tar.gz", forgetest.Content{Body: dataArchive(edition(n))})
}

func (s *seesaw) updating(rehash bool) []string {
	args := []string{"update", "--json", "--allow-downgrade"}
	if rehash {
		args = append(args, "--rehash")
	}
	return args
}

// end runs the program and sends it a signal some time after a random one of its first requests. It
// reports whether that came before the program's own end.
func (s *seesaw) end(signal syscall.Signal, requests int, args ...string) (r result, struck bool) {
	s.t.Helper()
	select {
	case <-s.due: // of a run that ended before it looked
	default:
	}
	s.count.Store(1 + s.random.Int64N(int64(requests)))
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(s.t.Context(), program, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	if s.random.IntN(2) == 0 { // nothing is remembered
		cmd.Env = append(slices.Clip(s.env), "XDG_CACHE_HOME="+s.t.TempDir())
	}
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	select {
	case <-s.due:
		s.dawdle()
		struck = cmd.Process.Signal(signal) == nil
		<-exited
	case <-exited:
	}
	return result{args, stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}, struck
}

// dawdle takes a while: mostly not even that of an answer, now and then that of all the rest.
func (s *seesaw) dawdle() {
	switch s.random.IntN(3) {
	case 0:
	case 1:
		for range s.random.IntN(1000) {
			runtime.Gosched()
		}
	case 2:
		time.Sleep(time.Duration(s.random.Int64N(int64(50 * time.Millisecond)))) // nothing depends on it
	}
}

// temporary matches what a killed writer may leave beside the lock, until the next write.
var temporary = regexp.MustCompile(`^\.pins\.json\.pinfetch-[A-Z2-7]{26}$`)

// wantAlmostTidy wants no more left-overs than one run makes.
func (s *seesaw) wantAlmostTidy() {
	s.t.Helper()
	beside := slices.DeleteFunc(names(s.t, filepath.Dir(s.lockFile())), func(name string) bool { return name == "default.nix" || name == "pins.json" })
	if len(beside) > 1 || len(beside) == 1 && !temporary.MatchString(beside[0]) {
		s.t.Errorf("beside the lock there is %q", beside)
	}
	if left := names(s.t, s.temp); len(left) > 2 { // git may still have been writing when the one before was cleared away
		s.t.Errorf("TMPDIR holds %q: it accumulates", left)
	}
}

// wantWhole wants a lock with exactly these pins, each as it was or as it should become.
func (s *seesaw) wantWhole(before, goal string) {
	s.t.Helper()
	text := read(s.t, s.lockFile())
	old, now, new := pinTexts(s.t, before), pinTexts(s.t, text), pinTexts(s.t, goal)
	for name, entry := range now {
		if entry != old[name] && entry != new[name] || entry == "" {
			s.t.Errorf("%s is neither the old nor the new one: %s", name, entry)
		}
	}
	for name := range old {
		if now[name] == "" {
			s.t.Errorf("%s is gone", name)
		}
	}
	if shown := s.run("show", "--plain"); len(strings.Fields(shown)) != len(now) {
		s.t.Errorf("pinfetch shows %q of %d pins", shown, len(now))
	}
}

// TestKillUpdate ends updates with SIGKILL at any moment.
func TestKillUpdate(t *testing.T) {
	t.Parallel()
	s := newSeesaw(t)
	struck := 0
	for i := range *kills {
		rehash := s.random.IntN(4) > 0
		n := i % 2
		s.tip(n)
		before := read(t, s.lockFile())
		goal := s.goal(rehash, before, n)
		_, killed := s.end(syscall.SIGKILL, 6, s.updating(rehash)...)
		if killed {
			struck++
		}
		s.wantWhole(before, goal)
		s.wantAlmostTidy()
		if i%20 == 19 {
			s.recovers(n)
		}
		if t.Failed() {
			t.Fatalf("after %d runs", i+1)
		}
	}
	if struck < *kills/2 {
		t.Errorf("only %d of %d runs were killed", struck, *kills)
	}
	s.recovers(0)
}

// goal is what an update from a lock would write. An update of one kind leaves alone what the other moves.
func (s *seesaw) goal(rehash bool, before string, n int) string {
	s.t.Helper()
	pins := pinTexts(s.t, before)
	moving := differing(s.t, s.locks[rehash][0], s.locks[rehash][1])
	for name, entry := range pinTexts(s.t, s.locks[rehash][n]) {
		if slices.Contains(moving, name) {
			pins[name] = entry
		}
	}
	var entries []string
	for name, entry := range pins {
		entries = append(entries, fmt.Sprintf("%q: %s", name, entry))
	}
	return `{"version": 1, "pins": {` + strings.Join(entries, ", ") + "}}"
}

// recovers completes both kinds of updates, there and back so that each writes the lock. After that no trace of the killed runs is left.
func (s *seesaw) recovers(n int) {
	s.t.Helper()
	for _, tip := range []int{1 - n, n} {
		s.tip(tip)
		s.run(s.updating(true)...)
		s.run(s.updating(false)...)
	}
	want := s.goal(false, s.goal(true, read(s.t, s.lockFile()), n), n)
	if got := differing(s.t, read(s.t, s.lockFile()), want); len(got) > 0 {
		s.t.Errorf("%q are not up to date", got)
	}
	s.wantTidy()
}

// TestKillAdd ends adds with SIGKILL at any moment: all pins of one call are there, or none.
func TestKillAdd(t *testing.T) {
	t.Parallel()
	s := newSeesaw(t)
	before := read(t, s.lockFile())
	for _, file := range []string{"four", "five"} {
		s.forge.File("", "/"+file, forgetest.Content{Body: []byte(noise(file, 2000))})
	}
	args := []string{"add", "--replace", "--json", s.forge.URL() + "/four", s.forge.URL() + "/five", "git+https://" + forgeHost + "/acme/lib.git"}
	s.run(args...)
	after := read(t, s.lockFile())
	struck, landed := 0, 0
	for i := range *kills {
		s.writeLock(before)
		if _, killed := s.end(syscall.SIGKILL, 5, args...); killed {
			struck++
		}
		switch read(t, s.lockFile()) {
		case before:
		case after:
			landed++
		default:
			t.Errorf("the lock is neither the old nor the new one:\n%s", read(t, s.lockFile()))
		}
		s.wantWhole(before, after)
		s.wantAlmostTidy()
		if i%20 == 19 {
			s.run(args...)
			if read(t, s.lockFile()) != after {
				t.Errorf("%q are not what they should be", differing(t, read(t, s.lockFile()), after))
			}
		}
		if t.Failed() {
			t.Fatalf("after %d runs", i+1)
		}
	}
	if struck < *kills/2 || landed == 0 || landed == *kills {
		t.Errorf("of %d runs %d were killed, and %d had written before", *kills, struck, landed)
	}
	s.run(args...)
	s.wantTidy()
}

// TestInterrupt ends updates with SIGINT and SIGTERM at any moment: what is complete is
// written, what the program says is what the lock holds, and nothing is left behind.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	s := newSeesaw(t)
	interrupted, partly := 0, 0
	for i := range *kills {
		rehash := s.random.IntN(2) > 0
		n := i % 2
		s.tip(n)
		before := read(t, s.lockFile())
		goal := s.goal(rehash, before, n)
		signal := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}[s.random.IntN(2)]
		r, _ := s.end(signal, 6, append([]string{"--jobs", fmt.Sprint(1 + s.random.IntN(4))}, s.updating(rehash)...)...)
		switch r.code {
		case 130:
			interrupted++
		case 0, -1: // too late: everything had been done, and the program was about to leave
		default:
			t.Errorf("%v: exit code %d\n%s", signal, r.code, r.stderr)
		}
		s.wantWhole(before, goal)
		s.wantTidy()
		old, now, new := pinTexts(t, before), pinTexts(t, read(t, s.lockFile())), pinTexts(t, goal)
		updated := 0
		for _, pin := range s.document(r.stdout).Pins {
			want := old[pin.Name]
			if pin.Status == "updated" {
				want = new[pin.Name]
				updated++
			}
			if now[pin.Name] != want {
				t.Errorf("%s is said to be %s, and the lock says %s", pin.Name, pin.Status, now[pin.Name])
			}
			if pin.Error != nil && pin.Error.Class != "interrupted" {
				t.Errorf("%s: class %q, want interrupted: %s", pin.Name, pin.Error.Class, pin.Error.Message)
			}
		}
		if r.code == 130 && updated > 0 {
			partly++
		}
		if t.Failed() {
			t.Fatalf("after %d runs: %v\n%s", i+1, signal, r.stderr)
		}
	}
	if interrupted < *kills/4 || partly == 0 {
		t.Errorf("of %d runs %d were interrupted, %d of them with something to write", *kills, interrupted, partly)
	}
	s.recovers(0)
}
