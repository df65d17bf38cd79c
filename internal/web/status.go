package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Limits on how much of a server's text an error contains.
const (
	maxErrorText  = 4 << 10 // bytes read of an error's body
	maxErrorLines = 3       // lines shown
	maxErrorLine  = 200     // bytes shown of each line
)

// StatusError is a response with an unexpected status. It is one of [ErrNotFound], [ErrUnauthorized],
// [ErrRateLimited], [ErrServer], [ErrPending], [ErrEmpty] and [ErrStatus]. An ErrNotFound is also an [fs.ErrNotExist], and an ErrUnauthorized
// an [fs.ErrPermission], for code that does not know this package.
type StatusError struct {
	Method string
	Host   string // with the port, if it is not the default
	URL    string // without userinfo, query and fragment
	Status int
	Text   string    // the server's explanation if it is plain text or JSON; printable
	Reset  time.Time // when a rate limit ends; zero if unknown
	Sent   string    // the source of the credential that was sent, see [Credential]; "" if none was sent
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

// IsRefusal reports whether a quota is used up, or the server wants credentials and got none.
func (e *StatusError) IsRefusal() bool {
	return e.class == ErrRateLimited || e.class == ErrUnauthorized && e.Sent == ""
}

// Is reports whether target is the standard library's class for e.
func (e *StatusError) Is(target error) bool {
	return target == fs.ErrNotExist && e.class == ErrNotFound || target == fs.ErrPermission && e.class == ErrUnauthorized
}

// refusal turns a response with an unexpected status into a [*StatusError] that is marked for package retry.
func (c *Client) refusal(resp *http.Response) error {
	if body, ok := resp.Body.(*pacedBody); ok {
		body.pace.credit = min(body.pace.credit, errorPatience)
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorText))
	e := &StatusError{
		Method: resp.Request.Method, Host: hostOf(resp.Request.URL), URL: redact.URL(resp.Request.URL), Status: resp.StatusCode,
		Text:  c.options.Credentials.Redact(explanation(resp.Header.Get("Content-Type"), text)),
		Sent:  c.options.Credentials.sourceIn(resp.Request),
		class: classOf(resp.StatusCode),
	}
	wait, known := retryAfter(resp)
	if limited, reset := c.options.RateLimit(resp, e.Text); limited || e.Status == http.StatusTooManyRequests {
		e.class, e.Reset = ErrRateLimited, reset
		if wait > 0 && reset.IsZero() {
			e.Reset = time.Now().Add(wait).Truncate(time.Second)
		}
	}
	if !known && !e.Reset.IsZero() {
		wait, known = max(time.Until(e.Reset), 0), true
	}
	switch {
	case !e.isTemporary() || wait > MaxRetryAfter:
		return retry.Permanent(e)
	case known:
		return retry.After(e, wait)
	}
	return retry.Temporary(e)
}

func classOf(status int) error {
	switch status {
	case http.StatusNotFound, http.StatusGone:
		return ErrNotFound
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return ErrUnauthorized
	case http.StatusAccepted:
		return ErrPending
	case http.StatusNoContent, http.StatusResetContent:
		return ErrEmpty
	}
	if status >= 500 {
		return ErrServer
	}
	return ErrStatus
}

func (e *StatusError) isTemporary() bool {
	if e.class == ErrRateLimited { // asking again before an unknown reset can get a client banned
		return !e.Reset.IsZero() || e.Status == http.StatusTooManyRequests
	}
	return e.Status == http.StatusAccepted || e.Status == http.StatusRequestTimeout || e.Status >= 500 && e.Status != http.StatusNotImplemented
}

// maxWait bounds what is believed of Retry-After, a year.
const maxWait = 365 * 24 * time.Hour

// retryAfter reads Retry-After (RFC 9110, section 10.2.3): seconds or a date.
func retryAfter(resp *http.Response) (time.Duration, bool) {
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, int(maxWait/time.Second))) * time.Second, true
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(date), 0), maxWait), true
	}
	return 0, false
}

// explanation returns the first lines of a server's text, "" if the text is not plain text or JSON, or not safe to
// show.
func explanation(contentType string, text []byte) string {
	kind, _, _ := mime.ParseMediaType(contentType)
	if kind != "text/plain" && kind != "application/json" {
		return ""
	}
	if message := messageIn(text); kind == "application/json" && message != "" {
		text = []byte(message)
	}
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(string(text))) {
		line = strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", " ")
		if !terminal.IsSafe(line) {
			return ""
		}
		if lines = append(lines, strings.TrimSpace(terminal.Shorten(line, maxErrorLine))); len(lines) == maxErrorLines {
			break
		}
	}
	return strings.Join(lines, " ")
}

// messageIn returns what an error of a forge's API says, "" if it has none of the forms in which they write it: a message
// or an error with a description, each a text, a list or an object of texts and lists by field (GitLab), and a list of
// errors (GitHub, docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api). Each text is on its own line.
func messageIn(text []byte) string {
	var answer struct {
		Message     any    `json:"message"`
		Error       any    `json:"error"`
		Description string `json:"error_description"`
		Errors      any    `json:"errors"`
	}
	if json.Unmarshal(text, &answer) != nil {
		return ""
	}
	first := cmp.Or(plain(answer.Message), plain(answer.Error))
	return joined(":\n", first, answer.Description, plain(answer.Errors))
}

// plain writes a value of an error as text.
func plain(value any) string {
	var parts []string
	switch value := value.(type) {
	case string:
		return value
	case []any:
		for _, element := range value {
			parts = append(parts, plain(element))
		}
	case map[string]any:
		if message := plain(value["message"]); message != "" {
			return message
		}
		if code := plain(value["code"]); code != "" { // GitHub's, of a field
			return joined(" ", plain(value["resource"]), plain(value["field"]), code)
		}
		for _, field := range slices.Sorted(maps.Keys(value)) {
			parts = append(parts, field+": "+plain(value[field]))
		}
	}
	return joined(";\n", parts...)
}

// joined joins the texts that are not empty.
func joined(separator string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), separator)
}
