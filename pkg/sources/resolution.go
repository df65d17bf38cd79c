package sources

import (
	"slices"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Resolution is what a source means: one call that serves every system, or one call for each system, sorted by
// system and all of the same version.
//
// A kind returns calls without hashes, to be downloaded and hashed, or with the hashes that upstream publishes for the
// very bytes that the fetcher hashes. A lock holds resolutions whose hashes are all known.
type Resolution struct {
	Facts
	Calls []Call
	Aside
}

// Aside is what a source says beside what it means. A lock does not hold it.
type Aside struct {
	Moved  string     // the URL to which the repository moved for good, "" if it did not
	Held   []HeldBack // newer versions that are not taken, the newest for each rule, what holds for the shortest time first
	Notice string     // what upstream says about the version that is taken, such as why it is deprecated; or ""
}

// IsZero reports whether nothing has been resolved.
func (r Resolution) IsZero() bool { return len(r.Calls) == 0 }

// Rev returns the full commit ID, whether it stands in the facts or in the calls, and "" if there is none or
// the calls are of different commits.
func (r Resolution) Rev() string {
	if r.Facts.Rev != "" || len(r.Calls) == 0 {
		return r.Facts.Rev
	}
	rev := r.Calls[0].Rev
	if slices.ContainsFunc(r.Calls, func(c Call) bool { return c.Rev != rev }) {
		return ""
	}
	return rev
}

// Call returns the call that serves every system, or the zero Call if there is none.
func (r Resolution) Call() Call {
	if len(r.Calls) == 1 && r.Calls[0].System == "" {
		return r.Calls[0]
	}
	return Call{}
}

// Equal reports whether two resolutions agree in every fact, call and hash.
func (r Resolution) Equal(other Resolution) bool {
	return r.Facts == other.Facts && slices.Equal(r.Calls, other.Calls)
}

// Validate reports the first fact or call that is invalid. The error is an [ErrInvalid].
func (r Resolution) Validate() error {
	for _, c := range r.Calls {
		if err := c.Fetch.Validate(); err != nil {
			return err
		}
	}
	if err := r.Facts.Validate(); err != nil {
		return err
	}
	if r.Facts.Rev != "" && slices.ContainsFunc(r.Calls, func(c Call) bool { return c.Rev != "" }) {
		return Invalid(`"rev" appears in both "locked" and "args"`)
	}
	return nil
}

// Validate reports the first fact that is malformed. Facts come from upstream and end up in Nix expressions, file names and
// commit messages. The error is an [ErrInvalid].
func (f Facts) Validate() error {
	switch {
	case f.Date != "" && !isDate(f.Date):
		return Invalid("date %q is not a date YYYY-MM-DD of the years 0001 to 9999", shorten(f.Date))
	case f.Ref != "" && (!strings.HasPrefix(f.Ref, "refs/") || !isWord(f.Ref)):
		return Invalid("ref %q is not a valid full name of a ref", shorten(f.Ref))
	case f.Version != "" && !isWord(f.Version):
		return Invalid("version %q contains a character that is not allowed in a version", shorten(f.Version))
	case f.Rev != "":
		return validateRev(f.Rev)
	}
	return nil
}

// isDate reports whether text has the form YYYY-MM-DD. Any day will do, even one that no calendar has.
func isDate(text string) bool {
	return len(text) == len(time.DateOnly) && text[4] == '-' && text[7] == '-' && !strings.HasPrefix(text, "0000") &&
		strings.Trim(text[:4]+text[5:7]+text[8:], "0123456789") == ""
}

// isWord reports whether text is safe on a terminal and contains no space.
func isWord(text string) bool { return terminal.IsSafe(text) && !strings.Contains(text, " ") }

// maxShown is how many bytes of an invalid fact an error shows.
const maxShown = 200

func shorten(text string) string { return terminal.Shorten(text, maxShown) }

// Completes reports whether c is the call open, with what only a download tells: the hash, and fetchzip's extension if open
// has none. A hash of another algorithm than that of open cannot be compared, and counts.
func (c Call) Completes(open Call) bool {
	if open.Extension == "" && open.Fetcher == c.Fetcher {
		open.Extension = c.Extension
	}
	return c.System == open.System && c.Fetch == open.Fetch && (open.Hash.IsZero() || c.Hash == open.Hash || c.Hash.Algorithm() != open.Hash.Algorithm())
}

// Expect reports the first call that does not complete the one that is wanted (see [Call.Completes]). Most kinds implement
// [Spec] with it. The error is an [ErrInvalid].
func (r Resolution) Expect(want ...Call) error {
	sameSystem := func(a, b Call) bool { return a.System == b.System }
	if !slices.EqualFunc(r.Calls, want, sameSystem) {
		return Invalid("the pin fetches for %s, but its source is for %s", systemsOf(r.Calls), systemsOf(want))
	}
	for i, c := range r.Calls {
		got, wanted := shorten(c.Fetch.String()), shorten(want[i].Fetch.String())
		switch {
		case c.Completes(want[i]):
		case got != wanted:
			return Invalid("the pin fetches %s, but its source is %s", got, wanted)
		case c.Fetcher != want[i].Fetcher:
			return Invalid("the pin fetches %s with %s, but its source needs %s", got, c.Fetcher, want[i].Fetcher)
		default:
			return Invalid("the pin fetches %s with other arguments than its source asks for", got)
		}
	}
	return nil
}

func systemsOf(calls []Call) string {
	var systems []string
	for _, c := range calls {
		if c.System == "" {
			return "every system"
		}
		systems = append(systems, c.System)
	}
	return join(systems, "and")
}
