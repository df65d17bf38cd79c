package web_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

func TestCredentialsGoToTheirHost(t *testing.T) {
	t.Parallel()
	credentials := web.Credentials{
		"git.example.org":        {User: "ada", Password: "one"},
		"api.example.org":        {Password: "two", Bearer: true},
		"git.example.org:8443":   {User: "ada", Password: "three"},
		"github.com":             {User: "x-access-token", Password: "ghp_1"},
		"api.github.com":         {Password: "ghp_1", Bearer: true},
		"ghe.example.org":        {User: "x-access-token", Password: "ghp_2"},
		"ghe.example.org/api/":   {Password: "ghp_2", Bearer: true},
		"path.example.org/a":     {User: "ada", Password: "one"},
		"localhost:3000":         {User: "ada", Password: "one"},
		"127.0.0.2":              {User: "ada", Password: "one"},
		"[::1]:3000":             {User: "ada", Password: "one"},
		"10.0.0.1":               {User: "ada", Password: "one"},
		"127.0.0.1.evil.example": {User: "ada", Password: "one"},
		"localhost.evil.example": {User: "ada", Password: "one"},
		"path.example.org/a/b":   {User: "ada", Password: "three"},
	}
	const (
		basicOne   = "Basic YWRhOm9uZQ=="
		basicThree = "Basic YWRhOnRocmVl"
		basicGHP1  = "Basic eC1hY2Nlc3MtdG9rZW46Z2hwXzE="
		basicGHP2  = "Basic eC1hY2Nlc3MtdG9rZW46Z2hwXzI="
	)
	tests := []struct{ url, want string }{
		{"https://git.example.org/a", basicOne},
		{"https://GIT.example.ORG/a", basicOne},
		{"https://git.example.org:443/a", basicOne},
		{"https://git.example.org:8443/a", basicThree},
		{"https://git.example.org:9443/a", ""},
		{"http://git.example.org/a", ""},
		{"http://git.example.org:443/a", ""},
		{"http://git.example.org:8443/a", ""},
		{"https://sub.git.example.org/a", ""},
		{"https://example.org/a", ""},
		{"https://git.example.org.evil.example/a", ""},
		{"https://evilgit.example.org/a", ""},
		{"https://api.example.org/a", "Bearer two"},
		{"http://api.example.org/a", ""},
		{"https://github.com/a/b/archive/c.tar.gz", basicGHP1},
		{"https://github.com/a/b.git/info/refs?service=git-upload-pack", basicGHP1},
		{"https://api.github.com/repos/a/b", "Bearer ghp_1"},
		{"https://codeload.github.com/a/b", ""},
		{"https://raw.githubusercontent.com/a/b", ""},
		{"https://ghe.example.org/a/b.git/info/refs", basicGHP2},
		{"https://ghe.example.org/api/v3/repos/a/b", "Bearer ghp_2"},
		{"https://ghe.example.org/api", "Bearer ghp_2"},
		{"https://ghe.example.org/apis", basicGHP2},
		{"https://ghe.example.org/", basicGHP2},
		{"http://ghe.example.org/api/v3/repos/a/b", ""},
		{"https://api.ghe.example.org/repos/a/b", ""},
		{"http://LocalHost:3000/a", basicOne},
		{"http://localhost/a", ""},
		{"http://127.0.0.2/a", basicOne},
		{"http://127.0.0.3/a", ""},
		{"http://[::1]:3000/a", basicOne},
		{"http://10.0.0.1/a", ""},
		{"http://127.0.0.1.evil.example/a", ""},
		{"http://localhost.evil.example/a", ""},
		{"https://path.example.org/", ""},
		{"https://path.example.org/ab", ""},
		{"https://path.example.org/a", basicOne},
		{"https://path.example.org/a/c", basicOne},
		{"https://path.example.org/a/bc", basicOne},
		{"https://path.example.org/a/b", basicThree},
		{"https://path.example.org/a/b/c", basicThree},
	}
	f := forgetest.New(t)
	f.Fault(forgetest.Fault{Kind: forgetest.Status(200, nil, "")})
	c := newClient(t, f, web.Options{Credentials: credentials})
	for _, tt := range tests {
		f.ResetLog()
		if _, err := get(t, c, tt.url); err != nil {
			t.Errorf("%s: %v", tt.url, err)
			continue
		}
		if got := only(t, f).Header.Get("Authorization"); got != tt.want {
			t.Errorf("%s: got Authorization %q, want %q", tt.url, got, tt.want)
		}
	}
}

