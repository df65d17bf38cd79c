package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
)

// Store keeps values by key for later runs.
type Store interface {
	Get(key string) (value []byte, found bool)
	Put(key string, value []byte)
}

// Conditional returns a transport that stores JSON responses with an entity tag and sends that tag when the same
// request is made again (RFC 9110, section 13.1.2). If the server answers 304, the stored response is returned. GitHub
// does not count such a request against the quota of a token
// (docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
//
// It is not a general HTTP cache: the server is always asked, even while a response is fresh, so that a new release is
// seen at once. Responses for different credentials are kept apart, and no credential is
// stored. (This is why it is not a library: gregjones/httpcache, the most common one, returns fresh responses without
// asking, and stores credentials to tell them apart.)
func Conditional(next http.RoundTripper, store Store, credentials Credentials) http.RoundTripper {
	return &conditional{next, store, credentials}
}

type conditional struct {
	next        http.RoundTripper
	store       Store
	credentials Credentials
}

// RoundTrip implements [http.RoundTripper].
func (t *conditional) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet {
		return t.next.RoundTrip(req)
	}
	key := t.key(req)
	stored := t.load(key)
	if stored != nil {
		req = req.Clone(req.Context())
		req.Header.Set("If-None-Match", stored.Header.Get("ETag"))
	}
	resp, err := t.next.RoundTrip(req)
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusNotModified && stored != nil:
		return refresh(stored, resp), nil
	case resp.StatusCode == http.StatusOK && resp.Header.Get("ETag") != "":
		return resp, t.save(key, resp)
	}
	return resp, nil
}

// key identifies a request by everything that a response may depend on. The store keeps only a hash of it.
func (t *conditional) key(req *http.Request) string {
	credential, _ := t.credentials.Lookup(req.URL)
	return fmt.Sprintf("conditional 1 %q %q %q", req.URL, req.Header["Accept"], credential.Header())
}

// load returns the stored response, nil if there is none.
func (t *conditional) load(key string) *http.Response {
	data, found := t.store.Get(key)
	if !found {
		return nil
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(data)), nil)
	if err != nil || resp.Header.Get("ETag") == "" {
		return nil
	}
	return resp
}

// save stores a response. Its body can still be read afterwards.
func (t *conditional) save(key string, resp *http.Response) error {
	body, err := io.ReadAll(resp.Body) // limited, and already in memory
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return err
	}
	if !json.Valid(body) { // damaged in transit; if stored, it would be returned until its tag changes
		return nil
	}
	kept := http.Response{StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Header: make(http.Header),
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body))}
	for _, name := range []string{"Content-Type", "Etag", "Link"} {
		kept.Header[name] = resp.Header[name]
	}
	var data bytes.Buffer
	if err := kept.Write(&data); err == nil {
		t.store.Put(key, data.Bytes())
	}
	return nil
}

// refresh returns a stored response with the headers of a 304, such as the remaining quota (RFC 9111, section 3.2).
func refresh(stored, resp *http.Response) *http.Response {
	resp.Body.Close()
	resp.Header.Del("Content-Length")
	maps.Copy(stored.Header, resp.Header)
	stored.Request, stored.TLS = resp.Request, resp.TLS
	return stored
}
