package forge

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Packets without data (gitprotocol-common(5), gitprotocol-v2(5)).
const (
	flush     = "0000"
	delimiter = "0001"
)

// maxRequest is the longest request in bytes that is read.
const maxRequest = 1 << 20

// errRequest is the class of requests that are not git's.
var errRequest = errors.New("malformed request")

func appendPacket(out []byte, text string) []byte {
	return append(fmt.Appendf(out, "%04x", len(text)+4), text...)
}

// capabilities are what the server says of itself.
func capabilities() []byte {
	var out []byte
	for _, line := range []string{"version 2", "agent=git/forge-for-benchmarks", "ls-refs=unborn", "object-format=sha1"} {
		out = appendPacket(out, line+"\n")
	}
	return append(out, flush...)
}

// find finds a repository for a client of version 2, or refuses.
func (f *Forge) find(w http.ResponseWriter, r *http.Request, name string) (repository string, ok bool) {
	repository = strings.TrimSuffix(name, ".git")
	switch {
	case !f.repositories[repository]:
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
		f.refuse(w, http.StatusUnauthorized, "Repository not found.")
	case !strings.Contains(r.Header.Get("Git-Protocol"), "version=2"):
		f.refuse(w, http.StatusForbidden, "only version 2 of the protocol is spoken here")
	default:
		return repository, true
	}
	return "", false
}

// advertise answers OWNER/REPO/info/refs (gitprotocol-http(5)).
func (f *Forge) advertise(w http.ResponseWriter, r *http.Request, name string) {
	if r.Method != http.MethodGet || r.URL.Query().Get("service") != "git-upload-pack" {
		f.refuse(w, http.StatusForbidden, "only git-upload-pack is served")
		return
	}
	if _, ok := f.find(w, r, name); !ok {
		return
	}
	f.tally.capabilities.Add(1)
	out := appendPacket(nil, "# service=git-upload-pack\n")
	out = append(out, flush...)
	answer(w, "application/x-git-upload-pack-advertisement", append(out, capabilities()...))
}

// uploadPack answers OWNER/REPO/git-upload-pack.
func (f *Forge) uploadPack(w http.ResponseWriter, r *http.Request, name string) {
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-git-upload-pack-request" {
		f.refuse(w, http.StatusForbidden, "want a request of git-upload-pack")
		return
	}
	repository, ok := f.find(w, r, name)
	if !ok {
		return
	}
	body, err := readBody(r)
	if err != nil {
		f.refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	request, err := parse(body)
	if err != nil {
		f.refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	f.tally.lsRefs.Add(1)
	answer(w, "application/x-git-upload-pack-result", f.list(repository, request))
}

func answer(w http.ResponseWriter, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache, max-age=0, must-revalidate")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

// readBody reads a request's body, which git compresses if it is long.
func readBody(r *http.Request) ([]byte, error) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		body = z
	}
	data, err := io.ReadAll(io.LimitReader(body, maxRequest+1))
	if err == nil && len(data) > maxRequest {
		err = fmt.Errorf("more than %d bytes: %w", maxRequest, errRequest)
	}
	return data, err
}

// parse reads a request of ls-refs: its command and capabilities, a delimiter, its arguments, a flush.
func parse(body []byte) (lsRefs, error) {
	var l lsRefs
	command, isArgument := "", false
	for len(body) > 0 {
		text, rest, err := cutPacket(body)
		switch {
		case err != nil:
			return l, err
		case text == flush && len(rest) == 0 && command == "ls-refs":
			return l, nil
		case text == delimiter && !isArgument:
			isArgument = true
		case isArgument:
			err = l.argue(text)
		case strings.HasPrefix(text, "command="):
			command = strings.TrimPrefix(text, "command=")
		case text != "object-format=sha1" && !strings.HasPrefix(text, "agent="):
			err = fmt.Errorf("capability %q: %w", text, errRequest)
		}
		if err != nil {
			return l, err
		}
		body = rest
	}
	return l, fmt.Errorf("no end, or no command ls-refs: %w", errRequest)
}

func (l *lsRefs) argue(text string) error {
	prefix, isPrefix := strings.CutPrefix(text, "ref-prefix ")
	switch {
	case isPrefix:
		l.prefixes = append(l.prefixes, prefix)
	case text == "peel":
		l.peel = true
	case text == "symrefs":
		l.symrefs = true
	case text != "unborn":
		return fmt.Errorf("argument %q: %w", text, errRequest)
	}
	return nil
}

// cutPacket returns the first packet's text, without a final newline, or which packet without text it is.
func cutPacket(body []byte) (text string, rest []byte, err error) {
	if len(body) < 4 {
		return "", nil, fmt.Errorf("packet of %d bytes: %w", len(body), errRequest)
	}
	size, err := strconv.ParseUint(string(body[:4]), 16, 16)
	switch {
	case err == nil && size < 2:
		return string(body[:4]), body[4:], nil
	case err != nil || size < 4 || int(size) > len(body):
		return "", nil, fmt.Errorf("packet length %q: %w", body[:4], errRequest)
	}
	return string(bytes.TrimSuffix(body[4:size], []byte("\n"))), body[size:], nil
}
