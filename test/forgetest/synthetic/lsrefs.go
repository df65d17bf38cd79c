package synthetic

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Packets without data (gitprotocol-common(5), gitprotocol-v2(5)).
const (
	flush     = "0000"
	delimiter = "0001"
)

// maxRequest is the longest request that is read, in bytes.
const maxRequest = 1 << 20

// errRequest is the class of requests that git does not make.
var errRequest = errors.New("malformed request")

// ServeGit answers GET /info/refs (gitprotocol-http(5)) and POST
// /git-upload-pack.
func (r Repo) ServeGit(w http.ResponseWriter, req *http.Request) {
	switch {
	case !strings.Contains(req.Header.Get("Git-Protocol"), "version=2"):
		http.Error(w, "only version 2 of the protocol is supported", http.StatusForbidden)
	case req.URL.Path == "/info/refs" && req.Method == http.MethodGet && req.URL.Query().Get("service") == "git-upload-pack":
		answer(w, "advertisement", capabilities())
	case req.URL.Path == "/git-upload-pack" && req.Method == http.MethodPost && req.Header.Get("Content-Type") == "application/x-git-upload-pack-request":
		r.uploadPack(w, req)
	default:
		http.Error(w, "only git-upload-pack is supported", http.StatusForbidden)
	}
}

func (r Repo) uploadPack(w http.ResponseWriter, req *http.Request) {
	body, err := readBody(req)
	var l lsRefs
	if err == nil {
		l, err = parse(body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer(w, "result", r.list(l))
}

func answer(w http.ResponseWriter, kind string, body []byte) {
	w.Header().Set("Content-Type", "application/x-git-upload-pack-"+kind)
	w.Header().Set("Cache-Control", "no-cache, max-age=0, must-revalidate")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

func appendPacket(out []byte, text string) []byte {
	return append(fmt.Appendf(out, "%04x", len(text)+4), text...)
}

func capabilities() []byte {
	out := appendPacket(nil, "# service=git-upload-pack\n")
	out = append(out, flush...)
	for _, line := range []string{"version 2", "agent=git/synthetic", "ls-refs=unborn", "object-format=sha1"} {
		out = appendPacket(out, line+"\n")
	}
	return append(out, flush...)
}

// list formats "ID NAME[ symref-target:NAME][ peeled:ID]" for each ref.
func (r Repo) list(l lsRefs) []byte {
	var out []byte
	if l.wants("HEAD") {
		line := Commit(r.name, heads+Branch(0)) + " HEAD"
		if l.symrefs {
			line += " symref-target:" + heads + Branch(0)
		}
		out = appendPacket(out, line+"\n")
	}
	for _, ref := range r.set.refs {
		if !l.wants(ref) {
			continue
		}
		kind, peeled := "commit", ""
		if strings.HasPrefix(ref, tags) {
			kind = "tag"
			if l.peel {
				peeled = " peeled:" + Commit(r.name, ref)
			}
		}
		out = appendPacket(out, id(kind, r.name, ref)+" "+ref+peeled+"\n")
	}
	return append(out, flush...)
}

// lsRefs is a request for refs (gitprotocol-v2(5), ls-refs).
type lsRefs struct {
	peel, symrefs bool
	prefixes      []string // none for all refs
}

func (l lsRefs) wants(ref string) bool {
	begins := func(prefix string) bool { return strings.HasPrefix(ref, prefix) }
	return len(l.prefixes) == 0 || slices.ContainsFunc(l.prefixes, begins)
}

// readBody reads the body of a request, which git compresses if it is long.
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

// parse reads a request: command and capabilities, a delimiter, arguments, a
// flush.
func parse(body []byte) (l lsRefs, err error) {
	packets, err := split(body)
	if err != nil {
		return l, err
	}
	end := len(packets) - 1
	if end < 0 || packets[end] != flush || !slices.Contains(packets, "command=ls-refs") {
		return l, fmt.Errorf("no end, or no command ls-refs: %w", errRequest)
	}
	isArgument := false
	for _, text := range packets[:end] {
		prefix, isPrefix := strings.CutPrefix(text, "ref-prefix ")
		switch {
		case !isArgument && text == delimiter:
			isArgument = true
		case !isArgument && (text == "command=ls-refs" || text == "object-format=sha1" || strings.HasPrefix(text, "agent=")):
		case isArgument && isPrefix:
			l.prefixes = append(l.prefixes, prefix)
		case isArgument && text == "peel":
			l.peel = true
		case isArgument && text == "symrefs":
			l.symrefs = true
		case isArgument && text == "unborn":
		default:
			return l, fmt.Errorf("packet %q: %w", text, errRequest)
		}
	}
	return l, nil
}

// split returns the texts of packets, without final newlines, or the four
// digits of packets without text.
func split(body []byte) (packets []string, err error) {
	for len(body) > 0 {
		size, err := strconv.ParseUint(string(body[:min(4, len(body))]), 16, 16)
		switch {
		case err == nil && size < 2 && len(body) >= 4:
			packets, body = append(packets, string(body[:4])), body[4:]
		case err != nil || size < 4 || int(size) > len(body):
			return nil, fmt.Errorf("packet length %.4q: %w", body, errRequest)
		default:
			packets = append(packets, string(bytes.TrimSuffix(body[4:size], []byte("\n"))))
			body = body[size:]
		}
	}
	return packets, nil
}
