package bot

import (
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
)

// Whoever commits, amends or rebases does not have the address of the trailer.
func TestIsMine(t *testing.T) {
	t.Parallel()
	const message = "a: 1 -> 2\n\nhttps://example.org\n\nPinfetch-Request: pinfetch/a into main\nPinfetch-Bot: bot@example.org\n"
	robot, ada := gitcmd.Person{Name: "Robot", Email: "bot@example.org"}, gitcmd.Person{Name: "Ada", Email: "ada@example.org"}
	for name, tt := range map[string]struct {
		commit gitcmd.Commit
		want   bool
	}{
		"the bot's":    {gitcmd.Commit{Author: robot, Committer: robot, Message: message, Parents: []string{"a"}}, true},
		"committed":    {gitcmd.Commit{Author: ada, Committer: ada, Message: "fix\n", Parents: []string{"a"}}, false},
		"amended":      {gitcmd.Commit{Author: robot, Committer: ada, Message: message, Parents: []string{"a"}}, false},
		"taken over":   {gitcmd.Commit{Author: ada, Committer: ada, Message: message, Parents: []string{"a"}}, false},
		"merged":       {gitcmd.Commit{Author: robot, Committer: robot, Message: message, Parents: []string{"a", "b"}}, false},
		"a root":       {gitcmd.Commit{Author: robot, Committer: robot, Message: message}, false},
		"no trailer":   {gitcmd.Commit{Author: robot, Committer: robot, Message: "a: 1 -> 2\n", Parents: []string{"a"}}, false},
		"quoted":       {gitcmd.Commit{Author: robot, Committer: robot, Message: message + "\nSigned-off-by: Ada\n", Parents: []string{"a"}}, false},
		"no addresses": {gitcmd.Commit{Message: "a\n\nPinfetch-Bot: \n", Parents: []string{"a"}}, false},
	} {
		if got := isMine(tt.commit); got != tt.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
