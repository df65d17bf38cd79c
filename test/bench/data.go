package main

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// seed makes every run use the same data.
const seed = 20260101

// writer makes text that compresses like source code: indented lines of words from
// a vocabulary, a few of which are far more frequent than the rest.
type writer struct {
	random *rand.Rand
	often  *rand.Zipf
	words  []string
}

func newWriter(seed uint64) *writer {
	random := rand.New(rand.NewPCG(seed, seed))
	w := &writer{random: random, often: rand.NewZipf(random, 1.2, 8, 5999)}
	syllables := []string{"re", "con", "ad", "in", "de", "pro", "get", "set", "err", "ctx", "read", "er", "Buf", "Type", "Name", "len", "Func", "val", "ue", "map", "str", "int", "is", "key", "or"}
	for range 6000 {
		word := ""
		for range 1 + random.IntN(4) {
			word += syllables[random.IntN(len(syllables))]
		}
		w.words = append(w.words, word)
	}
	return w
}

// size draws sizes so that most files are small and a few large, as in source trees.
func (w *writer) size(mean float64) int {
	const sigma = 1.4
	return int(math.Exp(math.Log(mean) - sigma*sigma/2 + sigma*w.random.NormFloat64()))
}

func (w *writer) text(size int) []byte {
	punctuation := []string{" ", ".", "(", ")", ", ", " := ", " {\n\t", "\n", "\n\t", "\n\t\t", "\n}\n\n", " // ", "[", "] = "}
	out := make([]byte, 0, size+64)
	for len(out) < size {
		if w.random.IntN(40) == 0 {
			out = fmt.Appendf(out, "%#x", w.random.Uint32())
		} else {
			out = append(out, w.words[w.often.Uint64()]...)
		}
		out = append(out, punctuation[w.random.IntN(len(punctuation))]...)
	}
	return out[:size]
}

// name is the path of the i-th file. About thirty times, as in the Go project's
// tree, "part-1.go" is beside "part-1/", which git and NAR order differently.
func name(i int) string {
	dir, file := i/24, i%24
	if file == 0 && dir%20 == 0 {
		return fmt.Sprintf("src/pkg-%03d/part-%d.go", dir/8, dir%8)
	}
	return fmt.Sprintf("src/pkg-%03d/part-%d/file_%02d.go", dir/8, dir%8, file)
}

// makeData makes a "tree", a "tar" or a "flat" file at a path, with a count of files
// of a mean size; or a lock (see [makeLock]), with a count of pins of so many
// repositories as the size says.
func makeData(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("want KIND PATH COUNT SIZE")
	}
	kind, path := args[0], args[1]
	count, err := strconv.Atoi(args[2])
	size, err2 := strconv.Atoi(args[3])
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	switch kind {
	case "tree":
		return makeTree(path, count, float64(size))
	case "flat":
		return makeFlat(path, int64(size))
	case lockCurrent, lockOutdated, lockCommits:
		return makeLock(kind, path, count, size)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(writeTar(file, count, float64(size)), file.Close())
}

// makeTree makes a tree of source files.
func makeTree(dir string, files int, mean float64) error {
	w := newWriter(seed)
	for i := range files {
		path := filepath.Join(dir, name(i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, w.text(w.size(mean)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writeTar writes a tar file of source files below one directory.
func writeTar(out io.Writer, files int, mean float64) error {
	w := newWriter(seed)
	buffered := bufio.NewWriterSize(out, 1<<20)
	archive := tar.NewWriter(buffered)
	for i := range files {
		text := w.text(w.size(mean))
		header := &tar.Header{Name: "tree/" + name(i), Mode: 0o644, Size: int64(len(text)), ModTime: time.Unix(seed, 0)}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(text); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return buffered.Flush()
}

// makeFlat makes a file that does not compress.
func makeFlat(path string, size int64) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	random := rand.NewChaCha8([32]byte{1})
	if _, err := io.CopyN(file, random, size); err != nil {
		return err
	}
	return file.Close()
}
