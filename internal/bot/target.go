package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/bot/body"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/markdown"
	"github.com/pinfetch/pinfetch/pkg/lock"
)

// target is what a branch should hold.
type target struct {
	branch  string
	group   string
	moved   []engine.Outcome // in name order, at least one
	others  []engine.Outcome // pins of the group that stay
	to      string           // see [body.State]
	isPart  bool             // a pin of the group failed or was not looked at
	title   string
	message string // of the commit
	text    []byte // of the lock
}

const (
	maxTitle   = 110  // bytes before mentions are broken; GitLab's titles have at most 255 characters
	maxAddress = 1000 // bytes of a link in a commit message
	maxLinks   = 200  // pins in a commit message
	maxTargets = 500  // pins that are recorded one by one
)

// newTarget returns what a group's branch should hold: the base's lock, in which only the moved pins differ.
func (b *Bot) newTarget(base *lock.File, t target) (*target, error) {
	f := &lock.File{Pins: maps.Clone(base.Pins)}
	for _, o := range t.moved {
		pin := f.Pins[o.Name]
		pin.Source, pin.Locked = o.Source, o.New
		f.Pins[o.Name] = pin
	}
	var err error
	if t.text, err = f.Format(b.Codecs); err != nil {
		return nil, err
	}
	t.to = identify(t.moved)
	if t.title = changeLine(t.moved[0]); len(t.moved) > 1 {
		t.title = markdown.Line(describe(t.group, len(t.moved)), maxTitle)
	}
	t.message = b.commitMessage(&t)
	return &t, nil
}

// identify tells apart what pins are locked at: it is one word for each, which depends on its version, commit and hashes.
func identify(moved []engine.Outcome) string {
	var words []string
	for _, o := range moved {
		text := []string{o.Name, o.New.Version, o.New.Rev()}
		for _, call := range o.New.Calls {
			text = append(text, call.System, call.Hash.String())
		}
		words = append(words, digest(text))
	}
	if len(words) > maxTargets {
		return digest(words)
	}
	return strings.Join(words, " ")
}

func digest(lines []string) string {
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:8])
}

// isWithin reports whether whatever is in to is in a closed request as well.
func isWithin(to, closed string) bool {
	all := strings.Fields(closed)
	return !slices.ContainsFunc(strings.Fields(to), func(word string) bool { return !slices.Contains(all, word) })
}

// changeLine is "ripgrep: 15.0.0 -> 15.1.0", with upstream's text made harmless.
func changeLine(o engine.Outcome) string {
	before, after := engine.Difference(o.Old, o.New)
	text := o.Name + ": " + before + " -> " + after
	if before == after {
		text = o.Name + ": " + before + ", fetched with other arguments"
	}
	return markdown.Line(text, maxTitle)
}

// commitMessage has the title, a line and a compare link for each pin, and the bot's trailers. A link that mentions somebody, or
// that no browser opens, is left out.
func (b *Bot) commitMessage(t *target) string {
	var text strings.Builder
	text.WriteString(t.title + "\n\n")
	for _, o := range t.moved[:min(len(t.moved), maxLinks)] {
		if len(t.moved) > 1 {
			text.WriteString(changeLine(o) + "\n")
		}
		if markdown.Link("", o.Compare) != "" && markdown.Line(o.Compare, maxAddress) == o.Compare {
			text.WriteString(o.Compare + "\n")
		}
	}
	if more := len(t.moved) - maxLinks; more > 0 {
		fmt.Fprintf(&text, "and %d more\n", more)
	}
	fmt.Fprintf(&text, "\n%s: %s\n%s: %s\n", requestTrailer, requestOf(t.branch, b.BaseName), Trailer, b.Author.Email)
	return text.String()
}

// names are the pins that a target moves.
func (t *target) names() (names []string) {
	for _, o := range t.moved {
		names = append(names, o.Name)
	}
	return names
}

// content is what the request says, without what upstream says.
func (b *Bot) content(t *target) body.Content {
	c := body.Content{Command: "pinfetch freeze " + t.moved[0].Name}
	if len(t.moved) > 1 {
		c.Command = "pinfetch freeze NAME"
	}
	for _, o := range t.moved {
		before, after := engine.Difference(o.Old, o.New)
		c.Changes = append(c.Changes, body.Change{
			Name: o.Name, Old: before, New: after, Compare: o.Compare, Warnings: b.Words.Warnings(o), HeldBack: b.Words.HeldBack(o),
		})
	}
	for _, o := range t.others {
		why := b.Words.HeldBack(o)
		if o.Err != nil {
			why = b.Words.Failure(o)
		}
		if why != "" {
			c.Others = append(c.Others, body.Other{Name: o.Name, Why: why})
		}
	}
	return c
}

// withNotes adds what upstream says.
func (b *Bot) withNotes(ctx context.Context, t *target, c body.Content) body.Content {
	for i, o := range t.moved {
		if b.Notes == nil || ctx.Err() != nil {
			break
		}
		c.Changes[i].Notes, _ = b.Notes(ctx, o) // what was read before an error is better than nothing
	}
	return c
}

// text is the body of a request, of which old is the present one.
func (b *Bot) text(c body.Content, old string, s body.State) string {
	return body.Join(old, body.Render(c, b.Forge.Limits().Body-body.Overhead(old, s)), s)
}

// facts tells whether the text would differ, without asking upstream. Warnings do not count, because many are about contents, of
// which a run that finds a known hash learns nothing. So a run that is killed after a push leaves a body without them.
func facts(c body.Content) string {
	c.Changes = slices.Clone(c.Changes)
	for i := range c.Changes {
		c.Changes[i].Warnings = nil
	}
	return body.Sum(body.Render(c, maxFacts))
}

// maxFacts bounds a text that is only compared, in bytes.
const maxFacts = 1 << 20
