package web

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pinfetch/pinfetch/pkg/redact"
)

// Credential authenticates a user to a server. The zero value is no credential.
type Credential struct {
	User, Password string // a token is a Password
	Bearer         bool   // sent as a bearer token (RFC 6750) instead of basic authentication
	Source         string // where the user set it, such as "GITHUB_TOKEN"
}

// IsPrintable reports whether a credential is free of control characters, which no server accepts.
func (c Credential) IsPrintable() bool {
	return !strings.ContainsFunc(c.User+c.Password, unicode.IsControl)
}

// Header returns the credential as a header line, for programs that send their own requests.
func (c Credential) Header() string { return "Authorization: " + c.authorization() }

func (c Credential) authorization() string {
	if c.Bearer {
		return "Bearer " + c.Password
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.User+":"+c.Password))
}

// Credentials maps each host, with its port unless that is 443, to its credential: "github.com",
// "git.example.org:8443". A key may continue with a path: "git.example.org/api/" is for all URLs below that path. The
// longest key that matches a URL wins.
type Credentials map[string]Credential

// Add adds a credential without the white space around it, unless the key already has one or the password is empty.
func (c Credentials) Add(key string, credential Credential) {
	credential.User, credential.Password = strings.TrimSpace(credential.User), strings.TrimSpace(credential.Password)
	host, path, hasPath := strings.Cut(key, "/")
	if key = strings.ToLower(host); hasPath {
		key += "/" + path
	}
	if _, known := c[key]; !known && credential.Password != "" {
		c[key] = credential
	}
}

// Apply adds the credential for its URL to a request, if there is one.
func (c Credentials) Apply(req *http.Request) {
	if credential, found := c.Lookup(req.URL); found {
		req.Header.Set("Authorization", credential.authorization())
	}
}

// sourceIn returns the source of the credential that a request was sent with, "" if there was none.
func (c Credentials) sourceIn(req *http.Request) string {
	credential, found := c.Lookup(req.URL)
	if !found || req.Header.Get("Authorization") != credential.authorization() {
		return ""
	}
	return credential.Source
}

// Lookup returns the credential for a URL. For plain http there is none, except on this machine's loopback interface: nobody
// else can read what is sent there, as long as it is not sent through a proxy.
func (c Credentials) Lookup(u *url.URL) (credential Credential, found bool) {
	if u.Scheme != "https" && !(u.Scheme == "http" && IsLoopback(u.Hostname())) {
		return Credential{}, false
	}
	longest := ""
	for key := range c {
		host, path, _ := strings.Cut(key, "/")
		below := path == "" || strings.HasPrefix(u.Path+"/", "/"+strings.TrimSuffix(path, "/")+"/")
		if host == hostOf(u) && below && len(key) > len(longest) {
			longest = key
		}
	}
	credential, found = c[longest]
	return credential, found
}

// IsLoopback reports whether a host is this machine: localhost, 127.0.0.0/8 or ::1 (RFC 6761, section 6.3; RFC 6890).
func IsLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.IsLoopback()
}

// hostOf returns a URL's host in lower case, with its port unless that is the default of the scheme.
func hostOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		return strings.TrimSuffix(host, ":443")
	case "http":
		return strings.TrimSuffix(host, ":80")
	}
	return host
}

// minSecret is the length in bytes of the shortest secret that Redact looks for: shorter ones occur everywhere.
const minSecret = 4

// Redact masks every password in a text, in every form in which it may be sent or repeated, even if the text was cut off
// within it. It also masks the userinfo of URLs.
func (c Credentials) Redact(text string) string {
	for _, secret := range c.secrets() {
		text = strings.ReplaceAll(text, secret, redact.Mask)
		for n := len(secret) - 1; n >= minSecret && strings.Contains(text, "…"); n-- {
			text = strings.ReplaceAll(text, secret[:n]+"…", redact.Mask+"…")
		}
	}
	return redact.Userinfo(text)
}

// secrets returns every password in every form, the longest first.
func (c Credentials) secrets() []string {
	var secrets []string
	for _, credential := range c {
		password := credential.Password
		basic := base64.StdEncoding.EncodeToString([]byte(credential.User + ":" + password))
		for _, form := range []string{
			password, basic, strings.TrimRight(basic, "="), base64.StdEncoding.EncodeToString([]byte(password)),
			url.QueryEscape(password), url.PathEscape(password), strings.TrimPrefix(url.UserPassword("", password).String(), ":"),
			strings.Trim(strconv.Quote(password), `"`),
		} {
			if len(form) >= minSecret {
				secrets = append(secrets, form)
			}
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(secrets)
}
