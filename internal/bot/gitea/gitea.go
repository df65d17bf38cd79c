// Package gitea maintains pull requests on Gitea and Forgejo, which answer the same API.
package gitea

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"code.gitea.io/sdk/gitea"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Forge is one repository. It implements [bot.Forge].
type Forge struct {
	Backoff time.Duration // before asking again for what a server is not ready for; default [retry.DefaultBackoff]

	server      string
	owner, repo string
	http        *http.Client
	closed      history
	labels      labels
}

var _ bot.Forge = (*Forge)(nil)

// New returns the repository OWNER/REPO of a server, such as https://codeberg.org. It sends nothing.
func New(server, project string, transport http.RoundTripper) (*Forge, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, sources.WithHint(sources.Invalid("invalid address of a Gitea or Forgejo server"), "set it to an address such as https://codeberg.org")
	}
	owner, repo, _ := strings.Cut(project, "/")
	if owner == "" || repo == "" || strings.Contains(repo, "/") {
		return nil, sources.WithHint(sources.Invalid("invalid repository %.100q", project), "set it to OWNER/REPO")
	}
	return &Forge{server: server, owner: owner, repo: repo, http: &http.Client{Transport: transport}}, nil
}

// Limits implements [bot.Forge].
func (f *Forge) Limits() bot.Limits {
	return bot.Limits{
		Body:   65_535, // the most that MySQL's TEXT holds, as which a server may have its bodies
		Pushes: 500,    // the hooks of a push report this many refs at once: hookBatchSize in cmd/hook.go

		MayDuplicate: true,
	}
}

func (f *Forge) String() string { return f.owner + "/" + f.repo }

// call makes one call of the API. The SDK has one context for a client, so each call has its own client.
func call[T any](ctx context.Context, f *Forge, do func(*gitea.Client) (T, *gitea.Response, error)) (T, *gitea.Response, error) {
	// Without a version, the SDK does not ask for the server's. Those of Forgejo mean something else.
	client, err := gitea.NewClient(f.server, gitea.SetGiteaVersion(""), gitea.SetHTTPClient(f.http), gitea.SetContext(ctx))
	if err != nil {
		var none T
		return none, nil, err
	}
	value, resp, err := do(client)
	return value, resp, f.explain(resp, err)
}

// maxCause limits in bytes what an error shows of one that may quote the server.
const maxCause = 200

// explain adds a class and advice to an error of the SDK. resp is what the server answered, if it did.
func (f *Forge) explain(resp *gitea.Response, err error) error {
	if err == nil {
		return nil
	}
	if resp != nil {
		return fmt.Errorf("%w of %s: %s", web.ErrProtocol, f, terminal.Shorten(terminal.Clean(err.Error(), ""), maxCause))
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without the URL and its query, which the transport's error has
	}
	var status *web.StatusError
	if !errors.As(err, &status) {
		return err
	}
	if hint := f.hint(status); hint != "" {
		return sources.WithHint(err, "%s", hint)
	}
	return err
}

// hint is what helps against a refusal, "" if that is not known.
func (f *Forge) hint(e *web.StatusError) string {
	switch e.Status {
	case http.StatusUnauthorized:
		return fmt.Sprintf("set a token of %s with the scopes write:repository and write:issue", e.Host)
	case http.StatusForbidden:
		if scopes := missingScopes(e.Text); scopes != "" {
			return fmt.Sprintf("set a token with the scopes write:repository and write:issue; this one lacks %s", scopes)
		}
		return fmt.Sprintf("give the token's user write access to %s", f)
	case http.StatusNotFound:
		return fmt.Sprintf("check that the token's user can see %s, and that pull requests are enabled in its settings", f)
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return fmt.Sprintf("%s has moved; set the remote to its new address", f)
	case http.StatusLocked:
		return fmt.Sprintf("unarchive %s, or stop running the bot there", f)
	}
	return ""
}

// missingScopes reads the scopes that a token lacks. Gitea and Forgejo write "required scope(s): [write:issue]", Gitea since
// 1.25 "required scope(s), required=[write:issue], token scope=…".
func missingScopes(text string) string {
	_, rest, _ := strings.Cut(text, "required scope(s)")
	_, rest, _ = strings.Cut(rest, "[")
	scopes, _, _ := strings.Cut(rest, "]")
	return scopes
}
