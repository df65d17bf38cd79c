package bot

import (
	"strings"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
)

// requestTrailer is the key of the line that says which branch the commit is for, and into which base it is to be merged. So no
// two branches have the same commit: a shallow clone cannot push one that is on a branch which it has just deleted.
const requestTrailer = "Pinfetch-Request"

func requestOf(branch, base string) string { return branch + " into " + base }

// isMine reports whether a commit is as the bot made it.
func isMine(c gitcmd.Commit) bool {
	return len(c.Parents) == 1 && c.Author.Email != "" && c.Author.Email == c.Committer.Email && c.Author.Email == trailer(c.Message, Trailer)
}

// trailer returns the value of a trailer, which is in the last paragraph of a message, or "".
func trailer(message, key string) (found string) {
	message = strings.TrimSpace(message)
	last := message[strings.LastIndex(message, "\n\n")+1:]
	for line := range strings.Lines(last) {
		if value, isKey := strings.CutPrefix(line, key+": "); isKey {
			found = strings.TrimSpace(value)
		}
	}
	return found
}
