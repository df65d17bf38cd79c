package synthetic

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
)

// Set is what all repositories share.
type Set struct {
	refs  []string // full names, sorted
	files files
}

// New returns repositories whose archives contain the files of an uncompressed
// tar file, which should be below the directory "tree".
func New(tar []byte) (*Set, error) {
	files, err := compress(tar)
	if err != nil {
		return nil, err
	}
	return &Set{refNames(), files}, nil
}

// Repo is one repository.
type Repo struct {
	set  *Set
	name string
}

// Repo returns the repository with the given [Name].
func (s *Set) Repo(name string) Repo { return Repo{s, name} }

// Head is the default branch.
func (r Repo) Head() string { return Branch(0) }

var commitPattern = regexp.MustCompile(`^[0-9a-f]{40}$`)

// Resolve accepts every commit ID and no other revision.
func (r Repo) Resolve(_ context.Context, rev string) (commit string, status int, err error) {
	if !commitPattern.MatchString(rev) {
		return "", http.StatusNotFound, nil
	}
	return rev, http.StatusOK, nil
}

// Archive writes a tar.gz archive. Its directory is always "tree", because the
// files were compressed with that name.
func (r Repo) Archive(_ context.Context, w io.Writer, format, _, commit string) error {
	if format != "tar.gz" {
		return errors.New("synthetic repositories have only tar.gz archives")
	}
	archive, err := r.set.files.archive(commit)
	if err != nil {
		return err
	}
	_, err = w.Write(archive)
	return err
}
