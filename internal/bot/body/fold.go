package body

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/markdown"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// What is shown of a pin's notes.
const (
	maxReleases = 10
	maxNote     = 20_000 // bytes of a release's note
	maxCommits  = 50
	maxSubject  = 100 // bytes
	shortCommit = 10  // digits
)

// fold is text that is shown when its summary is clicked.
type fold struct {
	summary string // Markdown
	link    string // Markdown, or ""
	lines   []string
	unit    string // what a line is
}

// folds returns the notes of the changes in their order. Notes get room before commits do.
func (s *sheet) folds(c Content) (parts []string) {
	if c.Close != "" {
		return nil
	}
	var notes, commits []fold
	for _, change := range c.Changes {
		name := markdown.Inline(change.Name, maxName)
		notes = append(notes, releaseFold(name, change.Notes.Releases, s.left))
		commits = append(commits, commitFold(name, change.Notes))
	}
	shownNotes, shownCommits := s.share(notes), s.share(commits)
	for i := range c.Changes {
		parts = append(parts, shownNotes[i], shownCommits[i])
	}
	return parts
}

// share gives each fold a fair share of the room that is left: small ones leave theirs to larger ones.
func (s *sheet) share(folds []fold) []string {
	shown := make([]string, len(folds))
	order := make([]int, len(folds))
	for i, f := range folds {
		order[i], shown[i] = i, f.render(f.lines)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(shown[a]), len(shown[b])) })
	for n, i := range order {
		shown[i] = s.add(folds[i].fit(shown[i], s.left/(len(order)-n)-len(gap)))
	}
	return shown
}

// fit returns a fold in at most size bytes, or "". whole is all of it.
func (f fold) fit(whole string, size int) string {
	if len(whole) <= size {
		return whole
	}
	rest := func(n int) string { return fmt.Sprintf("… and %d more %s", n, f.unit) }
	left := size - len(f.render([]string{rest(len(f.lines))}))
	// The fence may be longer than that of the text that says what is missing.
	left -= len(markdown.Block(f.lines)) - len(markdown.Block(nil)) - len(strings.Join(f.lines, "\n"))
	shown := 0
	for shown < len(f.lines) && len(f.lines[shown]) < left {
		left -= len(f.lines[shown]) + 1
		shown++
	}
	if shown == 0 {
		return ""
	}
	return f.render(append(slices.Clone(f.lines[:shown]), rest(len(f.lines)-shown)))
}

// render writes a fold. The empty lines make forges read Markdown within HTML (CommonMark 0.31, 4.6).
func (f fold) render(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	link := f.link
	if link != "" {
		link += gap
	}
	return "<details><summary>" + f.summary + "</summary>" + gap + link + markdown.Block(lines) + gap + "</details>"
}

// releaseFold reads no more of each note than there is room for.
func releaseFold(name string, all []sources.ReleaseNote, room int) fold {
	f := fold{unit: "lines"}
	var tags []string
	for _, r := range all[:min(len(all), maxReleases)] {
		lines := markdown.Lines(terminal.Shorten(r.Text, min(maxNote, max(room, 0))))
		if len(lines) == 0 {
			continue
		}
		if len(all) > 1 {
			lines = append([]string{markdown.Line(r.Tag, maxName) + ":", ""}, append(lines, "")...)
		}
		f.lines, tags = append(f.lines, lines...), append(tags, markdown.Inline(r.Tag, maxName))
		f.link = cmp.Or(f.link, markdown.Link("page of the release", r.URL))
	}
	f.summary = name + ": release notes of " + strings.Join(tags, ", ")
	return f
}

func commitFold(name string, notes sources.Notes) fold {
	f := fold{unit: "commits"}
	for _, c := range notes.Commits[:min(len(notes.Commits), maxCommits)] {
		line := markdown.Line(c.Subject, maxSubject)
		if sources.IsCommit(c.ID) {
			line = c.ID[:shortCommit] + " " + line
		}
		f.lines = append(f.lines, line)
	}
	f.summary = fmt.Sprintf("%s: %d commits", name, len(f.lines))
	switch total := max(notes.Total, len(notes.Commits)); {
	case total > len(f.lines):
		f.summary = fmt.Sprintf("%s: %d of %d commits", name, len(f.lines), total)
	case total == 1:
		f.summary = name + ": 1 commit"
	}
	return f
}
