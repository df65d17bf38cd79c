package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Classes of errors.
var (
	ErrNotFound     = errors.New("not found")           // 404, 410
	ErrUnauthorized = errors.New("access denied")       // 401, 403
	ErrRateLimited  = errors.New("rate limited")        // 429, and 403 with an exhausted quota
	ErrUnreachable  = errors.New("host not reached")    // DNS, connection, TLS, proxy
	ErrStalled      = errors.New("connection stalled")  // no byte for Options.Stall
	ErrInsecure     = errors.New("refused as insecure") // https to http, bad certificate
	ErrTruncated    = errors.New("answer broke off")    // connection lost within a body
	ErrServer       = errors.New("server failed")       // 5xx
	ErrProtocol     = errors.New("unexpected answer")   // an answer that is none
	ErrTooLarge     = errors.New("answer is too large") // more bytes than a limit
	ErrRedirects    = errors.New("too many redirects")  // more than MaxRedirects
	errNoRetry      = errors.New("not worth a new try") // marks an error of the consumer
	ErrStatus       = errors.New("unexpected status")   // any other status
)

// Bounds on what a server can put into an error.
const (
	maxErrorText  = 4 << 10 // bytes read of an error's body
	maxErrorLines = 3       // lines shown of it
	maxErrorLine  = 200     // bytes shown of each
)

// StatusError is an answer other than 2xx. It matches [ErrNotFound],
// [ErrUnauthorized], [ErrRateLimited] or [ErrServer] by its status.
type StatusError struct {
	Method string
	URL    string // without userinfo, query and fragment
	Status int
	Text   string    // what the server said, if it said so in plain text; printable
	Reset  time.Time // when a rate limit ends, zero if unknown
	class  error
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s %s: %d %s", e.Method, e.URL, e.Status, http.StatusText(e.Status))
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

func (e *StatusError) Unwrap() error { return e.class }

// Hint says what to do about a rate limit.
func (e *StatusError) Hint() string {
	if !errors.Is(e, ErrRateLimited) {
		return ""
	}
	if e.Reset.IsZero() {
		return "wait a while, or set GITHUB_TOKEN for a larger quota"
	}
	return fmt.Sprintf("the limit resets at %s; wait until then, or set GITHUB_TOKEN for a larger quota",
		e.Reset.UTC().Format(time.RFC3339))
}

// CheckStatus returns a [*StatusError] unless the answer is 2xx. The body keeps what is read of it.
func CheckStatus(resp *http.Response) error {
	if resp.StatusCode/100 == 2 {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorText))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(text), resp.Body), resp.Body}
	return newStatusError(resp, text)
}

func newStatusError(resp *http.Response, text []byte) *StatusError {
	e := &StatusError{
		Method: resp.Request.Method, URL: redact.URL(resp.Request.URL), Status: resp.StatusCode,
		Text: printable(resp.Header.Get("Content-Type"), text), class: ErrStatus,
	}
	limited, reset := rateLimit(resp)
	switch {
	case limited:
		e.class, e.Reset = ErrRateLimited, reset
	case e.Status == http.StatusNotFound || e.Status == http.StatusGone:
		e.class = ErrNotFound
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden || e.Status == http.StatusProxyAuthRequired:
		e.class = ErrUnauthorized
	case e.Status >= 500:
		e.class = ErrServer
	}
	return e
}

// rateLimit recognises GitHub's primary and secondary limits
// (docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api) and plain 429.
func rateLimit(resp *http.Response) (limited bool, reset time.Time) {
	forbidden := resp.StatusCode == http.StatusForbidden
	exhausted := resp.Header.Get("X-RateLimit-Remaining") == "0"
	after, hasAfter := retryAfter(resp)
	if resp.StatusCode != http.StatusTooManyRequests && !(forbidden && (exhausted || hasAfter)) {
		return false, time.Time{}
	}
	if seconds, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil && exhausted {
		return true, time.Unix(seconds, 0)
	}
	if hasAfter {
		return true, ResetAfter(after)
	}
	return true, time.Time{}
}

// retryAfter reads Retry-After (RFC 9110, section 10.2.3): seconds or a date.
func retryAfter(resp *http.Response) (time.Duration, bool) {
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(time.Until(date), 0), true
	}
	return 0, false
}

// printable returns a server's words if they are plain text or JSON and hold
// nothing that drives a terminal.
func printable(contentType string, text []byte) string {
	kind, _, _ := mime.ParseMediaType(contentType)
	if kind != "text/plain" && kind != "application/json" {
		return ""
	}
	var answer struct {
		Message string `json:"message"` // as GitHub's API says it
	}
	if kind == "application/json" && json.Unmarshal(text, &answer) == nil && answer.Message != "" {
		text = []byte(answer.Message)
	}
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(string(text))) {
		line = strings.TrimRight(line, "\r\n")
		if !terminal.IsSafe(strings.ReplaceAll(line, "\t", " ")) {
			return ""
		}
		if len(line) > maxErrorLine {
			line = strings.ToValidUTF8(line[:maxErrorLine], "") + "…"
		}
		if lines = append(lines, strings.TrimSpace(line)); len(lines) == maxErrorLines {
			break
		}
	}
	return strings.Join(lines, " ")
}

// redactError drops the URL that net/http writes into its errors, which shows queries.
func redactError(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// NoRetry marks an error of a consumer for which a new try would change nothing.
func NoRetry(err error) error {
	if err == nil {
		return nil
	}
	return &finalError{err}
}

// Retry marks an error of a consumer for which a new try may help: what arrived
// was whole for HTTP and yet damaged.
func Retry(err error) error { return &passingError{err} }

type passingError struct{ err error }

func (e *passingError) Error() string { return e.err.Error() }
func (e *passingError) Unwrap() error { return e.err }

type finalError struct{ err error }

func (e *finalError) Error() string   { return e.err.Error() }
func (e *finalError) Unwrap() []error { return []error{e.err, errNoRetry} }

// isTransient reports whether a new try may succeed.
func isTransient(err error) bool {
	if errors.Is(err, errNoRetry) || errors.Is(err, context.Canceled) {
		return false
	}
	var passing *passingError
	if errors.As(err, &passing) {
		return true
	}
	var status *StatusError
	if errors.As(err, &status) {
		if status.class == ErrRateLimited { // GitHub bans who asks before the limit resets
			return status.Reset.IsZero() && status.Status == http.StatusTooManyRequests ||
				!status.Reset.IsZero() && time.Until(status.Reset) <= MaxRetryAfter
		}
		return status.Status == http.StatusRequestTimeout || status.Status >= 500 && status.Status != http.StatusNotImplemented
	}
	return errors.Is(err, ErrUnreachable) || errors.Is(err, ErrStalled) || errors.Is(err, ErrTruncated)
}

// RateLimited returns a [*StatusError] for an answer whose limit a library has recognised.
func RateLimited(resp *http.Response, reset time.Time) *StatusError {
	return &StatusError{
		Method: resp.Request.Method, URL: redact.URL(resp.Request.URL), Status: resp.StatusCode, Reset: reset, class: ErrRateLimited,
	}
}

// ResetAfter returns the time, in whole seconds, at which a wait ends; zero for none.
func ResetAfter(wait time.Duration) time.Time {
	if wait <= 0 {
		return time.Time{}
	}
	return time.Now().Add(wait).Truncate(time.Second)
}
