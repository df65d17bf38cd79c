package bot

import (
	"context"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
)

// Trailer is the key of the line in a commit's message (git-interpret-trailers(1)) that holds the address of the bot's author.
const Trailer = "Pinfetch-Bot"

// Project is the repository in which the bot works. [gitcmd.Clone] is one.
type Project interface {
	// Base is the commit onto which the bot builds.
	Base() gitcmd.Commit
	// Branches are the tips of the bot's branches by name, without refs/heads/.
	Branches() map[string]gitcmd.Commit
	// Files reads a file of several commits. A commit without the file has no entry.
	Files(ctx context.Context, path string, commits ...gitcmd.Commit) (map[string][]byte, error)
	// Commit makes a commit.
	Commit(ctx context.Context, c gitcmd.NewCommit) (gitcmd.Commit, error)
	// Push updates branches. It returns an error for each that was refused, nil for the others, or one error if nothing was pushed.
	Push(ctx context.Context, updates []gitcmd.RefUpdate) ([]error, error)
}
