package gitproto

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
)

// Bounds on a remote's answer.
const (
	maxRefs       = 512 << 10 // refs that were asked for
	maxRefsAnswer = 128 << 20 // bytes
)

// misunderstood is an answer of a server that may want to be asked in another way.
type misunderstood struct{ error }

func (m misunderstood) Unwrap() error { return m.error }

// errEmpty is what git http-backend answers to another object format than the repository's,
// and where a proxy dropped the header that names the version.
var errEmpty = misunderstood{fmt.Errorf("an empty answer: %w", ErrProtocol)}

// lsRefs asks an http remote for refs, with version 2 of the protocol and without a question for what the
// server can do: one request. If that fails, the server is asked what it can do; one that does not know
// version 2 answers that with version 0's list, which serves as well.
func (c *Client) lsRefs(ctx context.Context, remoteURL string, prefixes []string) (Refs, error) {
	base := strings.TrimSuffix(remoteURL, "/")
	server := c.server(base)
	if !server.asksFirst.Load() {
		refs, err := c.post(ctx, base, capabilities{}, prefixes)
		if err == nil || !isUnclear(err) {
			return refs, translate(err)
		}
	}
	caps, refs, moved, err := c.advertised(ctx, base, prefixes)
	if err == nil && caps.version2 {
		refs, err = c.post(ctx, moved, caps, prefixes)
	}
	if err == nil && moved == base && caps.objectFormat != "sha256" {
		server.asksFirst.Store(true)
	}
	return refs, translate(err)
}

// isUnclear reports whether the error is one of the way in which the server was asked.
func isUnclear(err error) bool {
	var status *web.StatusError
	if errors.As(err, &status) {
		return status.Status != http.StatusUnauthorized && status.Status != http.StatusTooManyRequests &&
			(status.Status < 500 || status.Status == http.StatusNotImplemented)
	}
	return errors.As(err, new(misunderstood))
}

// advertised asks what a server can do, and where the repository is after redirects.
func (c *Client) advertised(ctx context.Context, base string, prefixes []string) (caps capabilities, refs Refs, moved string, err error) {
	err = c.web.Do(ctx, web.Request{
		URL:    base + "/info/refs?service=git-upload-pack",
		Header: http.Header{"Git-Protocol": {"version=2"}},
	}, func(resp *http.Response) (err error) {
		if err := checkType(resp, "application/x-git-upload-pack-advertisement"); err != nil {
			return err
		}
		caps, refs, err = readAdvertisement(newPacketReader(io.LimitReader(resp.Body, maxRefsAnswer)), prefixes)
		moved = baseOf(resp, base)
		return final(err)
	})
	return caps, refs, moved, err
}

// post sends ls-refs.
func (c *Client) post(ctx context.Context, base string, caps capabilities, prefixes []string) (refs Refs, err error) {
	err = c.web.Do(ctx, web.Request{
		Method: http.MethodPost,
		URL:    base + "/git-upload-pack",
		Header: http.Header{
			"Git-Protocol": {"version=2"},
			"Content-Type": {"application/x-git-upload-pack-request"},
			"Accept":       {"application/x-git-upload-pack-result"},
		},
		Body: lsRefsRequest(caps, prefixes),
	}, func(resp *http.Response) (err error) {
		if err := checkType(resp, "application/x-git-upload-pack-result"); err != nil {
			return err
		}
		refs, err = readLsRefs(newPacketReader(io.LimitReader(resp.Body, maxRefsAnswer)), prefixes)
		return final(err)
	})
	return refs, err
}

// baseOf returns where the repository is after redirects: as git does, all
// further requests go there (git, remote-curl.c).
func baseOf(resp *http.Response, base string) string {
	u := *resp.Request.URL
	path, found := strings.CutSuffix(u.Path, "/info/refs")
	if !found {
		return base
	}
	u.Path, u.RawPath, u.RawQuery = path, "", ""
	return u.String()
}

// capabilities are what a server says of itself.
type capabilities struct {
	version2     bool
	objectFormat string // "sha1" unless it says otherwise
}

func lsRefsRequest(caps capabilities, prefixes []string) []byte {
	var b strings.Builder
	b.WriteString(packet("command=ls-refs\n"))
	b.WriteString(packet("agent=pinfetch\n"))
	if caps.objectFormat != "" {
		b.WriteString(packet("object-format=" + caps.objectFormat + "\n"))
	}
	b.WriteString(delimiterPacket)
	b.WriteString(packet("peel\n"))
	b.WriteString(packet("symrefs\n"))
	for _, prefix := range prefixes {
		b.WriteString(packet("ref-prefix " + prefix + "\n"))
	}
	b.WriteString(flushPacket)
	return []byte(b.String())
}

// readAdvertisement reads the answer to info/refs: the capabilities of version 2, or the refs of version 0.
// A line that names the service, and its own flush packet, may stand before.
func readAdvertisement(p *packetReader, prefixes []string) (caps capabilities, refs Refs, err error) {
	data, err := p.next()
	if err == nil && strings.HasPrefix(string(data), "# service=") {
		if data, err = p.next(); err == nil && data != nil {
			return caps, refs, fmt.Errorf("no flush packet behind the service: %w", ErrProtocol)
		}
		if err == nil {
			data, err = p.next()
		}
	}
	for ; err == nil && data != nil; data, err = p.next() {
		switch line := string(data); {
		case strings.HasPrefix(line, "ERR "):
			return caps, refs, remoteError(line)
		case line == "version 2":
			caps.version2 = true
		case line == "version 1":
		case caps.version2:
			if format, found := strings.CutPrefix(line, "object-format="); found {
				caps.objectFormat = format
			}
		default:
			if err := refs.addAdvertised(line, prefixes); err != nil {
				return caps, refs, err
			}
		}
	}
	if err == io.EOF {
		err = fmt.Errorf("the answer has no end: %w", ErrProtocol)
	}
	if !slices.ContainsFunc(refs.List, func(r Ref) bool { return r.Name == refs.Head }) {
		refs.Head = ""
	}
	return caps, refs, err
}

