package url

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Locator finds out where an address leads, without reading what is there: to final, after all redirects, and to
// immutable, which the server promises to keep as it is, "" if it promises nothing.
type Locator interface {
	Locate(ctx context.Context, address string) (final, immutable string, err error)
}

// locate returns the call of a file whose address redirects.
func (s Spec) locate(ctx context.Context, locator Locator) (sources.Fetch, error) {
	final, immutable, err := locator.Locate(ctx, s.URL)
	if err != nil {
		return sources.Fetch{}, err
	}
	target := final
	if immutable != "" {
		target = withoutLock(immutable)
	}
	target, _, _ = strings.Cut(target, "#")
	if target == s.URL {
		err := fmt.Errorf("%s does not redirect: %w", redact.Address(s.URL), sources.ErrAnswer)
		return sources.Fetch{}, sources.WithHint(err, "leave out --redirect, and pin the address itself")
	}
	address := s.URL
	s.URL = target
	if err := cmp.Or(validateTarget(target), s.validate()); err != nil {
		return sources.Fetch{}, fmt.Errorf("%s redirects to %s: %w", redact.Address(address), hostOf(target), err)
	}
	return s.fetch(), nil
}

// hostOf names where an address leads. Its path may grant access, as its query may.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "a malformed address"
	}
	return u.Host
}

// withoutLock drops from an immutable address the parameters in which Nix puts what is locked (Nix manual, "Lockable HTTP
// Tarball Protocol").
func withoutLock(address string) string {
	path, query, _ := strings.Cut(address, "?")
	kept := slices.DeleteFunc(strings.Split(query, "&"), func(parameter string) bool {
		name, _, _ := strings.Cut(parameter, "=")
		return parameter == "" || slices.Contains([]string{"rev", "narHash", "revCount", "lastModified"}, name)
	})
	if len(kept) == 0 {
		return path
	}
	return path + "?" + strings.Join(kept, "&")
}

// validateTarget refuses an address that is of no use later or to others, or that no lock may contain. The error is a
// [sources.ErrInvalid].
func validateTarget(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return sources.WithHint(sources.Invalid("its address is not https"), "leave out --redirect, and pin the address itself")
	}
	// Some networks sign addresses in the path: /exp=…~hmac=…/file.
	isSeparator := func(r rune) bool { return strings.ContainsRune("/&;~", r) }
	for parameter := range strings.FieldsFuncSeq(u.EscapedPath()+"&"+u.RawQuery, isSeparator) {
		name, _, hasValue := strings.Cut(parameter, "=")
		if name, err = url.QueryUnescape(name); hasValue && (err != nil || isSigned(name)) {
			return signed(fmt.Sprintf("the parameter %.40q", name))
		}
	}
	if token.MatchString(address) {
		return signed("a token")
	}
	return sources.ValidateURL(address)
}

func signed(what string) error {
	return sources.WithHint(sources.Invalid("its address has %s, which grants access or expires, and a lock holds no secrets", what),
		"leave out --redirect, and pin the address itself")
}

var (
	// grants matches names of parameters with which storages, content delivery networks and forges sign addresses, grant access
	// or set a time: those of AWS, Google, Azure, Alibaba, Tencent, Akamai and CloudFront are among them.
	grants = lazyregexp.New(`^(x[-_][a-z0-9]+[-_].*|.*(signature|token|expir|credential|secret|passw|access-?key|access-?id|api-?key|key-?pair|hmac|auth([^o]|ori[sz]|$)|signed|jwt|session|cookie).*)$`)
	// words are short names, and parts of names between separators, of the same meaning.
	words = []string{"sig", "sign", "se", "st", "skt", "ske", "exp", "ttl", "key", "ticket", "nonce", "verify", "policy", "hdnts", "hdnea", "md5", "sid", "until", "deadline"}
	// token matches a JSON Web Token (RFC 7519).
	token = lazyregexp.New(`eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.`)
)

// isSigned reports whether a parameter of an address may grant access for a time.
func isSigned(name string) bool {
	name = strings.ToLower(name)
	parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_.[]", r) })
	return grants.MatchString(name) || slices.ContainsFunc(parts, func(part string) bool { return slices.Contains(words, part) })
}
