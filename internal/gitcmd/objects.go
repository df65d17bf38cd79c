package gitcmd

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/pinfetch/pinfetch/internal/web"
)

// maxObject limits an object of a clone that is read, in bytes. It is the size of the largest lock.
const maxObject = 64 << 20

// object is a git object. The kind of one that is missing is "".
type object struct {
	id, kind string
	data     []byte
}

// objects reads objects with one process and passes them to each, in the order of their revisions, which contain no white
// space.
func (r *repository) objects(revisions []string, each func(i int, o object) error) error {
	if len(revisions) == 0 {
		return nil
	}
	n := 0
	split := &batch{each: func(o object) error {
		if n++; n > len(revisions) {
			return nil
		}
		return each(n-1, o)
	}}
	cmd := r.command("cat-file", "--batch")
	cmd.Stdin = strings.NewReader(strings.Join(revisions, "\n") + "\n")
	err := r.w.git.stream(r.w.ctx, cmd, split)
	if err = cmp.Or(split.err, err); err == nil && n != len(revisions) {
		err = fmt.Errorf("git cat-file: %d objects instead of %d: %w", n, len(revisions), ErrGit)
	}
	return err
}

// batch splits the output of git cat-file --batch.
type batch struct {
	each func(object) error
	rest []byte // an incomplete object
	err  error  // of each
}

func (b *batch) Write(p []byte) (int, error) {
	b.rest = append(b.rest, p...)
	for {
		header, rest, found := bytes.Cut(b.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		var o object
		if facts := strings.Fields(string(header)); len(facts) == 3 { // ID, type, size; else "REVISION missing"
			size, err := strconv.Atoi(facts[2])
			if err != nil || size > maxObject {
				b.err = fmt.Errorf("%s %s has %s bytes, more than %d: %w", facts[1], facts[0], facts[2], maxObject, web.ErrTooLarge)
				return 0, b.err
			}
			if len(rest) <= size {
				return len(p), nil
			}
			o = object{facts[0], facts[1], bytes.Clone(rest[:size])}
			rest = rest[size+1:]
		}
		b.rest = rest
		if b.err = b.each(o); b.err != nil {
			return 0, b.err
		}
	}
}
