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
	maxName     = 1 << 10   // bytes of a ref's name or of a new address; longer ones are dropped
	MaxResponse = 128 << 20 // bytes
)

// errUnsupported is an [ErrProtocol] after which the request is worth sending in another form.
var errUnsupported = fmt.Errorf("%w", ErrProtocol)

// lsRefs requests refs over http with version 2 of the protocol, in a single request. If that fails, it asks the server
// for its capabilities first. A server that does not know version 2 answers with the list of version 0 instead, and a
// plain web server with a file.
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
	} else if err == nil && a.isDumb {
		a.refs.Head, err = c.dumbHead(ctx, a)
	}
	if err == nil && a.base == base && a.objectFormat != "sha256" {
		c.needsCapabilities.Store(host, true)
	}
	a.refs.Moved = a.moved
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
	isDumb       bool         // the file of a plain web server
	objectFormat string       // of version 2; "" means "sha1"
	refs         sources.Refs // of version 0 and of the file
	base         string       // the URL of the repository after redirects
	moved        string       // the same if all redirects are permanent, else ""
}

const infoRefs, uploadPack = "/info/refs", "/git-upload-pack"

func (c *Client) advertised(ctx context.Context, base string, prefixes []string) (a advertisement, err error) {
	r := web.Request{URL: base + infoRefs + "?service=git-upload-pack", Header: protocolHeader()}
	const want = "application/x-git-upload-pack-advertisement"
	err = c.web.Do(ctx, r, func(resp *http.Response) (err error) {
		switch err = checkType(resp, want); {
		case err == nil:
			a, err = readAdvertisement(packetsOf(resp), prefixes)
		case typeOf(resp) != "text/html":
			a, err = readInfoRefs(resp.Body, err)
		}
		a.base, a.moved = baseOf(resp, base, infoRefs), movedTo(resp, base, infoRefs)
		return err
	})
	return a, err
}

// post requests ls-refs.
func (c *Client) post(ctx context.Context, base, objectFormat string, prefixes []string) (refs sources.Refs, err error) {
	const result = "application/x-git-upload-pack-result"
	r := web.Request{Method: http.MethodPost, URL: base + uploadPack, Body: lsRefsRequest(objectFormat, prefixes), Header: protocolHeader()}
	r.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	r.Header.Set("Accept", result)
	err = c.web.Do(ctx, r, func(resp *http.Response) error {
		if err := checkType(resp, result); err != nil {
			return err
		}
		refs, err = readLsRefs(packetsOf(resp), prefixes)
		refs.Moved = movedTo(resp, base, uploadPack)
		return err
	})
	return refs, err
}

func protocolHeader() http.Header { return http.Header{"Git-Protocol": {"version=2"}} }

func packetsOf(resp *http.Response) *packetReader {
	return newPacketReader(io.LimitReader(resp.Body, MaxResponse))
}

// typeOf returns the media type of a response.
func typeOf(resp *http.Response) string {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return kind
}

func checkType(resp *http.Response, want string) error {
	if kind := typeOf(resp); kind != want {
		return fmt.Errorf("response has type %q instead of %s: %w", excerpt(kind), want, errUnsupported)
	}
	return nil
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

// readAdvertisement reads the response to info/refs: the capabilities of version 2, or the refs of version 0, of which the
// first line has NUL and capabilities after the ref.
func readAdvertisement(p *packetReader, prefixes []string) (a advertisement, err error) {
	if err := p.skipService(); err != nil {
		return a, err
	}
	isFirst := true
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
			if isFirst {
				var capabilities string
				line, capabilities, _ = strings.Cut(line, "\x00")
				a.refs.Head = headOf(capabilities)
			}
			if err := AddAdvertised(&a.refs, line, prefixes); err != nil {
				return a, err
			}
			isFirst = false
		}
	}
	if isDangling(a.refs, a.refs.Head) {
		a.refs.Head = ""
	}
	return a, nil
}

// headOf reads the target of HEAD from the capabilities of version 0.
func headOf(capabilities string) string {
	for capability := range strings.SplitSeq(capabilities, " ") {
		if target, found := strings.CutPrefix(capability, "symref=HEAD:"); found {
			return target
		}
	}
	return ""
}

// AddAdvertised adds the ref of a line of version 0's list: "ID NAME". Such a list has all refs; those that no prefix
// matches are dropped. "git ls-remote" and info/refs of a plain web server have the same lines, but for a tab.
func AddAdvertised(r *sources.Refs, line string, prefixes []string) error {
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
			switch key, value, isAttribute := strings.Cut(attribute, ":"); {
			case !isAttribute: // the name contains a space
				ref.Name = rest
			case key == "symref-target":
				target = value
			case key == "peeled":
				ref.Peeled = value
			}
		}
		switch {
		case id == "unborn":
		case ref.Name == "HEAD":
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

// isDangling reports whether HEAD points to no ref. A name that git refuses stays, so that an error can name it.
func isDangling(refs sources.Refs, head string) bool {
	return sources.IsRefName(head) && !hasRef(refs, head)
}

func hasRef(refs sources.Refs, name string) bool {
	return slices.ContainsFunc(refs.List, func(r sources.Ref) bool { return r.Name == name })
}

// add adds a ref, unless no prefix matches it. As in git, a ref with an invalid name is dropped (git, fetch-pack.c,
// filter_refs): nobody can ask for it, and the other refs are still of use.
func add(r *sources.Refs, ref sources.Ref, prefixes []string) error {
	switch {
	case !sources.IsCommit(ref.ID) || ref.Peeled != "" && !sources.IsCommit(ref.Peeled):
		return fmt.Errorf("invalid ref %q: %w", excerpt(ref.ID+" "+ref.Name), ErrProtocol)
	case ref.Name != r.Head && !covers(prefixes, ref.Name), len(ref.Name) > maxName, !sources.IsRefName(ref.Name):
		return nil
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
