package bot

import (
	"context"
	"errors"
)

// ErrExists means that an open request of the same branch exists.
var ErrExists = errors.New("a request of this branch is open")

// Request is a request as a forge shows it.
type Request struct {
	Number int    // as people write it, such as the 7 of #7
	ID     string // as the forge's API writes it, where that is something else
	Branch string // that is to be merged, without refs/heads/
	Head   string // the commit ID of the branch as far as the forge has seen it
	Title  string
	Body   string // Markdown
	URL    string // its page

	IsDraft bool // not to be merged yet; a prefix of the title that says so is not in Title
}

// Draft is a request to be opened.
type Draft struct {
	Branch, Base string // without refs/heads/
	Title, Body  string
	IsDraft      bool // not to be merged yet
}

// Wishes is what a new request gets besides its text. Names are those of the forge.
type Wishes struct {
	Labels    []string // made if they do not exist and the token may make them
	Reviewers []string // users; on GitHub also teams, as ORGANISATION/TEAM
	Assignees []string // users
	AutoMerge Method   // merge when the forge's conditions are met; "" for not
}

// Method is how a request is merged.
type Method string

const (
	Merge  Method = "merge"
	Squash Method = "squash"
	Rebase Method = "rebase"
)

// Forge is what the bot needs of a forge, for one project. Refusals of the forge are errors of its transport, with a hint that
// says what to grant.
type Forge interface {
	// Open lists the open requests into base of the project's own branches that begin with a prefix, in order of their numbers.
	Open(ctx context.Context, base, prefix string) ([]Request, error)
	// Closed lists the requests of a branch into base that were closed and not merged, newest first. Old ones may be missing.
	Closed(ctx context.Context, base, branch string) ([]Request, error)
	// Create opens a request. It is an ErrExists if one of the same branch is open.
	Create(ctx context.Context, d Draft) (Request, error)
	// Edit replaces title and body.
	Edit(ctx context.Context, r Request, title, body string) error
	// Close closes a request and replaces its body, in one step.
	Close(ctx context.Context, r Request, body string) error
	// Comments lists the comments on a request.
	Comments(ctx context.Context, r Request) ([]string, error)
	Comment(ctx context.Context, r Request, text string) error
	// Equip grants wishes. It grants what it can; the error joins what it could not. Doing it again changes nothing.
	Equip(ctx context.Context, r Request, w Wishes) error
	// Limits says what the forge can take.
	Limits() Limits
}

// Limits are the limits of a forge.
type Limits struct {
	Body   int // of a body, in bytes
	Pushes int // branches in one push that are sure to start checks

	// MayDuplicate says that two runs at once can open two requests of one branch.
	MayDuplicate bool
}
