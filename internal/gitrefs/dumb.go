package gitrefs

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// readInfoRefs reads the refs of a repository on a plain web server, from the file that "git update-server-info" writes
// (gitprotocol-http(5), "Dumb Server Response"): lines "ID", a tab, "NAME". If it is not that file, the error is notRefs.
func readInfoRefs(body io.Reader, notRefs error) (a advertisement, err error) {
	a.isDumb = true
	lines := bufio.NewScanner(io.LimitReader(body, MaxResponse))
	for lines.Scan() {
		id, name, isRef := strings.Cut(lines.Text(), "\t")
		if !isRef || !sources.IsCommit(id) {
			return a, notRefs
		}
		if err := AddAdvertised(&a.refs, id+" "+name, []string{""}); err != nil {
			return a, err
		}
	}
	if lines.Err() == bufio.ErrTooLong {
		return a, notRefs
	}
	return a, lines.Err()
}

// dumbHead reads the target of HEAD, "" if it is detached or dangling. A repository without refs must have a HEAD:
// the file info/refs is empty then, as any file may be.
func (c *Client) dumbHead(ctx context.Context, a advertisement) (head string, err error) {
	isHead := false
	err = c.web.Do(ctx, web.Request{URL: a.base + "/HEAD"}, func(resp *http.Response) error {
		text, err := web.ReadAll(resp.Body, maxPacket)
		head, isHead = strings.CutPrefix(strings.TrimSpace(string(text)), "ref: ")
		return err
	})
	switch {
	case err != nil && !errors.Is(err, web.ErrNotFound):
		return "", err
	case !isHead && len(a.refs.List) == 0:
		return "", errEmpty
	case !isHead || isDangling(a.refs, head):
		return "", nil
	}
	return head, nil
}
