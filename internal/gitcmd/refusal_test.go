package gitcmd

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/web"
)

// What servers say of a branch that they do not take: git itself, GitHub and GitLab.
func TestRefusal(t *testing.T) {
	t.Parallel()
	const id = "4b9f42284585b288dbbfb2bc14e4ff19922522ca"
	g := &Git{Credentials: web.Credentials{"github.com": {User: "x", Password: "t0ken"}}}
	const failed = "[remote rejected] (failed to update ref)"
	for _, tt := range []struct {
		reason, messages string
		want             error
	}{
		{"[rejected] (stale info)", "", ErrLease},
		{"[remote rejected] (reference already exists)", "", ErrLease},
		{"[remote rejected] (cannot lock ref 'refs/heads/b': is at " + id + " but expected " + id + ")", "", ErrLease},
		{"[remote rejected] (cannot lock ref)", "", ErrLease},
		{failed, "remote: error: cannot lock ref 'refs/heads/b': reference already exists        \n", ErrLease},
		{failed, "remote: error: cannot lock ref 'refs/heads/other': is at " + id + "\n", ErrRefused},
		{failed, "remote: error: cannot lock ref 'refs/heads/b': 'refs/heads' exists; cannot create 'refs/heads/b'\n", ErrRefused},
		{"[remote rejected] (protected branch hook declined)", "remote: error: GH006: Protected: t0ken.    \nremote: \n", ErrRefused},
		{"[remote rejected] (pre-receive hook declined)", "remote: GitLab: " + strings.Repeat("no\x1b[31m ", 1000) + "\n", ErrRefused},
	} {
		err := g.refusal(RefUpdate{Branch: "b"}, tt.reason, tt.messages)
		text := err.Error()
		if !errors.Is(err, tt.want) || len(text) > 1000 || strings.ContainsAny(text, "\x1b\n") || strings.Contains(text, "t0ken") {
			t.Errorf("%s: got %q, want %v", tt.reason, text, tt.want)
		}
	}
}
