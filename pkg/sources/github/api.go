package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"time"

	gogithub "github.com/google/go-github/v92/github"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// TokenUser is the user name that GitHub expects with a token for git and archives. Its API takes bearer tokens.
const TokenUser = "x-access-token"

var (
	// ErrRateLimited means that the API's quota is used up.
	ErrRateLimited = errors.New("rate limited")
	// ErrResponse means that a response is not the API's.
	ErrResponse = errors.New("not a response of GitHub's API")
)

// RateLimitError is an [ErrRateLimited].
type RateLimitError struct {
	Host  string
	Reset time.Time // when the quota is renewed; zero if unknown
}

func (e *RateLimitError) Error() string { return fmt.Sprintf("%s: %v", e.Host, ErrRateLimited) }
func (e *RateLimitError) Unwrap() error { return ErrRateLimited }

// IsRefusal implements [sources.Refusal].
func (e *RateLimitError) IsRefusal() bool { return true }

// APIAddress returns where the REST API of a GitHub host is: the host, and for GitHub Enterprise a path.
func APIAddress(host string) string {
	if host == DefaultHost {
		return "api.github.com"
	}
	return host + "/api/"
}

// secondary matches what GitHub says about its secondary limit.
var secondary = lazyregexp.New(`(?i)secondary rate limit|abuse detection`)

// maxReset is the first time, in seconds since 1970, that is no RFC 3339 date: the year 10000.
const maxReset = 253402300800

// RateLimit reports whether GitHub refused a request because of its primary or secondary rate limit, and when that
// limit resets, zero if the headers do not tell. The secondary limit may have no header, only a text
// (docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
func RateLimit(resp *http.Response, text string) (limited bool, reset time.Time) {
	exhausted := resp.Header.Get("X-RateLimit-Remaining") == "0"
	switch {
	case resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusTooManyRequests:
		return false, time.Time{}
	case !exhausted:
		return resp.Header.Get("Retry-After") != "" || secondary.MatchString(text), time.Time{}
	}
	if seconds, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil && seconds < maxReset {
		reset = time.Unix(seconds, 0)
	}
	return true, reset
}

// client returns the API client for the Spec's host. It remembers rate limits, so there is one for each host.
func (r releaseAPI) client(s Spec) (*gogithub.Client, error) {
	if client, found := r.clients.Load(s.Host); found {
		return client.(*gogithub.Client), nil
	}
	options := []gogithub.ClientOptionsFunc{gogithub.WithTransport(r.transport)}
	if s.Host != "" {
		base := "https://" + APIAddress(s.Host) + "v3/"
		options = append(options, gogithub.WithURLs(&base, nil))
	}
	client, err := gogithub.NewClient(options...)
	if err != nil {
		return nil, sources.Invalid("host %q: %v", s.Host, err)
	}
	first, _ := r.clients.LoadOrStore(s.Host, client)
	return first.(*gogithub.Client), nil
}

// classify gives an error of go-github a class. An error of the transport keeps its own. base is the address of the API.
func classify(base string, err error) error {
	var limit *gogithub.RateLimitError
	var abuse *gogithub.AbuseRateLimitError
	var refusal *gogithub.ErrorResponse
	var transport *url.Error
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &limit):
		return &RateLimitError{limit.Response.Request.URL.Host, limit.Rate.Reset.Time}
	case errors.As(err, &abuse):
		return &RateLimitError{Host: abuse.Response.Request.URL.Host}
	case errors.As(err, &transport): // it repeats the URL
		err = transport.Err
	case errors.As(err, &syntax), errors.As(err, &kind), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: %w", base, ErrResponse)
	}
	if errors.As(err, &refusal) && refusal.Response.StatusCode == http.StatusNotFound || errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", sources.ErrNotFound, err)
	}
	return err
}
