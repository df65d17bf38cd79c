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

// errEmpty is how git http-backend responds if the object format is not the repository's, or if a proxy dropped the
// header with the protocol version.
var errEmpty = &unsupported{"empty response"}

// unsupported is an [ErrProtocol] after which the request is worth sending in another form.
type unsupported struct{ text string }

func (e *unsupported) Error() string { return e.text + ": " + ErrProtocol.Error() }
func (e *unsupported) Unwrap() error { return ErrProtocol }

// lsRefs requests refs over http with version 2 of the protocol, in a single request. If that fails, it asks the server
// for its capabilities first. A server that does not know version 2 answers with the list of version 0 instead.
func (c *Client) lsRefs(ctx context.Context, remoteURL string, prefixes []string) (sources.Refs, error) {
	base := strings.TrimSuffix(remoteURL, "/")
	server := c.server(base)
	if !server.needsCapabilities.Load() {
		refs, err := c.post(ctx, base, capabilities{}, prefixes)
		if err == nil || !isUnsupported(err) {
			return refs, translate(err)
		}
	}
	caps, refs, moved, err := c.advertised(ctx, base, prefixes)
	if err == nil && caps.version2 {
		refs, err = c.post(ctx, moved, caps, prefixes)
	}
	if err == nil && moved == base && caps.objectFormat != "sha256" {
		server.needsCapabilities.Store(true)
	}
	return refs, translate(err)
}

// isUnsupported reports whether another form of the request may succeed.
func isUnsupported(err error) bool {
	var status *web.StatusError
	if errors.As(err, &status) {
		return status.Status != http.StatusUnauthorized && !errors.Is(err, web.ErrRateLimited) &&
			(status.Status < 500 || status.Status == http.StatusNotImplemented)
	}
	return errors.As(err, new(*unsupported))
}

// advertised requests the capabilities of a server, and follows redirects to find where the repository is.
func (c *Client) advertised(ctx context.Context, base string, prefixes []string) (caps capabilities, refs sources.Refs, moved string, err error) {
	err = c.web.Do(ctx, web.Request{
		URL:    base + "/info/refs?service=git-upload-pack",
		Header: http.Header{"Git-Protocol": {"version=2"}},
	}, func(resp *http.Response) (err error) {
		if err := checkType(resp, "application/x-git-upload-pack-advertisement"); err != nil {
			return err
		}
		caps, refs, err = readAdvertisement(newPacketReader(io.LimitReader(resp.Body, MaxResponse)), prefixes)
		moved = baseOf(resp, base)
		return err
	})
	return caps, refs, moved, err
}

// post requests ls-refs.
func (c *Client) post(ctx context.Context, base string, caps capabilities, prefixes []string) (refs sources.Refs, err error) {
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
		refs, err = readLsRefs(newPacketReader(io.LimitReader(resp.Body, MaxResponse)), prefixes)
		return err
	})
	return refs, err
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

