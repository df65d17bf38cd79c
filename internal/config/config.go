// Package config reads config.json, the file beside a lock with the options that a team shares. It reads as strictly as package
// lock: an unknown or duplicate key or a wrong value is an error that says where.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

// Name is the name of the file in the lock's directory.
const Name = "config.json"

// ErrSyntax is the class of malformed files.
var ErrSyntax = errors.New("broken configuration")

// maxSize is the size in bytes of the largest file that is read.
const maxSize = 1 << 20

// File is the content of config.json.
type File struct {
	Schema string `json:"$schema,omitzero"` // for editors
	Bot    Bot    `json:"bot,omitzero"`
}

// Bot has the options of pinfetch bot. A zero value means that the option is not set.
type Bot struct {
	Group     []Text `json:"group,omitzero"`
	Limit     Limit  `json:"limit,omitzero"`
	MinAge    Age    `json:"minAge,omitzero"`
	Exclude   []Text `json:"exclude,omitzero"`
	Base      Text   `json:"base,omitzero"`
	Rebase    Rebase `json:"rebase,omitzero"`
	Labels    []Text `json:"labels,omitzero"`
	Reviewers []Text `json:"reviewers,omitzero"`
	Assignees []Text `json:"assignees,omitzero"`
	Draft     *bool  `json:"draft,omitzero"`
	AutoMerge Method `json:"autoMerge,omitzero"`
	Mirror    Text   `json:"mirror,omitzero"`
}

// Parse reads a file. Every error is an [ErrSyntax].
func Parse(data []byte) (File, error) {
	var f File
	err := fmt.Errorf("%d bytes, more than %d", len(data), maxSize)
	if len(data) <= maxSize {
		err = lock.Unmarshal(data, &f)
	}
	if err != nil {
		return File{}, &syntaxError{err}
	}
	return f, nil
}

// syntaxError is an [ErrSyntax] whose text is that of another error.
type syntaxError struct{ err error }

func (e *syntaxError) Error() string   { return e.err.Error() }
func (e *syntaxError) Unwrap() []error { return []error{ErrSyntax, e.err} }

// Or returns the options with those of a file in place of the ones that are not set.
func (b Bot) Or(file Bot) Bot {
	return Bot{
		Group:     or(b.Group, file.Group),
		Limit:     cmp.Or(b.Limit, file.Limit),
		MinAge:    cmp.Or(b.MinAge, file.MinAge),
		Exclude:   or(b.Exclude, file.Exclude),
		Base:      cmp.Or(b.Base, file.Base),
		Rebase:    cmp.Or(b.Rebase, file.Rebase),
		Labels:    or(b.Labels, file.Labels),
		Reviewers: or(b.Reviewers, file.Reviewers),
		Assignees: or(b.Assignees, file.Assignees),
		Draft:     cmp.Or(b.Draft, file.Draft),
		AutoMerge: cmp.Or(b.AutoMerge, file.AutoMerge),
		Mirror:    cmp.Or(b.Mirror, file.Mirror),
	}
}

func or[T any](list, other []T) []T {
	if list == nil {
		return other
	}
	return list
}

// Strings returns the texts of a list.
func Strings(list []Text) (texts []string) {
	for text := range slices.Values(list) {
		texts = append(texts, string(text))
	}
	return texts
}
