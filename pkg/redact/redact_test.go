package redact_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pinfetch/pinfetch/pkg/redact"
)

func TestURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://example.org/a/b":                 "https://example.org/a/b",
		"https://ada:hunter2@example.org/a":       "https://example.org/a",
		"https://hunter2@example.org/a?":          "https://example.org/a",
		"https://example.org/a?token=hunter2":     "https://example.org/a?…",
		"https://example.org/a#hunter2":           "https://example.org/a",
		"https://example.org/a%2Fb?x=hunter2#y":   "https://example.org/a%2Fb?…",
		"ssh://git:hunter2@example.org:22/a.git":  "ssh://example.org:22/a.git",
		"https://example.org:8443/a?hunter2#%20x": "https://example.org:8443/a?…",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		before := *u
		if got := redact.URL(u); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
		if *u != before {
			t.Errorf("%s: the URL was changed", text)
		}
		if got := redact.Address(text); got != want {
			t.Errorf("Address(%s): got %q, want %q", text, got, want)
		}
	}
}

func TestURLIsShort(t *testing.T) {
	t.Parallel()
	got := redact.Address("https://example.org/" + strings.Repeat("ä", 5000))
	if len(got) > 600 || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
		t.Errorf("got %d bytes: %q", len(got), got)
	}
}

func TestAddressThatIsNoURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://ada:hunter2@example.org/%zz?token=hunter3": "https://xxxxx@example.org/%zz?…",
		"https://example.org/%zz#hunter3":                   "https://example.org/%zz?…",
		"git@example.org:o/r.git":                           "git@example.org:o/r.git",
		"/srv/r.git":                                        "/srv/r.git",
	} {
		if got := redact.Address(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestReference(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{
		"gitlab:o/r?token=abc&host=x":               "gitlab:o/r?token=xxxxx&host=x",
		"https://example.org/a?X-Amz-Signature=abc": "https://example.org/a?X-Amz-Signature=xxxxx",
		"https://example.org/a?author=abc":          "https://example.org/a?author=abc",
		"github:o/r":                                "github:o/r",
		"git@github.com:o/r.git":                    "git@github.com:o/r.git",
		"https://example.org/a@1":                   "https://example.org/a@1",
		"git+ssh://git@example.org/r.git":           "git+ssh://git@example.org/r.git",
		"ssh://git@example.org/r.git":               "ssh://git@example.org/r.git",
		"https://s3cret@example.org/a":              "https://xxxxx@example.org/a",
		"https://u:s3cret@example.org/a":            "https://xxxxx@example.org/a",
		"git+https://u:s3cret@example.org/a":        "git+https://xxxxx@example.org/a",
		"ssh://u:s3cret@example.org/a":              "ssh://xxxxx@example.org/a",
		"https://u:p@s3cret@example.org/a":          "https://xxxxx@example.org/a",
		"ripgrep@14.1.0":                            "ripgrep@14.1.0",
		"github:o/r@14.1.0":                         "github:o/r@14.1.0",
		"gitlab:g/s/r@v1.0-rc.1":                    "gitlab:g/s/r@v1.0-rc.1",
		"github:o/r@main":                           "github:o/r@main",
		"github.com/o/r@v1":                         "github.com/o/r@v1",
		"npm:@scope/name@1.0.0":                     "npm:@scope/name@1.0.0",
		"npm:@scope/name":                           "npm:@scope/name",
		"npm:s3cret@example.org/a":                  "xxxxx@example.org/a",
		"o/r@v1":                                    "o/r@v1",
		"@scope":                                    "@scope",
		"pkg:pypi/name@1.0":                         "pkg:pypi/name@1.0",
		"pkg:npm/%40scope/name@1.0":                 "pkg:npm/%40scope/name@1.0",
		"pkg:maven/g/a@1.0?type=pom":                "pkg:maven/g/a@1.0?type=pom",
		"gitlab:g/r@v1?host=example.org":            "gitlab:g/r@v1?host=example.org",
		"gitlab:s3cret@example.org/r?host=a":        "xxxxx@example.org/r?host=a",
		"pkg:npm/s3cret@example.org/a":              "xxxxx@example.org/a",
		"git@github.com:o/r.git@v1":                 "git@github.com:o/r.git@v1",
		"u:s3cret@example.org:o/r.git@v1":           "xxxxx@v1",
		"s3cret@example.org/o/r":                    "xxxxx@example.org/o/r",
		"s3cret@example.org":                        "xxxxx@example.org",
		"s3/cret@example.org":                       "xxxxx@example.org",
		"s3/cret@example.org/a":                     "xxxxx@example.org/a",
		"u:s3/cret@localhost":                       "xxxxx@localhost",
		"u:s3cret@1.2.3.4":                          "xxxxx@1.2.3.4",
		"github:u:s3cret@o/r":                       "xxxxx@o/r",
		"github:s3cret@github.com/o/r":              "xxxxx@github.com/o/r",
	} {
		if got := redact.Reference(ref); got != want {
			t.Errorf("%q: got %q, want %q", ref, got, want)
		}
	}
}

func TestUserinfo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://ada:secret@a.example/x and http://token@b.example":              "https://xxxxx@a.example/x and http://xxxxx@b.example",
		"git@github.com:o/r, ssh://git@github.com/o/r, https://a.example/@b":     "git@github.com:o/r, ssh://git@github.com/o/r, https://a.example/@b",
		"fatal: unable to access 'https://ada:secret@a.example/x/': not found\n": "fatal: unable to access 'https://xxxxx@a.example/x/': not found\n",
	} {
		if got := redact.Userinfo(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
