package forgetest

import (
	"bytes"
	"net/http"
	"strings"
	"time"
)

// Content is what a plain file answers. Without Status and Redirect it is
// served with status 200, with ranges and conditions honoured.
type Content struct {
	Body        []byte
	ContentType string      // default application/octet-stream
	Header      http.Header // more fields
	Status      int         // default 200, with Redirect 302
	Redirect    string      // value of Location
}

// File serves a file at a path that begins with a slash. An empty host means
// every host; a host's own file comes first. A path with a query answers only
// that query, one without answers any.
func (f *Forge) File(host, path string, content Content) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[strings.ToLower(host)+path] = content
}

// file serves a file and reports whether there is one.
func (f *Forge) file(w http.ResponseWriter, r *http.Request) bool {
	content, ok := f.content(hostOf(r), r)
	if !ok {
		return false
	}
	for key, values := range content.Header {
		w.Header()[http.CanonicalHeaderKey(key)] = values
	}
	status := content.Status
	if content.Redirect != "" {
		w.Header().Set("Location", content.Redirect)
		if status == 0 {
			status = http.StatusFound
		}
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/octet-stream")
	}
	if content.ContentType != "" {
		w.Header().Set("Content-Type", content.ContentType)
	}
	if status == 0 {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content.Body))
		return true
	}
	w.WriteHeader(status)
	w.Write(content.Body)
	return true
}

func (f *Forge) content(host string, r *http.Request) (Content, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.files) == 0 {
		return Content{}, false
	}
	for _, host := range []string{host, ""} {
		for _, path := range []string{r.URL.Path + "?" + r.URL.RawQuery, r.URL.Path} {
			if content, ok := f.files[host+path]; ok {
				return content, true
			}
		}
	}
	return Content{}, false
}
