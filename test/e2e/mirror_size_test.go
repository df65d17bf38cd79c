package e2e

import (
	"archive/tar"
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// mirrored is how large the sources of TestMirrorMemory are together, in MiB. Half of it are files, half archives.
var mirrored = flag.Int("mirrored", 128, "mirror sources of `N` MiB")

// maxMirrorMemory is the peak of memory that mirror may reach, in KiB.
const maxMirrorMemory = 128 << 10

// TestMirrorMemory bounds the memory of mirror, whatever the size of the sources. It logs how long that takes, and zstd for the
// same bytes.
func TestMirrorMemory(t *testing.T) {
	gnuTime, err := exec.LookPath("time")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("this test needs GNU time (Debian: apt install time)")
	} else if err != nil {
		t.Skip("this test needs GNU time (Debian: apt install time)")
	}
	s := newProject(t, forgetest.New(t), t.TempDir())
	const sources = 16
	size := *mirrored << 20 / sources
	add, unpack := []string{"add"}, []string{"add", "--unpack"}
	var all bytes.Buffer
	for i := range sources / 2 {
		file, archive := prose(uint64(i), size), archiveOf(prose(uint64(sources+i), size))
		all.Write(file)
		all.Write(archive)
		s.forge.File("", fmt.Sprintf("/file-%d", i), forgetest.Content{Body: file})
		s.forge.File("", fmt.Sprintf("/archive-%d.tar", i), forgetest.Content{Body: archive})
		add, unpack = append(add, fmt.Sprintf("%s/file-%d", s.forge.URL(), i)), append(unpack, fmt.Sprintf("%s/archive-%d.tar", s.forge.URL(), i))
	}
	s.run(add...)
	s.run(unpack...)
	for _, compression := range []string{"zstd", "none"} {
		dir := filepath.Join(t.TempDir(), "mirror")
		// A process of its own between both: what exec replaces counts for the peak too.
		cmd := exec.CommandContext(t.Context(), gnuTime, "-f", "%M", program, "--quiet", "mirror", dir, "--compression", compression)
		cmd.Dir, cmd.Env = s.dir, s.env
		begin := time.Now()
		out, err := cmd.CombinedOutput()
		took := time.Since(begin)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		lines := strings.Fields(string(out))
		peak, err := strconv.Atoi(lines[len(lines)-1])
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("%s: %d MiB, peak %d MiB, %v, %v of processor time", compression, *mirrored, peak>>10, took, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
		if peak > maxMirrorMemory {
			t.Errorf("%s: peak of %d KiB, want at most %d", compression, peak, maxMirrorMemory)
		}
	}
	zstd := exec.CommandContext(t.Context(), "zstd", "-c")
	zstd.Stdin, zstd.Stdout = &all, io.Discard
	begin := time.Now()
	if err := zstd.Run(); err == nil {
		t.Logf("zstd: %v, %v of processor time", time.Since(begin), zstd.ProcessState.UserTime()+zstd.ProcessState.SystemTime())
	}
}

// prose is text that compresses like source code.
func prose(seed uint64, size int) []byte {
	random := rand.New(rand.NewPCG(seed, 1))
	letters := noise(fmt.Sprint(seed), 20_000)
	var words []string
	for i := 0; i+7 < len(letters); i += 5 {
		words = append(words, letters[i:i+2+i%6])
	}
	text := make([]byte, 0, size+64)
	for len(text) < size {
		n := random.ExpFloat64() * float64(len(words)) / 20
		text = append(append(text, words[int(n)%len(words)]...), " \n\t("[random.IntN(4)])
	}
	return text[:size]
}

// archiveOf is a tar of files of 16 KiB.
func archiveOf(text []byte) []byte {
	const part = 16 << 10
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for i := 0; len(text) > 0; i++ {
		n := min(part, len(text))
		_ = w.WriteHeader(&tar.Header{Name: fmt.Sprintf("root/%d/%d", i%100, i), Mode: 0o644, Size: int64(n)})
		_, _ = w.Write(text[:n])
		text = text[n:]
	}
	_ = w.Close()
	return archive.Bytes()
}