func TestCredentialsAndRedirects(t *testing.T) {
	t.Parallel()
	const secret = "Basic YWRhOmh1bnRlcjI=" // ada:hunter2
	tests := []struct {
		name  string
		start string
		hops  []string // where each redirect leads; the paths are /1, /2, …
		want  []string // Authorization of the first request and of each hop
	}{
		{"another host", "https://git.example.org", []string{"https://evil.example"}, []string{secret, ""}},
		{"a subdomain", "https://git.example.org", []string{"https://sub.git.example.org"}, []string{secret, ""}},
		{"the parent domain", "https://git.example.org", []string{"https://example.org"}, []string{secret, ""}},
		{"another port", "https://git.example.org", []string{"https://git.example.org:8443"}, []string{secret, ""}},
		{"the same host", "https://git.example.org", []string{"https://git.example.org"}, []string{secret, secret}},
		{"the same host in other letters", "https://git.example.org", []string{"https://Git.Example.ORG"}, []string{secret, secret}},
		{"the same host with its port", "https://git.example.org", []string{"https://git.example.org:443"}, []string{secret, secret}},
		{"away and back", "https://git.example.org", []string{"https://evil.example", "https://git.example.org"}, []string{secret, "", secret}},
		{"away, on and back", "https://git.example.org", []string{"https://a.evil.example", "https://b.evil.example", "https://git.example.org"}, []string{secret, "", "", secret}},
		{"from http", "http://git.example.org", []string{"https://git.example.org"}, []string{"", secret}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			for i, hop := range tt.hops {
				f.File("", fmt.Sprintf("/%d", i), forgetest.Content{Redirect: fmt.Sprintf("%s/%d", hop, i+1)})
			}
			f.File("", fmt.Sprintf("/%d", len(tt.hops)), forgetest.Content{Body: []byte("end")})
			c := newClient(t, f, web.Options{Credentials: web.Credentials{"git.example.org": {User: "ada", Password: "hunter2"}}})
			if _, err := get(t, c, tt.start+"/0"); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range f.Requests() {
				got = append(got, r.Header.Get("Authorization"))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A caller's own Authorization header, or a URL's userinfo, does not follow redirects to other hosts either.
func TestOwnAuthorizationAndRedirects(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"https://evil.example", "https://sub.git.example.org"} {
		f := forgetest.New(t)
		f.File("git.example.org", "/0", forgetest.Content{Redirect: target + "/1"})
		f.File("", "/1", forgetest.Content{Body: []byte("end")})
		c := newClient(t, f, web.Options{})
		r := web.Request{URL: "https://git.example.org/0", Header: http.Header{"Authorization": {"Bearer hunter2"}}}
		if err := c.Do(t.Context(), r, func(*http.Response) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := get(t, c, "https://ada:hunter2@git.example.org/0"); err != nil {
			t.Fatal(err)
		}
		requests := f.Requests()
		if len(requests) != 4 {
			t.Fatalf("got %d requests, want 4", len(requests))
		}
		for i, r := range requests {
			got := r.Header.Get("Authorization")
			if isHome := i%2 == 0; isHome == (got == "") {
				t.Errorf("%s: request %d: got Authorization %q", target, i, got)
			}
			if referer := r.Header.Get("Referer"); referer != "" {
				t.Errorf("%s: request %d: got Referer %q", target, i, referer)
			}
		}
	}
}

func TestAddNetrc(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       web.Credentials
	}{
		{"empty", "", web.Credentials{}},
		{"one line", "machine a.example login ada password one machine b.example login bob password two\n", web.Credentials{
			"a.example": {User: "ada", Password: "one"}, "b.example": {User: "bob", Password: "two"},
		}},
		{"many lines", "machine a.example\n\tlogin ada\n\tpassword one\n\nmachine b.example\n  password two\n  login bob\n", web.Credentials{
			"a.example": {User: "ada", Password: "one"}, "b.example": {User: "bob", Password: "two"},
		}},
		{"carriage returns", "machine a.example\r\n  login ada\r\n  password one\r\n", web.Credentials{"a.example": {User: "ada", Password: "one"}}},
		{"no final newline", "machine a.example login ada password one", web.Credentials{"a.example": {User: "ada", Password: "one"}}},
		{"comments", "# machine c.example login eve password zero\nmachine a.example # here\n  login ada\n  # between\n  password one\n", web.Credentials{
			"a.example": {User: "ada", Password: "one"},
		}},
		{"default is ignored", "machine a.example login ada password one\ndefault login eve password zero\n", web.Credentials{"a.example": {User: "ada", Password: "one"}}},
		{"account", "machine a.example login ada account acme password one\n", web.Credentials{"a.example": {User: "ada", Password: "one"}}},
		{"macro", "machine a.example login ada password one\nmacdef init\n  cd /pub\n  get it\n\nmachine b.example login bob password two\n", web.Credentials{
			"a.example": {User: "ada", Password: "one"}, "b.example": {User: "bob", Password: "two"},
		}},
		{"a macro that looks like an entry", "machine a.example login ada password one\nmacdef init\nmachine evil.example login eve password zero\n\nmachine b.example login bob password two\n", web.Credentials{
			"a.example": {User: "ada", Password: "one"}, "b.example": {User: "bob", Password: "two"},
		}},
		{"first of a host", "machine a.example login ada password one\nmachine a.example login bob password two\n", web.Credentials{"a.example": {User: "ada", Password: "one"}}},
		{"upper case and port", "machine A.Example login ada password one\nmachine a.example:8443 login bob password two\n", web.Credentials{
			"a.example": {User: "ada", Password: "one"}, "a.example:8443": {User: "bob", Password: "two"},
		}},
		{"no password", "machine a.example login ada\n", web.Credentials{}},
		{"no login", "machine a.example password one\n", web.Credentials{"a.example": {Password: "one"}}},
		{"# within a password", "machine a.example login ada password o#ne\nmachine b.example login bob password two\n", web.Credentials{
			"a.example": {User: "ada", Password: "o#ne"}, "b.example": {User: "bob", Password: "two"},
		}},
		{"quoted words", `machine "a.example" login "ada b" password "o n\"e\\"` + "\nmachine b.example login \"\" password \"two\"\n", web.Credentials{
			"a.example": {User: "ada b", Password: `o n"e\`}, "b.example": {Password: "two"},
		}},
		{"default first", "default login eve password zero\nmachine a.example login ada password one\n", web.Credentials{"a.example": {User: "ada", Password: "one"}}},
		{"default in the middle", "machine a.example login ada password one default login eve password zero machine b.example login bob password two\n", web.Credentials{
			"a.example": {User: "ada", Password: "one"}, "b.example": {User: "bob", Password: "two"},
		}},
		{"keywords in upper case", "MACHINE a.example LOGIN ada PASSWORD one\n", web.Credentials{"a.example": {User: "ada", Password: "one"}}},
		{"a commented password", "machine a.example login ada\n#password zero\npassword one\n", web.Credentials{"a.example": {User: "ada", Password: "one"}}},
		{"white space in quotes", "machine a.example login ada password \" one \"\n", web.Credentials{"a.example": {User: "ada", Password: "one"}}},
		{"a macro at the end", "machine a.example login ada password one\nmacdef init\nmachine evil.example login eve password zero", web.Credentials{
			"a.example": {User: "ada", Password: "one"},
		}},
		{"keywords as values", "machine a.example login machine password default\nmachine b.example login bob password two\n", web.Credentials{
			"a.example": {User: "machine", Password: "default"}, "b.example": {User: "bob", Password: "two"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := web.Credentials{}
			if err := got.AddNetrc(tt.text, ""); err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// A truncated file is an error or provides its complete entries.
func TestAddNetrcBroken(t *testing.T) {
	t.Parallel()
	const whole = "machine a.example login ada password one\nmachine b.example login bob password two\n"
	for i := range whole {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			defer func() {
				if v := recover(); v != nil {
					t.Errorf("%q: panic: %v", whole[:i], v)
				}
			}()
			c := web.Credentials{}
			c.AddNetrc(whole[:i], "")
			if first := strings.IndexByte(whole, '\n'); i > first && c["a.example"].Password != "one" && len(c) > 0 {
				t.Errorf("%q: got %v", whole[:i], c)
			}
		})
	}
}

func TestAddNeverReplaces(t *testing.T) {
	t.Parallel()
	c := web.Credentials{}
	c.Add("Git.Example.org", web.Credential{User: "ada", Password: "one"})
	c.Add("git.example.org", web.Credential{User: "ada", Password: "two"})
	c.Add("git.example.org/API/", web.Credential{Password: "one", Bearer: true})
	c.Add("empty.example.org", web.Credential{User: "ada"})
	if err := c.AddNetrc("machine git.example.org login ada password three\n", ""); err != nil {
		t.Fatal(err)
	}
	want := web.Credentials{"git.example.org": {User: "ada", Password: "one"}, "git.example.org/API/": {Password: "one", Bearer: true}}
	if !maps.Equal(c, want) {
		t.Errorf("got %v, want %v", c, want)
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	c := web.Credentials{
		"github.com":           {User: "x-access-token", Password: "ghp_0123456789"},
		"ghe.example.org/api/": {Password: "ghp_9876543210", Bearer: true},
	}
	if err := c.AddNetrc("machine a.example login ada password p@ss/word\nmachine b.example login b password abc\n", ""); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ text, want string }{
		{"token ghp_0123456789, again ghp_0123456789", "token xxxxx, again xxxxx"},
		{"Authorization: " + strings.TrimPrefix(c["github.com"].Header(), "Authorization: "), "Authorization: Basic xxxxx"},
		{"p%40ss%2Fword and p@ss/word and " + base64.StdEncoding.EncodeToString([]byte("p@ss/word")), "xxxxx and xxxxx and xxxxx"},
		{"of a path: ghp_9876543210", "of a path: xxxxx"},
		{"cut off: ghp_01234…", "cut off: xxxxx…"},
		{"https://ada:secret@a.example/x and http://token@b.example", "https://xxxxx@a.example/x and http://xxxxx@b.example"},
		{"git@github.com:o/r, ssh://git@github.com/o/r, https://a.example/@b", "git@github.com:o/r, ssh://git@github.com/o/r, https://a.example/@b"},
		{"abc is too short to be looked for", "abc is too short to be looked for"},
	} {
		if got := c.Redact(tt.text); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}
