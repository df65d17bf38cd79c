package prefetch

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
)

// fetchurl hashes the bytes as they are sent (nixpkgs, pkgs/build-support/fetchurl) or, for an executable, the
// NAR of the one file.
func (p *Prefetcher) fetchurl(ctx context.Context, j Job, report Progress) (Result, error) {
	result := Result{Fetch: j.Fetch}
	err := p.download(ctx, j.URL, report, func(body io.Reader) error {
		r := bufio.NewReaderSize(body, sniffed)
		isPage, err := looksLikePage(r)
		if err != nil {
			return err
		}
		if isPage && binaryName.MatchString(name(j.URL)) {
			return retry.Permanent(fmt.Errorf("%s: %w", redact.Address(j.URL), ErrHTML))
		}
		result.Warnings = nil
		if isPage && !pageName.MatchString(name(j.URL)) {
			result.Warnings = []Warning{{Kind: WebPage}}
		}
		if j.Executable {
			spool := hash.SpoolOptions{TempDir: p.TempDir, Limits: p.Limits}
			result.Hash, err = hash.ExecutableFile(ctx, r, j.Algorithm, spool)
		} else {
			result.Hash, err = hash.File(ctx, r, j.Algorithm)
		}
		return err
	})
	return result, err
}

// sniffed is how many bytes it takes to recognize a web page (WHATWG, MIME Sniffing).
const sniffed = 1445

func looksLikePage(r *bufio.Reader) (bool, error) {
	head, err := r.Peek(sniffed)
	if err != nil && err != io.EOF {
		return false, err
	}
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	return strings.HasPrefix(http.DetectContentType(head), "text/html"), nil
}

var (
	// binaryName matches names of files that are never web pages.
	binaryName = regexp.MustCompile(`(?i)\.(tar|tgz|tbz2?|txz|gz|bz2|xz|zst|lz|lzma|zip|7z|rar|jar|war|whl|crate|gem|deb|rpm|` +
		`exe|msi|dmg|iso|img|bin|so|dll|wasm|appimage|pdf|png|jpe?g|ttf|otf|woff2?)$`)
	// pageName matches names of files that may be web pages.
	pageName = regexp.MustCompile(`(?i)\.(x?html|htm|svg)$`)
)

// name returns the last component of a URL's path.
func name(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}
