package prefetch

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
)

// fetchurl hashes the bytes as they are sent (nixpkgs, pkgs/build-support/fetchurl) or, for an executable, the
// NAR of the one file.
func (p *Prefetcher) fetchurl(ctx context.Context, j Job, report Progress) (Result, error) {
	result := Result{Fetch: j.Fetch}
	err := p.download(ctx, j, j.URL, report, func(body io.Reader, header http.Header) error {
		r := bufio.NewReaderSize(body, sniffed)
		head, err := r.Peek(sniffed)
		if err != nil && err != io.EOF {
			return err
		}
		refusal := j.refuse(head, header.Get("Content-Type"))
		if refusal != nil {
			refusal = retry.Permanent(fmt.Errorf("%s: %w", redact.Address(j.URL), refusal))
		}
		if refusal != nil && j.Known.IsZero() {
			return refusal
		}
		if result.Hash, err = p.hashFile(ctx, r, j); err != nil || result.Hash == j.Known {
			return err
		}
		return refusal
	})
	return result, err
}

func (p *Prefetcher) hashFile(ctx context.Context, r io.Reader, j Job) (hash.SRI, error) {
	opt := hash.SpoolOptions{TempDir: p.TempDir, Memory: p.memory(), Limits: p.Limits, NAR: p.writer()}
	switch {
	case j.Executable:
		return hash.ExecutableFile(ctx, r, j.Algorithm, opt)
	case opt.NAR != nil:
		return hash.FileNAR(ctx, r, j.Algorithm, opt)
	}
	return hash.File(ctx, r, j.Algorithm)
}

// sniffed is how many bytes it takes to recognize a web page, with a comment before it.
const sniffed = 4 << 10

// refuse says why content is not the file that was asked for: it is empty or a web page. It returns nil if it may be the
// file.
func (j Job) refuse(head []byte, contentType string) error {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	looksHTML := strings.HasPrefix(http.DetectContentType(head), "text/html") // also if it is Markdown that begins with a tag
	switch {
	case len(head) == 0:
		return web.ErrEmpty
	case j.AllowHTML:
		return nil
	case binaryName.MatchString(name(j.URL)) && looksHTML:
		return ErrHTML
	case pageName.MatchString(name(j.URL)):
		return nil
	case isDocument.Match(head), looksHTML && isHTML(contentType):
		return ErrHTML
	}
	return nil
}

func isHTML(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return kind == "text/html" || kind == "application/xhtml+xml"
}

var (
	// isDocument matches the start of a whole HTML document.
	isDocument = lazyregexp.New(`(?is)^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html)[\s>]`)
	// binaryName matches names of files that are never web pages.
	binaryName = lazyregexp.New(`(?i)\.(tar|tgz|tbz2?|txz|gz|bz2|xz|zst|lz|lzma|zip|7z|rar|jar|war|whl|crate|gem|deb|rpm|` +
		`exe|msi|dmg|iso|img|bin|so|dll|wasm|appimage|pdf|png|jpe?g|ttf|otf|woff2?)$`)
	// pageName matches names of files that may be web pages.
	pageName = lazyregexp.New(`(?i)\.(x?html|htm|svg)$`)
)

// name returns the last component of a URL's path.
func name(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}
