package web

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/git-lfs/go-netrc/netrc"

	"github.com/pinfetch/pinfetch/pkg/redact"
)

// Credential is what one host is told. The zero value is none.
type Credential struct {
	User, Password string // a token is a Password
	Bearer         bool   // sent as a bearer token (RFC 6750) instead of basic authentication
}

// gitHubUser is the user name that GitHub expects beside a token over git and for archives.
const gitHubUser = "x-access-token"

// Credentials maps hosts ("github.com", "git.example.org:8443") to what each is told.
// An entry serves its own host alone.
type Credentials map[string]Credential

// Apply adds a host's credential to a request, if there is one and the request goes over https.
func (c Credentials) Apply(req *http.Request) {
	credential, found := c.Lookup(req.URL)
	switch {
	case !found:
	case credential.Bearer || credential.User == gitHubUser && strings.HasPrefix(req.URL.Path, "/api/"):
		req.Header.Set("Authorization", "Bearer "+credential.Password)
	default:
		req.SetBasicAuth(credential.User, credential.Password)
	}
}

// Header returns the credential as a header line, for programs that send requests of their own.
func (c Credential) Header() string {
	if c.Bearer {
		return "Authorization: Bearer " + c.Password
	}
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(c.User+":"+c.Password))
}

// Lookup returns the credential for a URL's host; over plain http there is none.
func (c Credentials) Lookup(u *url.URL) (Credential, bool) {
	if u.Scheme != "https" {
		return Credential{}, false
	}
	credential, found := c[hostOf(u)]
	return credential, found
}

// hostOf returns a URL's host in lower case, with its port unless that is the scheme's own.
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

// minSecret is the length in bytes below which a secret is not looked for: it would be found everywhere.
const minSecret = 4

// Redact replaces every secret in a text: each password in every form in which it is sent or may be repeated,
// also where the text was cut within one, and the userinfo of URLs.
func (c Credentials) Redact(text string) string {
	for _, secret := range c.secrets() {
		text = strings.ReplaceAll(text, secret, redact.Mask)
		for n := len(secret) - 1; n >= minSecret && strings.Contains(text, "…"); n-- {
			text = strings.ReplaceAll(text, secret[:n]+"…", redact.Mask+"…")
		}
	}
	return redact.Userinfo(text)
}

// AddGitHubToken makes a token known to a GitHub host, for git, archives and API,
// unless the host has a credential already.
func (c Credentials) AddGitHubToken(host, token string) {
	c.add(host, Credential{User: gitHubUser, Password: token})
	if host == "github.com" {
		c.add("api.github.com", Credential{Password: token, Bearer: true})
	}
}

// macros matches netrc's macdef, up to the next empty line.
var macros = regexp.MustCompile(`(?m)^[ \t]*macdef\b.*(?:\n.*\S.*)*(?:\n|$)`)

// AddNetrc reads the text of a netrc file (ftp(1)). An entry never replaces another
// credential; "default" is ignored, as it would send one host's password to every other.
func (c Credentials) AddNetrc(text string) error {
	text = macros.ReplaceAllString(text, "\n") // the library takes what stands in them for entries
	file, err := netrc.Parse(strings.NewReader(text))
	if err != nil {
		return err
	}
	words := strings.Fields(text)
	for i, word := range words { // the library finds machines but does not list them
		if word != "machine" || i+1 == len(words) {
			continue
		}
		if m := file.FindMachine(words[i+1], ""); m != nil && !m.IsDefault() {
			c.add(m.Name, Credential{User: m.Login, Password: m.Password})
		}
	}
	return nil
}

// AddAccessTokens reads the value of nix.conf's access-tokens: "github.com=TOKEN
// gitlab.com=PAT:TOKEN" (nix.conf(5)).
func (c Credentials) AddAccessTokens(value string) {
	for entry := range strings.FieldsSeq(value) {
		host, token, found := strings.Cut(entry, "=")
		if !found || host == "" || strings.Contains(host, "/") {
			continue
		}
		kind, rest, typed := strings.Cut(token, ":")
		switch {
		case typed && kind == "PAT":
			c.add(host, Credential{User: "oauth2", Password: rest})
		case typed && kind == "OAuth2":
			c.add(host, Credential{User: "oauth2", Password: rest})
		default:
			c.AddGitHubToken(host, token)
		}
	}
}

func (c Credentials) add(host string, credential Credential) {
	host = strings.ToLower(host)
	if _, known := c[host]; !known && credential.Password != "" {
		c[host] = credential
	}
}

// secrets returns every password in every form, the longest first.
func (c Credentials) secrets() []string {
	var secrets []string
	for _, credential := range c {
		basic := base64.StdEncoding.EncodeToString([]byte(credential.User + ":" + credential.Password))
		userinfo := strings.TrimPrefix(url.UserPassword("", credential.Password).String(), ":")
		for _, form := range []string{
			credential.Password, basic, strings.TrimRight(basic, "="), url.QueryEscape(credential.Password),
			url.PathEscape(credential.Password), userinfo, strings.Trim(strconv.Quote(credential.Password), `"`), base64.StdEncoding.EncodeToString([]byte(credential.Password)),
		} {
			if len(form) >= minSecret {
				secrets = append(secrets, form)
			}
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(secrets)
}