// capabilities are what a server supports.
type capabilities struct {
	version2     bool
	objectFormat string // "" means "sha1"
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

// readAdvertisement reads the response to info/refs: the capabilities of version 2, or the refs of version 0. A line with
// the name of the service and a flush packet may precede them.
func readAdvertisement(p *packetReader, prefixes []string) (caps capabilities, refs sources.Refs, err error) {
	data, err := p.next()
	if err == nil && strings.HasPrefix(string(data), "# service=") {
		if data, err = p.next(); err == nil && data != nil {
			return caps, refs, fmt.Errorf("no flush packet after the service: %w", ErrProtocol)
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
			if err := AddAdvertised(&refs, line, prefixes); err != nil {
				return caps, refs, err
			}
		}
	}
	if err == io.EOF {
		err = fmt.Errorf("the response has no end: %w", ErrProtocol)
	}
	if !slices.ContainsFunc(refs.List, func(r sources.Ref) bool { return r.Name == refs.Head }) {
		refs.Head = ""
	}
	return caps, refs, err
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
	switch tag, isPeeled := strings.CutSuffix(name, "^{}"); {
	case id == "shallow", name == "capabilities^{}", name == "HEAD": // its symref is enough
		return nil
	case sources.IsCommit(id) && strings.HasPrefix(name, "refs/") && tag != r.Head && !covers(prefixes, tag):
		return nil
	case isPeeled:
		if n := len(r.List); n > 0 && r.List[n-1].Name == tag && sources.IsCommit(id) {
			r.List[n-1].Peeled = id
			return nil
		}
	}
	return add(r, sources.Ref{Name: name, ID: id})
}

// readLsRefs reads the response to ls-refs: "ID NAME[ symref-target:NAME][ peeled:ID]". It adds the branch that HEAD
// points to even if no prefix matches it.
func readLsRefs(p *packetReader, prefixes []string) (sources.Refs, error) {
	var refs sources.Refs
	var head sources.Ref
	for lines := 0; ; lines++ {
		data, err := p.next()
		switch {
		case err == io.EOF && lines == 0:
			return refs, errEmpty
		case err == io.EOF:
			return refs, fmt.Errorf("the response has no end: %w", ErrProtocol)
		case err != nil:
			return refs, err
		case data == nil:
			isHead := func(r sources.Ref) bool { return r.Name == head.Name }
			if head.Name != "" && !slices.ContainsFunc(refs.List, isHead) {
				err = add(&refs, head)
			}
			return refs, err
		}
		line := string(data)
		if strings.HasPrefix(line, "ERR ") {
			return refs, remoteError(line)
		}
		id, rest, _ := strings.Cut(line, " ")
		name, attributes, _ := strings.Cut(rest, " ")
		ref := sources.Ref{Name: name, ID: id}
		for attribute := range strings.FieldsSeq(attributes) {
			if target, found := strings.CutPrefix(attribute, "symref-target:"); found && name == "HEAD" && id != "unborn" {
				refs.Head = target
			}
			if peeled, found := strings.CutPrefix(attribute, "peeled:"); found {
				ref.Peeled = peeled
			}
		}
		if name == "HEAD" && refs.Head != "" {
			head = sources.Ref{Name: refs.Head, ID: id}
		}
		if name == "HEAD" || id == "unborn" || sources.IsCommit(id) && strings.HasPrefix(name, "refs/") && !covers(prefixes, name) {
			continue
		}
		if err := add(&refs, ref); err != nil {
			return refs, err
		}
	}
}

func add(r *sources.Refs, ref sources.Ref) error {
	switch {
	case !sources.IsCommit(ref.ID) || ref.Peeled != "" && !sources.IsCommit(ref.Peeled) ||
		!strings.HasPrefix(ref.Name, "refs/"):
		return fmt.Errorf("invalid ref %q: %w", excerpt(ref.ID+" "+ref.Name), ErrProtocol)
	case strings.HasSuffix(ref.Name, "^{}"):
		return fmt.Errorf("ref %q peels no tag: %w", excerpt(ref.ID+" "+ref.Name), ErrProtocol)
	case len(r.List) >= maxRefs:
		return fmt.Errorf("more than %d refs: %w", maxRefs, ErrProtocol)
	}
	r.List = append(r.List, ref)
	return nil
}

func remoteError(line string) error {
	return &unsupported{fmt.Sprintf("the remote says %q", excerpt(strings.TrimPrefix(line, "ERR ")))}
}

// maxExcerpt is how many bytes of a remote's text an error repeats.
const maxExcerpt = 300

func excerpt(text string) string { return terminal.Shorten(text, maxExcerpt) }

func checkType(resp *http.Response, want string) error {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != want {
		return &unsupported{fmt.Sprintf("response has type %q instead of %s", excerpt(kind), want)}
	}
	return nil
}

// translate tells a missing repository from an unreachable host.
func translate(err error) error {
	if errors.Is(err, web.ErrNotFound) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}
