package bot

import (
	"cmp"
	"context"
	"errors"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

const (
	// Prefix begins the names of the bot's branches.
	Prefix = "pinfetch/"
	// DefaultLimit is how many requests are open at once.
	DefaultLimit = 10
)

// ErrNoLock means that the base has no lock.
var ErrNoLock = errors.New("the base has no lock")

// Rebuild says when the branch of an open request is rebuilt.
type Rebuild string

const (
	WhenMoved  Rebuild = "moved"  // when anything in the base changed
	WhenNeeded Rebuild = "needed" // when the base's lock changed
)

// Options say what requests are to be like.
type Options struct {
	Groups  Groups
	Limit   int     // of open requests; default [DefaultLimit], negative for none
	Rebuild Rebuild // default [WhenMoved]
	Author  gitcmd.Person
	Wishes  Wishes
	IsDraft bool
	DryRun  bool // write nothing, and report what would be done
}

func (o Options) limit() int { return cmp.Or(o.Limit, DefaultLimit) }

// Bot works on one project.
type Bot struct {
	Forge    Forge
	Project  Project
	BaseName string // of the branch into which requests go
	LockPath string // from the root of the repository, with slashes
	Codecs   sources.Codecs

	// Update finds out what the pins of a lock are to become. known are resolutions that were hashed before, by name: what
	// they have need not be downloaded. The error means that nothing was tried.
	Update func(ctx context.Context, f *lock.File, known map[string][]sources.Resolution) ([]engine.Outcome, error)
	// Notes finds out what upstream says about a change. It may be nil, and its errors only leave out the notes.
	Notes func(context.Context, engine.Outcome) (sources.Notes, error)
	Words Words
	Options
}

// Words say in a sentence what happened to a pin.
type Words struct {
	HeldBack func(engine.Outcome) string // what keeps it from moving further, or ""
	Warnings func(engine.Outcome) []string
	Failure  func(engine.Outcome) string
}

// Action is what became of a request. Its text is part of the JSON output.
type Action string

const (
	Opened    Action = "opened"
	Refreshed Action = "refreshed" // pushed again, or given another text
	Unchanged Action = "unchanged"
	Closed    Action = "closed"
	Deleted   Action = "deleted"    // a branch that was left over
	Declined  Action = "declined"   // a person closed it, so it is not opened again
	LeftAlone Action = "left alone" // people have changed it
	Waiting   Action = "waiting"    // for others to be merged or closed
	Failed    Action = "failed"
)

// Result is what became of one branch and its request.
type Result struct {
	Branch   string
	Action   Action
	Number   int    // of the request, 0 for none
	URL      string // its page
	Title    string
	Pins     []string // that it updates
	Why      string   // a few words; may be ""
	Warnings []error  // what the forge did not grant
	Err      error    // with Failed
}

// Report is what became of everything: Results in the order of branches, Outcomes in that of names.
type Report struct {
	Results  []Result
	Outcomes []engine.Outcome
}
