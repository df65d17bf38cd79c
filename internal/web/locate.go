package web

import (
	"context"
	"net/http"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// Locate sends a GET request, because servers refuse HEAD, and returns the address at which its redirects end, without
// reading what is there. immutable is the address that the server, or one that redirects, promises to keep as it is
// (Link: <URL>; rel="immutable", as in Nix's lockable HTTP tarball protocol), "" if there is none.
func (c *Client) Locate(ctx context.Context, address string) (final, immutable string, err error) {
	err = c.Do(ctx, Request{URL: address}, func(resp *http.Response) error {
		final, immutable = resp.Request.URL.String(), ""
		for r := resp; r != nil && immutable == ""; r = r.Request.Response {
			immutable = immutableLink(r)
		}
		return nil
	})
	return final, immutable, err
}

var (
	// link matches one link of a Link field (RFC 8288, section 3): its target and its parameters.
	link = lazyregexp.New(`<([^<>]*)>([^<]*)`)
	// isImmutable matches parameters with the relation type "immutable", alone or among others.
	isImmutable = lazyregexp.New(`(?i);\s*rel\s*=\s*("([^"]*\s)?immutable(\s[^"]*)?"|immutable\s*([;,]|$))`)
)

func immutableLink(resp *http.Response) string {
	for _, field := range resp.Header.Values("Link") {
		for _, m := range link.FindAllStringSubmatch(field, -1) {
			if !isImmutable.MatchString(m[2]) {
				continue
			}
			if target, err := resp.Request.URL.Parse(m[1]); err == nil {
				return target.String()
			}
		}
	}
	return ""
}
