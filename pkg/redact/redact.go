// Package redact removes what may be secret from addresses before they are shown.
package redact

import (
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// Mask replaces a secret.
const Mask = "xxxxx"

// maxURL is how many bytes of a URL are shown.
const maxURL = 500

// URL returns u without userinfo, query and fragment, cut off after 500 bytes. "?…" stands for a query.
func URL(u *url.URL) string {
	safe := *u
	safe.User, safe.RawQuery, safe.Fragment, safe.RawFragment, safe.ForceQuery = nil, "", "", "", false
	text := shorten(safe.String())
	if u.RawQuery != "" {
		text += "?…"
	}
	return text
}

func shorten(text string) string {
	if len(text) <= maxURL {
		return text
	}
	return strings.ToValidUTF8(text[:maxURL], "") + "…"
}

// Address is [URL] for a URL given as text. If text is not a URL, everything after the first "?" or "#" is removed
// and the rest is treated as by [Reference] and cut off.
func Address(text string) string {
	if u, err := url.Parse(text); err == nil && u.Scheme != "" {
		return URL(u)
	}
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		text = text[:i] + "?…"
	}
	return shorten(Reference(text))
}

var (
	// userPattern matches a reference in which what precedes the @ is no secret: the user of ssh, and the scope of npm.
	userPattern = lazyregexp.New(`^((git\+)?ssh://[A-Za-z0-9_.-]+@|[A-Za-z0-9_.-]+@[^/@]+:|npm:@)[^@]*$`)
	// versionedPattern matches a path, a reference to a forge or a registry, a package URL, or USER@HOST:PATH, with a version
	// after it and perhaps what says where it is or which file. It does not match a host after the @, because then a token may
	// precede it.
	versionedPattern = lazyregexp.New(`^((github|gh|gitlab|codeberg|forgejo|gitea|sourcehut|bitbucket|` +
		`pypi|crate|npm|gem|hackage|hex|openvsx|vscode):|maven:[A-Za-z0-9_.-]+:|(?i:pkg):/*[A-Za-z0-9.+-]+/|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:)?` +
		`(%40|[~@])?[A-Za-z0-9_.-]+((/|%2[Ff])[A-Za-z0-9_.-]+)*@(v?[0-9][A-Za-z0-9._+-]*|[A-Za-z0-9_-]+)` +
		`(\?(host|type|classifier)=[A-Za-z0-9.:-]+)?$`)
)

// secretName are the names of parameters with which storages and forges grant access to an address.
const secretName = `(?:x-(?:amz|goog)-(?:signature|credential|security-token)|(?:access|private|job|auth|api)[-_]?(?:token|key)|` +
	`token|sig|signature|secret|password|awsaccesskeyid|key-pair-id)`

var (
	secretParameter = lazyregexp.New(`(?i)((?:^|[?&])` + secretName + `=)[^&#]*`)
	wholeSecretName = lazyregexp.New(`(?i)^` + secretName + `$`)
)

// GrantsAccess reports whether a parameter of a URL's query is a token or a signature: "private_token", "X-Amz-Signature".
func GrantsAccess(parameter string) bool { return wholeSecretName.MatchString(parameter) }

// Reference replaces everything before the last @ of a reference that a user typed, because it may be a token, and the values
// of parameters that grant access. A URL that has the @ in its path, the user of ssh, and a reference with a version after it are
// kept.
func Reference(ref string) string {
	return secretParameter.ReplaceAllString(withoutUser(ref), "${1}"+Mask)
}

func withoutUser(ref string) string {
	at := strings.LastIndexByte(ref, '@')
	if at <= 0 || userPattern.MatchString(ref) || versionedPattern.MatchString(ref) {
		return ref
	}
	if u, err := url.Parse(ref); err == nil && u.Host != "" && u.User == nil {
		return ref
	}
	if scheme, _, found := strings.Cut(ref[:at], "://"); found {
		return scheme + "://" + Mask + ref[at:]
	}
	return Mask + ref[at:]
}

var userinfo = lazyregexp.New(`(https?://)[^/@\s"'\x60]+@`)

// Userinfo replaces the userinfo of every http and https URL within text.
func Userinfo(text string) string { return userinfo.ReplaceAllString(text, "${1}"+Mask+"@") }
