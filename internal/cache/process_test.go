package cache_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/cache"
)

func mkfifo(path string) error { return syscall.Mkfifo(path, 0o600) }

// childVar names what the test binary does when it is started as a child process.
const childVar = "PINFETCH_TEST_CACHE_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childVar) {
	case "":
		os.Exit(m.Run())
	case "contend":
		os.Exit(contend(os.Args[1], 150))
	case "forever":
		os.Exit(contend(os.Args[1], 1<<30))
	case "unwritable":
		os.Exit(unwritable(os.Args[1]))
	}
	os.Exit(99)
}

func child(t *testing.T, role string, command ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append(os.Environ(), childVar+"="+role)
	return cmd
}

// The keys that processes contend for.
const contended = 5

// contend writes, reads and prunes, and returns the exit code: 1 if it read a value that nobody wrote. A value
// repeats one line with its key, so that a mixture of two values is recognized.
func contend(dir string, rounds int) int {
	var said []string
	s := cache.Open(dir, cache.Options{Entries: contended - 1, Bytes: 1 << 20, Log: func(text string) { said = append(said, text) }})
	for i := range rounds {
		key := fmt.Sprint("key ", i%contended)
		if value, found := s.Get(key); found && !isWhole(key, value) {
			fmt.Printf("%s: %.100q\n", key, value)
			return 1
		}
		line := fmt.Sprintf("%s by %d in round %d\n", key, os.Getpid(), i)
		s.Put(key, bytes.Repeat([]byte(line), 1+i%7*300))
	}
	if len(said) > 0 {
		fmt.Println(said)
		return 2
	}
	return 0
}

func isWhole(key string, value []byte) bool {
	line, _, found := bytes.Cut(value, []byte("\n"))
	line = append(bytes.Clone(line), '\n')
	return found && strings.HasPrefix(string(line), key+" by ") && bytes.Equal(value, bytes.Repeat(line, len(value)/len(line)))
}

// Processes that write, read and prune the same keys at once see complete values or none, and report no failure.
func TestProcesses(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	var all sync.WaitGroup
	for range 4 {
		cmd := child(t, "contend", os.Args[0], dir)
		all.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	all.Wait()
	held, err := cache.Open(dir, cache.Options{}).Usage()
	if err != nil || held.Entries == 0 || held.Entries > contended || len(names(t, dir)) != held.Entries {
		t.Errorf("got %v, %v and files %q, want entries only", held, err, names(t, dir))
	}
}

// After a writer was killed at any moment, all values are intact, and pruning later removes its temporary files.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	s := cache.Open(dir, cache.Options{})
	for range 15 {
		cmd := child(t, "forever", os.Args[0], dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		// Once a value changes it is writing; then any moment will do.
		last, _ := s.Get("key 0")
		for value := last; bytes.Equal(value, last); value, _ = s.Get("key 0") {
			select {
			case err := <-ended:
				t.Fatalf("the writer ended: %v", err)
			default:
			}
		}
		cmd.Process.Kill()
		<-ended
	}
	for i := range contended {
		key := fmt.Sprint("key ", i)
		if value, found := s.Get(key); found && !isWhole(key, value) {
			t.Errorf("%s: got %.100q", key, value)
		}
	}
	for _, name := range names(t, dir) {
		age(t, filepath.Join(dir, name), 2*time.Hour)
	}
	if _, err := s.Prune(); err != nil {
		t.Error(err)
	}
	for _, name := range names(t, dir) {
		if strings.HasPrefix(name, ".") {
			t.Errorf("%s was not removed", name)
		}
	}
}

// unwritable uses a directory in which it must not write.
func unwritable(dir string) int {
	var said []string
	s := cache.Open(dir, cache.Options{Log: func(text string) { said = append(said, text) }})
	s.Put("new", []byte("value"))
	s.Put("kept", []byte("other value"))
	value, found := s.Get("kept")
	_, isNew := s.Get("new")
	if !found || string(value) != "value" || isNew || len(said) != 1 || !strings.Contains(said[0], "permission denied") {
		fmt.Printf("got %q %v, new %v, logged %q\n", value, found, isNew, said)
		return 1
	}
	if _, err := s.Clear(); err == nil {
		fmt.Println("clearing did not fail")
		return 1
	}
	return 0
}

// A read-only directory still provides its values, and is reported once.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	command := []string{os.Args[0]}
	if os.Geteuid() == 0 { // ignores permissions
		if _, err := exec.LookPath("setpriv"); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip("root needs setpriv to be bound by permissions")
		}
		command = []string{"setpriv", "--bounding-set=-all", "--inh-caps=-all", os.Args[0]}
	}
	s, _ := open(t, cache.Options{})
	s.Put("kept", []byte("value"))
	if err := os.Chmod(s.Dir(), 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(s.Dir(), 0o700) })
	if out, err := child(t, "unwritable", append(command, s.Dir())...).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	wantHit(t, s, "kept", "value")
}
