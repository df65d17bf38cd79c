package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Client reads documents of registries.
type Client struct {
	// Transport sends requests: with credentials, retries, redirects and limits of time and size. It returns only responses that
	// succeeded. Its errors are passed on, but an [fs.ErrNotExist] is also a [sources.ErrNotFound].
	Transport http.RoundTripper
}

// Get returns a document. accept is the media type that is asked for, "" for any.
func (c Client) Get(ctx context.Context, address, accept string) ([]byte, error) {
	data, _, err := c.send(ctx, http.MethodGet, address, http.Header{"Accept": {accept}}, nil)
	return data, err
}

// GetPage returns a page of a list, and whether the server links to a next one (RFC 8288).
func (c Client) GetPage(ctx context.Context, address string) (data []byte, isLast bool, err error) {
	data, header, err := c.send(ctx, http.MethodGet, address, http.Header{"Accept": {"application/json"}}, nil)
	return data, !strings.Contains(strings.Join(header["Link"], ","), `rel="next"`), err
}

// Modified returns when a file was last modified, the zero time if the server does not say.
func (c Client) Modified(ctx context.Context, address string) (time.Time, error) {
	_, header, err := c.send(ctx, http.MethodHead, address, http.Header{"Accept": {""}}, nil)
	if err != nil {
		return time.Time{}, err
	}
	at, _ := http.ParseTime(header.Get("Last-Modified"))
	return at, nil
}

// Post sends a JSON value and returns the answer.
func (c Client) Post(ctx context.Context, address, accept string, value any) ([]byte, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("request to %s: %w", redact.Address(address), err)
	}
	data, _, err := c.send(ctx, http.MethodPost, address, http.Header{"Accept": {accept}, "Content-Type": {"application/json"}}, body)
	return data, err
}

func (c Client) send(ctx context.Context, method, address string, header http.Header, body []byte) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, nil, sources.Invalid("address %q: %v", redact.Address(address), err)
	}
	if header.Get("Accept") == "" {
		header.Del("Accept")
	}
	req.Header = header
	resp, err := c.Transport.RoundTrip(req)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("%w: %w", sources.ErrNotFound, err)
	case err != nil:
		return nil, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body) // limited by the transport
	return data, resp.Header, err
}

// Decode reads a JSON document from an address. Members that T does not have are ignored. The error is a
// [sources.ErrAnswer].
func Decode[T any](data []byte, address string) (value T, err error) {
	err = json.Unmarshal(data, &value, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil { // which may quote the document
		return value, Unexpected("JSON", address)
	}
	return value, nil
}

// GetJSON returns a JSON document; see [Client.Get] and [Decode].
func GetJSON[T any](ctx context.Context, c Client, address string) (value T, err error) {
	data, err := c.Get(ctx, address, "application/json")
	if err != nil {
		return value, err
	}
	return Decode[T](data, address)
}

// Unexpected returns a [sources.ErrAnswer]: the document at an address is not what it should be.
func Unexpected(what, address string) error {
	return sources.WithHint(fmt.Errorf("%s: not the expected %s: %w", redact.Address(address), what, sources.ErrAnswer),
		"open the address in a browser to see what the server says")
}
