package gitiles

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

const (
	// jsonPrefix begins every answer, so that no browser runs one as a script (gitiles, BaseServlet.java).
	jsonPrefix = ")]}'\n"
	// timeLayout is how JGit writes a time (jgit, GitDateFormatter.java).
	timeLayout = "Mon Jan 2 15:04:05 2006 -0700"
	// maxCommit limits in bytes what Gitiles tells of a commit: its message, and every file that it changes.
	maxCommit = 16 << 20
)

// date asks Gitiles for the day on which a commit was made.
func date(ctx context.Context, transport http.RoundTripper, s Spec, rev string) (string, error) {
	address := s.page() + "/+/" + rev + "?format=JSON"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", sources.Invalid("address %q: %v", address, err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return "", fmt.Errorf("date of commit %s: %w", rev, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxCommit))
	if err != nil {
		return "", fmt.Errorf("date of commit %s: %w", rev, err)
	}
	var told struct {
		Commit    string `json:"commit"`
		Committer struct {
			Time string `json:"time"`
		} `json:"committer"`
	}
	at := time.Time{}
	rest, found := bytes.CutPrefix(body, []byte(jsonPrefix))
	if found && json.Unmarshal(rest, &told) == nil && told.Commit == rev {
		at, err = time.Parse(timeLayout, told.Committer.Time)
	}
	if err != nil || at.IsZero() {
		return "", fmt.Errorf("date of commit %s: %s does not tell it as Gitiles does: %w", rev, s.Host, sources.ErrAnswer)
	}
	return at.UTC().Format(time.DateOnly), nil
}
