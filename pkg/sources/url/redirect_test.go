package url_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
)

// located is what a server says of an address.
type located struct{ final, immutable string }

func (l located) Locate(context.Context, string) (final, immutable string, err error) {
	return l.final, l.immutable, nil
}

const mutable = "https://example.org/latest.tar.gz"

func TestRedirect(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		located
		want, version string
	}{
		{located{final: "https://dl.example.org/tool-1.2.tar.gz"}, "https://dl.example.org/tool-1.2.tar.gz", "1.2"},
		{located{final: "https://dl.example.org/tool?file=a&arch=x86_64"}, "https://dl.example.org/tool?file=a&arch=x86_64", ""},
		{located{final: "https://dl.example.org/tool#readme"}, "https://dl.example.org/tool", ""},
		{located{final: mutable, immutable: "https://example.org/a/0123.tar.gz?rev=0123&revCount=7&narHash=sha256-x&lastModified=1"}, "https://example.org/a/0123.tar.gz", ""},
		{located{final: "https://dl.example.org/a?sig=x", immutable: "https://example.org/a.tar.gz?dir=x&rev=0123"}, "https://example.org/a.tar.gz?dir=x", ""},
	} {
		set := sources.NewSet(url.New(tt.located, nil))
		spec := url.Spec{URL: mutable, Redirect: true, Content: sources.Content{Unpack: true}}
		got, err := set.Resolve(t.Context(), spec)
		if err != nil || got.Call().URL != tt.want || got.Version != tt.version {
			t.Errorf("%+v: got %+v, %v, want %q, version %q", tt.located, got, err, tt.want, tt.version)
		}
		if err := spec.Accepts(got); err != nil {
			t.Errorf("%+v: refuses its own resolution: %v", tt.located, err)
		}
	}
}

// An address that grants access, expires, or may be read on the way is never locked, whoever signed it.
func TestRedirectRefuses(t *testing.T) {
	t.Parallel()
	const secret = "s3cret"
	targets := map[string]string{
		mutable:                   "does not redirect",
		"http://dl.example.org/a": "not https", "https://u:" + secret + "@dl.example.org/a": "credentials", "ftp://dl.example.org/a": "not https",
		"https://github.com/o/r/archive/main.tar.gz": "generated", "https://dl.example.org/a b": "not allowed", "https://dl.example.org/a b?token=" + secret: "which grants access",
		"https://dl.example.org/exp=1700000000~acl=/*~hmac=" + secret + "/a":                 `"exp"`,
		"https://dl.example.org/a?x=eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9." + secret: "a token",
	}
	for _, name := range []string{
		"X-Amz-Signature", "X-Amz-Credential", "x-amz-expires", "AWSAccessKeyId", "Signature", "Expires", "X-Goog-Signature", "X-Goog-Date", "GoogleAccessId",
		"sig", "se", "st", "skoid_se", "token", "access_token", "private_token", "auth", "authkey", "__token__", "hdnts", "hdnea", "Key-Pair-Id", "Policy", "hmac",
		"OSSAccessKeyId", "x-oss-signature", "q-sign-algorithm", "q-ak-sign", "x-cos-security-token", "verify", "md5", "jwt", "X-Api-Key", "apikey", "api_key", "key", "password",
		"secret", "sessionid", "authorization", "oauth", "x_auth_2", "ticket", "ttl", "expiry", "expiration", "e-exp", "%73ig", "params[sig]",
	} {
		targets["https://dl.example.org/a?x=1&"+name+"="+secret] = "which grants access or expires"
	}
	for _, name := range []string{"author", "authors", "version", "file"} {
		target := "https://dl.example.org/a?" + name + "=1"
		if got, err := sources.NewSet(url.New(located{final: target}, nil)).Resolve(t.Context(), url.Spec{URL: mutable, Redirect: true}); err != nil {
			t.Errorf("%s: got %+v, %v", target, got, err)
		}
	}
	for target, want := range targets {
		spec := url.Spec{URL: mutable, Redirect: true}
		got, err := sources.NewSet(url.New(located{final: target}, nil)).Resolve(t.Context(), spec)
		if err == nil || !strings.Contains(err.Error(), want) || sourcestest.AdviceOf(err) == "" && strings.Contains(want, "redirect") || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %+v, %v, want an error with %q", target, got, err, want)
		}
		if target == mutable || strings.Contains(target, "archive") {
			continue
		}
		locked := sources.Resolution{Calls: []sources.Call{{Fetch: sources.Fetch{Fetcher: sources.FetchURL, URL: target}}}}
		if err := spec.Accepts(locked); !errors.Is(err, sources.ErrInvalid) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s in the lock: got %v, want an ErrInvalid", target, err)
		}
	}
}
