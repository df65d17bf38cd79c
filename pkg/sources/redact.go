package sources

import (
	"net/url"
	"regexp"
	"strings"
)

// userPattern matches what may stand before an @ without being a secret: the user of ssh.
var userPattern = regexp.MustCompile(`^(git\+)?(ssh://)?[A-Za-z0-9_.-]+$`)

// RedactReference replaces what stands before the last @ of a reference, which may hold a
// token, unless the reference is a URL in whose path the @ stands.
func RedactReference(ref string) string {
	at := strings.LastIndexByte(ref, '@')
	if at < 0 || userPattern.MatchString(ref[:at]) {
		return ref
	}
	if u, err := url.Parse(ref); err == nil && u.Host != "" && u.User == nil {
		return ref
	}
	scheme, _, found := strings.Cut(ref[:at], "://")
	if found {
		return scheme + "://xxxxx" + ref[at:]
	}
	return "xxxxx" + ref[at:]
}
