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
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// fetchurl hashes the bytes as they are sent (nixpkgs, pkgs/build-support/fetchurl),
// or, for an executable, the NAR of the one file.
func (h *Hasher) fetchurl(ctx context.Context, f sources.Fetch, a hash.Algorithm, p Progress) (Result, error) {
	result := Result{Fetch: f}
	err := h.download(ctx, f.URL, p, func(body io.Reader) error {
		r := bufio.NewReaderSize(body, sniffed)
		isPage, err := looksLikePage(r)
		if err != nil {
			return err
		}
		if isPage && isBinary(f.URL) {
			return retry.Permanent(fmt.Errorf("%s: %w", redact.Address(f.URL), ErrHTML))
		}
		result.Warnings = nil
		if isPage && !isPageName(f.URL) {
			result.Warnings = []string{"the file is a web page: check that it is what you want to pin"}
		}
		result.Hash, err = h.hashFile(ctx, f, r, a)
		return err
	})
	return result, err
}

func (h *Hasher) hashFile(ctx context.Context, f sources.Fetch, r io.Reader, a hash.Algorithm) (hash.SRI, error) {
	if f.Executable {
		return hash.ExecutableFile(ctx, r, a, hash.SpoolOptions{TempDir: h.TempDir, Limits: h.Limits})
	}
	return hash.File(ctx, r, a)
}

// sniffed is how many bytes tell a web page from a file (WHATWG, MIME Sniffing).
const sniffed = 1445

func looksLikePage(r *bufio.Reader) (bool, error) {
	head, err := r.Peek(sniffed)
	if err != nil && err != io.EOF {
		return false, err
	}
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	return strings.HasPrefix(http.DetectContentType(head), "text/html"), nil
}

// binaryName matches names of files that are never a web page.
var binaryName = regexp.MustCompile(`(?i)\.(tar|tgz|tbz2?|txz|gz|bz2|xz|zst|lz|lzma|zip|7z|rar|jar|war|whl|crate|gem|deb|rpm|exe|msi|dmg|iso|img|bin|so|dll|wasm|appimage|pdf|png|jpe?g|ttf|otf|woff2?)$`)

func isBinary(text string) bool { return binaryName.MatchString(name(text)) }

func isPageName(text string) bool {
	switch strings.ToLower(path.Ext(name(text))) {
	case ".html", ".htm", ".xhtml", ".svg":
		return true
	}
	return false
}

// name returns the last component of a URL's path.
func name(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}
