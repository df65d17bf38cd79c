package gitrefs

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// baseOf returns the URL of the repository after the redirects of a request for a path below it. As in git, later
// requests go there (git, remote-curl.c).
func baseOf(resp *http.Response, base, path string) string {
	u := *resp.Request.URL
	prefix, found := strings.CutSuffix(u.Path, path)
	if !found {
		return base
	}
	u.Path, u.RawPath, u.RawQuery = prefix, "", ""
	return u.String()
}

// movedTo returns the URL of the repository after redirects that are all permanent (RFC 9110, 15.4), "" if it has not
// moved or if no lock may contain that URL. Another spelling of one address is not a move.
func movedTo(resp *http.Response, base, path string) string {
	for via := resp.Request.Response; via != nil; via = via.Request.Response {
		if via.StatusCode != http.StatusMovedPermanently && via.StatusCode != http.StatusPermanentRedirect {
			return ""
		}
	}
	to := baseOf(resp, base, path)
	if spelling(to) == spelling(base) || len(to) > maxName || sources.ValidateURL(to) != nil {
		return ""
	}
	return to
}

// spelling returns a form of a URL that does not depend on what most servers ignore.
func spelling(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + strings.TrimSuffix(strings.TrimRight(u.Path, "/"), ".git")
}
