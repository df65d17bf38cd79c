package github_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// withRateLimit makes a client recognize GitHub's rate limits.
func withRateLimit(o *web.Options) { o.RateLimit = github.RateLimit }

// tokens are the credentials of a user who has a token for a host, which may be "".
func tokens(host, token string) web.Credentials {
	c := make(web.Credentials)
	if host != "" {
		c.Add(host, web.Credential{User: github.TokenUser, Password: token})
		c.Add(github.APIAddress(host), web.Credential{Password: token, Bearer: true})
	}
	return c
}

// resetOf returns when the rate limit ends that an error is about.
func resetOf(err error) time.Time {
	var status *web.StatusError
	var limit *github.RateLimitError
	switch {
	case errors.As(err, &status):
		return status.Reset
	case errors.As(err, &limit):
		return limit.Reset
	}
	return time.Time{}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	reset := time.Date(2030, time.March, 17, 17, 46, 40, 0, time.UTC)
	unix := fmt.Sprint(reset.Unix())
	tests := []struct {
		name  string
		kind  forgetest.Kind
		class error
		reset time.Time
		soon  bool // the reset is counted from now
	}{
		{"403, quota exhausted", forgetest.Status(403, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", unix), ""), web.ErrRateLimited, reset, false},
		{"429, quota exhausted", forgetest.Status(429, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", unix, "Retry-After", "100"), ""), web.ErrRateLimited, reset, false},
		{"403, quota exhausted, no reset", forgetest.Status(403, header("X-RateLimit-Remaining", "0"), ""), web.ErrRateLimited, time.Time{}, false},
		{"403, malformed reset", forgetest.Status(403, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "soon"), ""), web.ErrRateLimited, time.Time{}, false},
		{"secondary limit", forgetest.SecondaryLimit(2 * time.Minute), web.ErrRateLimited, time.Time{}, true},
		{"429 for long", forgetest.Status(429, header("Retry-After", "3600"), ""), web.ErrRateLimited, time.Time{}, true},
		{"403, quota exhausted, Retry-After", forgetest.Status(403, header("X-RateLimit-Remaining", "0", "Retry-After", "100"), ""), web.ErrRateLimited, time.Time{}, true},
		{"403, quota left", forgetest.Status(403, header("X-RateLimit-Remaining", "12", "X-RateLimit-Reset", unix), ""), web.ErrUnauthorized, time.Time{}, false},
		{"403", forgetest.Status(403, nil, ""), web.ErrUnauthorized, time.Time{}, false},
		{"404, quota exhausted", forgetest.Status(404, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", unix), ""), web.ErrNotFound, time.Time{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			f.Fault(forgetest.Fault{Kind: tt.kind})
			c, _ := dial.Forge(t, f, nil, withRateLimit)
			err := c.Do(t.Context(), web.Request{URL: "https://api.github.com/repos/acme/demo"}, nil)
			if !errors.Is(err, tt.class) {
				t.Fatalf("got %v, want %v", err, tt.class)
			}
			if tt.class == web.ErrRateLimited && errors.Is(err, web.ErrUnauthorized) {
				t.Errorf("%v is also %v", err, web.ErrUnauthorized)
			}
			var status *web.StatusError
			if !errors.As(err, &status) {
				t.Fatalf("got %T, want a StatusError", err)
			}
			if tt.soon && status.Reset.IsZero() || !tt.soon && !status.Reset.Equal(tt.reset) {
				t.Errorf("got reset %v, want %v", status.Reset, tt.reset)
			}
			if got := len(f.Requests()); got != 1 {
				t.Errorf("got %d requests, want 1", got)
			}
		})
	}
}
