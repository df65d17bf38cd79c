package github

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"

	"github.com/pinfetch/pinfetch/internal/cache"
	"github.com/pinfetch/pinfetch/internal/web"
)

// Web makes what the REST API is asked through; [*web.Client] does, and [Conditional] on top of it.
type Web interface {
	RoundTripper() http.RoundTripper
}

// Conditional asks for what it has been told before with its entity tag (RFC 9110, section 13.1.2). GitHub answers with
// 304 if nothing changed, which for whoever has a token does not count against the quota
// (docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
//
// It is no general HTTP cache: an answer is never taken for fresh, however long the server said it would be, so
// that a release is seen at once. Answers for different credentials are kept apart, and no credential is kept.
// (Hence no library: gregjones/httpcache, which most use, serves what is fresh, and tells credentials apart by writing them down.)
type Conditional struct {
	Web
	Store       *cache.Store // nil for none
	Credentials web.Credentials
}

// RoundTripper implements [Web].
func (c Conditional) RoundTripper() http.RoundTripper {
	return conditionalTransport{c.Web.RoundTripper(), c.Store, c.Credentials}
}

type conditionalTransport struct {
	next        http.RoundTripper
	store       *cache.Store
	credentials web.Credentials
}

func (t conditionalTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet || t.store == nil {
		return t.next.RoundTrip(req)
	}
	key := t.key(req)
	old := t.load(key)
	if old != nil {
		req = req.Clone(req.Context())
		req.Header.Set("If-None-Match", old.Header.Get("ETag"))
	}
	resp, err := t.next.RoundTrip(req)
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusNotModified && old != nil:
		return refreshed(old, resp), nil
	case resp.StatusCode == http.StatusOK && resp.Header.Get("ETag") != "":
		return resp, t.save(key, resp)
	}
	return resp, nil
}

// key names a request by all that an answer of GitHub varies with. The cache keeps a hash of it.
func (t conditionalTransport) key(req *http.Request) string {
	credential, _ := t.credentials.Lookup(req.URL)
	return fmt.Sprintf("github API 1 %q %q %q", req.URL, req.Header["Accept"], credential.Header())
}

// load returns the answer that was kept, nil if there is none.
func (t conditionalTransport) load(key string) *http.Response {
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

// save keeps an answer, and leaves it as it was.
func (t conditionalTransport) save(key string, resp *http.Response) error {
	body, err := io.ReadAll(resp.Body) // which is bounded, and in memory already
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return err
	}
	if !json.Valid(body) { // damaged on its way: with its tag it would come again for ever
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

// refreshed is a kept answer with what a 304 said anew, such as the rest of the quota (RFC 9111, section 3.2).
func refreshed(old, resp *http.Response) *http.Response {
	resp.Body.Close()
	resp.Header.Del("Content-Length")
	maps.Copy(old.Header, resp.Header)
	old.Request, old.TLS = resp.Request, resp.TLS
	return old
}