// addAdvertised adds a line of version 0: "ID NAME", behind the first one NUL and capabilities. Such a list
// has all refs: those that nobody asked for are dropped.
func (r *Refs) addAdvertised(line string, prefixes []string) error {
	line, caps, _ := strings.Cut(line, "\x00")
	for capability := range strings.FieldsSeq(caps) {
		if target, found := strings.CutPrefix(capability, "symref=HEAD:"); found {
			r.Head = target
		}
	}
	id, name, _ := strings.Cut(line, " ")
	switch tag, isPeeled := strings.CutSuffix(name, "^{}"); {
	case id == "shallow", name == "capabilities^{}", name == "HEAD": // HEAD is known by its symref
		return nil
	case sources.IsCommit(id) && strings.HasPrefix(name, "refs/") && tag != r.Head && !covers(prefixes, []string{tag}):
		return nil
	case isPeeled:
		if n := len(r.List); n > 0 && r.List[n-1].Name == tag && sources.IsCommit(id) {
			r.List[n-1].Peeled = id
			return nil
		}
	}
	return r.add(Ref{Name: name, ID: id})
}

// readLsRefs reads the answer to ls-refs: "ID NAME[ symref-target:NAME][ peeled:ID]".
// The branch that HEAD names is added where the prefixes left it out.
func readLsRefs(p *packetReader, prefixes []string) (Refs, error) {
	var refs Refs
	var head Ref
	for lines := 0; ; lines++ {
		data, err := p.next()
		switch {
		case err == io.EOF && lines == 0:
			return refs, errEmpty
		case err == io.EOF:
			return refs, fmt.Errorf("the answer has no end: %w", ErrProtocol)
		case err != nil:
			return refs, err
		case data == nil:
			isHead := func(r Ref) bool { return r.Name == head.Name }
			if head.Name != "" && !slices.ContainsFunc(refs.List, isHead) {
				err = refs.add(head)
			}
			return refs, err
		}
		line := string(data)
		if strings.HasPrefix(line, "ERR ") {
			return refs, remoteError(line)
		}
		id, rest, _ := strings.Cut(line, " ")
		name, attributes, _ := strings.Cut(rest, " ")
		ref := Ref{Name: name, ID: id}
		for attribute := range strings.FieldsSeq(attributes) {
			if target, found := strings.CutPrefix(attribute, "symref-target:"); found && name == "HEAD" && id != "unborn" {
				refs.Head = target
			}
			if peeled, found := strings.CutPrefix(attribute, "peeled:"); found {
				ref.Peeled = peeled
			}
		}
		if name == "HEAD" && refs.Head != "" {
			head = Ref{Name: refs.Head, ID: id}
		}
		if name == "HEAD" || id == "unborn" || sources.IsCommit(id) && strings.HasPrefix(name, "refs/") && !covers(prefixes, []string{name}) {
			continue
		}
		if err := refs.add(ref); err != nil {
			return refs, err
		}
	}
}

func (r *Refs) add(ref Ref) error {
	switch {
	case !sources.IsCommit(ref.ID) || ref.Peeled != "" && !sources.IsCommit(ref.Peeled) ||
		!strings.HasPrefix(ref.Name, "refs/"):
		return fmt.Errorf("ref line %q: %w", excerpt(ref.ID+" "+ref.Name), ErrProtocol)
	case strings.HasSuffix(ref.Name, "^{}"):
		return fmt.Errorf("ref line %q peels nothing: %w", excerpt(ref.ID+" "+ref.Name), ErrProtocol)
	case len(r.List) >= maxRefs:
		return fmt.Errorf("more than %d refs: %w", maxRefs, ErrProtocol)
	}
	r.List = append(r.List, ref)
	return nil
}

func remoteError(line string) error {
	return misunderstood{fmt.Errorf("the remote says %q: %w", excerpt(strings.TrimPrefix(line, "ERR ")), ErrProtocol)}
}

// maxExcerpt is how many bytes of a remote's own words an error repeats.
const maxExcerpt = 300

func excerpt(text string) string {
	if len(text) <= maxExcerpt {
		return text
	}
	return strings.ToValidUTF8(text[:maxExcerpt], "") + "…"
}

func checkType(resp *http.Response, want string) error {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != want {
		return web.NoRetry(misunderstood{fmt.Errorf("answered with %q instead of %s: %w", kind, want, ErrProtocol)})
	}
	return nil
}

// final makes an answer that is whole and yet nonsense final; one that broke off may be asked for again.
func final(err error) error {
	if errors.Is(err, ErrProtocol) {
		return web.NoRetry(err)
	}
	return err
}

// translate tells a repository that is not there from a host that is not.
func translate(err error) error {
	if errors.Is(err, web.ErrNotFound) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}
