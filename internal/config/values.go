package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// The types of values read themselves, so that flags can read the same.
type (
	// Text is one line, not empty.
	Text string
	// Age is a [sources.Range.MinAge].
	Age string
	// Limit is a number from 1.
	Limit int
	// Rebase says which changes of the base have an open request built again.
	Rebase string
	// Method is how a request is merged.
	Method string
)

// The values of the types that have few.
const (
	Moved  Rebase = "moved"  // all
	Needed Rebase = "needed" // those of the lock

	Merge  Method = "merge"
	Squash Method = "squash"
	// RebaseMerge puts the commit of a request on the base.
	RebaseMerge Method = "rebase"
)

// UnmarshalText implements [encoding.TextUnmarshaler].
func (t *Text) UnmarshalText(text []byte) error {
	switch {
	case len(text) == 0:
		return errors.New("the value is empty")
	case !terminal.IsSafe(string(text)):
		return fmt.Errorf("%q contains a control character", text)
	}
	*t = Text(text)
	return nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (a *Age) UnmarshalText(text []byte) error {
	if len(text) == 0 || (sources.Range{MinAge: string(text)}).Validate() != nil {
		return fmt.Errorf("%.40q is not an age such as 12h, 7d or 2w", text)
	}
	*a = Age(text)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (l *Limit) UnmarshalJSON(data []byte) error {
	n, err := strconv.Atoi(string(data))
	if err != nil || n < 1 {
		return fmt.Errorf("%.40s is not a number from 1", data)
	}
	*l = Limit(n)
	return nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (r *Rebase) UnmarshalText(text []byte) error { return choose(r, string(text), Moved, Needed) }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (m *Method) UnmarshalText(text []byte) error {
	return choose(m, string(text), Merge, Squash, RebaseMerge)
}

func choose[T ~string](value *T, text string, known ...T) error {
	if !slices.Contains(known, T(text)) {
		var words []string
		for _, word := range known {
			words = append(words, string(word))
		}
		return fmt.Errorf("%.40q is not one of %s", text, strings.Join(words, ", "))
	}
	*value = T(text)
	return nil
}
