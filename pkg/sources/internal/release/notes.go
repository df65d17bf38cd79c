package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// What is kept of notes. People read the beginning of long ones, and the rest on upstream's page.
const (
	maxCommits = 50
	maxSubject = 200      // bytes
	maxNote    = 64 << 10 // bytes
)

// History is how a forge is asked what changed in a repository.
type History[S any] struct {
	// Note reads the text that was published with the release of a tag. An [sources.ErrNotFound] means that there is none.
	Note func(ctx context.Context, s S, tag string) (text string, err error)
	// Commits reads the commits after one revision up to another one, as [Commit] makes them: newest first, as far as the forge
	// shows them in one answer, and their number, 0 if it is not known.
	Commits func(ctx context.Context, s S, from, to string) (commits []sources.CommitNote, total int, err error)
	// Page is the address of the page that shows the release of a tag.
	Page func(s S, tag string) string
}

// Notes is that of [sources.Resolver]. It needs one request for what follows a branch and two for what follows tags. If one
// fails, the notes have what the other one told.
func (h History[S]) Notes(ctx context.Context, s S, from, to sources.Resolution) (notes sources.Notes, err error) {
	if tag := tagOf(to.Facts); tag != "" && to.Ref != from.Ref {
		text, err := h.Note(ctx, s, tag)
		switch {
		case errors.Is(err, sources.ErrNotFound):
		case err != nil:
			return notes, fmt.Errorf("notes of release %q: %w", tag, err)
		case strings.TrimSpace(text) != "":
			text = terminal.Shorten(strings.ToValidUTF8(text, ""), maxNote)
			notes.Releases = []sources.ReleaseNote{{Tag: tag, Text: text, URL: h.Page(s, tag)}}
		}
	}
	before, after := revisionOf(from), revisionOf(to)
	if before == "" || after == "" || before == after {
		return notes, nil
	}
	commits, total, err := h.Commits(ctx, s, before, after)
	if err != nil {
		return notes, fmt.Errorf("commits from %s to %s: %w", before, after, err)
	}
	notes.Commits, notes.Total = slices.Clone(commits[:min(len(commits), maxCommits)]), max(total, len(commits))
	return notes, nil
}

// revisionOf returns the commit of a resolution or, if it is of files, its tag.
func revisionOf(r sources.Resolution) string {
	if rev := r.Rev(); rev != "" {
		return rev
	}
	return tagOf(r.Facts)
}

// Commit returns a commit with the first line of its message. What is no commit ID is left out.
func Commit(id, message string) sources.CommitNote {
	if !sources.IsCommit(id) {
		id = ""
	}
	subject, _, _ := strings.Cut(strings.TrimSpace(terminal.Shorten(message, maxNote)), "\n")
	return sources.CommitNote{ID: id, Subject: terminal.Shorten(strings.ToValidUTF8(strings.TrimSpace(subject), ""), maxSubject)}
}
