package gitrefs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Limits on a remote's response.
const (
	maxRefs     = 512 << 10 // refs that were requested
	MaxResponse = 128 << 20 // bytes
)

// errUnsupported is an [ErrProtocol] after which the request is worth sending in another form.
var errUnsupported = fmt.Errorf("%w", ErrProtocol)

// lsRefs requests refs over http with version 2 of the protocol, in a single request. If that fails, it asks the server
// for its capabilities first. A server that does not know version 2 answers with the list of version 0 instead.
func (c *Client) lsRefs(ctx context.Context, remoteURL string, prefixes []string) (sources.Refs, error) {
	base := strings.TrimSuffix(remoteURL, "/")
	_, rest, _ := strings.Cut(base, "://")
	host, _, _ := strings.Cut(rest, "/")
	if _, known := c.needsCapabilities.Load(host); !known {
		refs, err := c.post(ctx, base, "", prefixes)
		if err == nil || !isUnsupported(err) {
			return refs, translate(err)
		}
	}
	a, err := c.advertised(ctx, base, prefixes)
	if err == nil && a.version2 {
		a.refs, err = c.post(ctx, a.base, a.objectFormat, prefixes)
	}
	if err == nil && a.base == base && a.objectFormat != "sha256" {
		c.needsCapabilities.Store(host, true)
	}
	return a.refs, translate(err)
}

// isUnsupported reports whether another form of the request may succeed.
func isUnsupported(err error) bool {
	var status *web.StatusError
	if errors.As(err, &status) {
		return status.Status != http.StatusUnauthorized && !errors.Is(err, web.ErrRateLimited) &&
			(status.Status < 500 || status.Status == http.StatusNotImplemented)
	}
	return errors.Is(err, errUnsupported)
}

// advertisement is a response to info/refs.
type advertisement struct {
	version2     bool
	objectFormat string       // of version 2; "" means "sha1"
	refs         sources.Refs // of version 0
	base         string       // the URL of the repository after redirects
}

func (c *Client) advertised(ctx context.Context, base string, prefixes []string) (a advertisement, err error) {
	r := web.Request{URL: base + "/info/refs?service=git-upload-pack", Header: http.Header{}}
	const want = "application/x-git-upload-pack-advertisement"
	err = c.do(ctx, r, want, func(resp *http.Response, p *packetReader) (err error) {
		a, err = readAdvertisement(p, prefixes)
		a.base = baseOf(resp, base)
		return err
	})
	return a, err
}

// post requests ls-refs.
func (c *Client) post(ctx context.Context, base, objectFormat string, prefixes []string) (refs sources.Refs, err error) {
	const result = "application/x-git-upload-pack-result"
	r := web.Request{
		Method: http.MethodPost, URL: base + "/git-upload-pack", Body: lsRefsRequest(objectFormat, prefixes),
		Header: http.Header{"Content-Type": {"application/x-git-upload-pack-request"}, "Accept": {result}},
	}
	err = c.do(ctx, r, result, func(_ *http.Response, p *packetReader) (err error) {
		refs, err = readLsRefs(p, prefixes)
		return err
	})
	return refs, err
}

type readFunc func(*http.Response, *packetReader) error

// do sends a request and passes a response of the media type want to read.
func (c *Client) do(ctx context.Context, r web.Request, want string, read readFunc) error {
	r.Header.Set("Git-Protocol", "version=2")
	return c.web.Do(ctx, r, func(resp *http.Response) error {
		if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != want {
			return fmt.Errorf("response has type %q instead of %s: %w", excerpt(kind), want, errUnsupported)
		}
		return read(resp, newPacketReader(io.LimitReader(resp.Body, MaxResponse)))
	})
}

// baseOf returns the URL of the repository after redirects. As in git, later requests go there (git, remote-curl.c).
func baseOf(resp *http.Response, base string) string {
	u := *resp.Request.URL
	path, found := strings.CutSuffix(u.Path, "/info/refs")
	if !found {
		return base
	}
	u.Path, u.RawPath, u.RawQuery = path, "", ""
	return u.String()
}

func lsRefsRequest(objectFormat string, prefixes []string) []byte {
	packets := []string{packet("command=ls-refs\n"), packet("agent=pinfetch\n")}
	if objectFormat != "" {
		packets = append(packets, packet("object-format="+objectFormat+"\n"))
	}
	packets = append(packets, delimiterPacket, packet("peel\n"), packet("symrefs\n"))
	for _, prefix := range prefixes {
		packets = append(packets, packet("ref-prefix "+prefix+"\n"))
	}
	return []byte(strings.Join(append(packets, flushPacket), ""))
}

// readAdvertisement reads the response to info/refs: the capabilities of version 2, or the refs of version 0.
func readAdvertisement(p *packetReader, prefixes []string) (a advertisement, err error) {
	if err := p.skipService(); err != nil {
		return a, err
	}
	for line, err := range p.lines() {
		switch {
		case err != nil:
			return a, err
		case line == "version 2":
			a.version2 = true
		case line == "version 1":
		case a.version2:
			if format, found := strings.CutPrefix(line, "object-format="); found {
				a.objectFormat = format
			}
		default:
			if err := AddAdvertised(&a.refs, line, prefixes); err != nil {
				return a, err
			}
		}
	}
	if !hasRef(a.refs, a.refs.Head) {
		a.refs.Head = ""
	}
	return a, nil
}

// AddAdvertised adds the ref of a line of version 0's list: "ID NAME", and on the first line NUL and capabilities. Such
// a list has all refs; those that no prefix matches are dropped. "git ls-remote" prints the same lines.
func AddAdvertised(r *sources.Refs, line string, prefixes []string) error {
	line, caps, _ := strings.Cut(line, "\x00")
	for capability := range strings.FieldsSeq(caps) {
		if target, found := strings.CutPrefix(capability, "symref=HEAD:"); found {
			r.Head = target
		}
	}
	id, name, _ := strings.Cut(line, " ")
	if id == "shallow" || name == "capabilities^{}" || name == "HEAD" { // HEAD's symref is enough
		return nil
	}
	tag, isPeeled := strings.CutSuffix(name, "^{}")
	if last := len(r.List) - 1; isPeeled && last >= 0 && r.List[last].Name == tag && sources.IsCommit(id) {
		r.List[last].Peeled = id
		return nil
	}
	return add(r, sources.Ref{Name: name, ID: id}, prefixes)
}

// readLsRefs reads the response to ls-refs: "ID NAME[ symref-target:NAME][ peeled:ID]". It adds the branch that HEAD
// points to even if no prefix matches it.
func readLsRefs(p *packetReader, prefixes []string) (refs sources.Refs, err error) {
	var head sources.Ref
	for line, err := range p.lines() {
		if err != nil {
			return refs, err
		}
		id, rest, _ := strings.Cut(line, " ")
		name, attributes, _ := strings.Cut(rest, " ")
		ref, target := sources.Ref{Name: name, ID: id}, ""
		for attribute := range strings.FieldsSeq(attributes) {
			switch key, value, _ := strings.Cut(attribute, ":"); key {
			case "symref-target":
				target = value
			case "peeled":
				ref.Peeled = value
			}
		}
		switch {
		case id == "unborn":
		case name == "HEAD":
			refs.Head, head = target, sources.Ref{Name: target, ID: id}
		default:
			if err := add(&refs, ref, prefixes); err != nil {
				return refs, err
			}
		}
	}
	if refs.Head != "" && !hasRef(refs, refs.Head) {
		err = add(&refs, head, prefixes)
	}
	return refs, err
}

func hasRef(refs sources.Refs, name string) bool {
	return slices.ContainsFunc(refs.List, func(r sources.Ref) bool { return r.Name == name })
}

// add adds a ref, unless no prefix matches it.
func add(r *sources.Refs, ref sources.Ref, prefixes []string) error {
	switch {
	case !sources.IsCommit(ref.ID) || ref.Peeled != "" && !sources.IsCommit(ref.Peeled) ||
		!strings.HasPrefix(ref.Name, "refs/"):
		return fmt.Errorf("invalid ref %q: %w", excerpt(ref.ID+" "+ref.Name), ErrProtocol)
	case ref.Name != r.Head && !covers(prefixes, ref.Name):
		return nil
	case strings.HasSuffix(ref.Name, "^{}"):
		return fmt.Errorf("ref %q peels no tag: %w", excerpt(ref.ID+" "+ref.Name), ErrProtocol)
	case len(r.List) >= maxRefs:
		return fmt.Errorf("more than %d refs: %w", maxRefs, ErrProtocol)
	}
	r.List = append(r.List, ref)
	return nil
}

// maxExcerpt is how many bytes of a remote's text an error repeats.
const maxExcerpt = 300

func excerpt(text string) string { return terminal.Shorten(text, maxExcerpt) }

// translate gives a missing repository its class.
func translate(err error) error {
	if errors.Is(err, web.ErrNotFound) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}
