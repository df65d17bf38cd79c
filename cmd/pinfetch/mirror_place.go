package main

import (
	"cmp"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/binarycache"
	"github.com/pinfetch/pinfetch/internal/mirror"
	"github.com/pinfetch/pinfetch/internal/storepath"
	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// mirrorPlace is where a binary cache is.
type mirrorPlace struct {
	name    string // as the user wrote it, without secrets
	bucket  binarycache.Bucket
	address string // for Nix's substituters
	web     string // a bucket's address for those who have no credentials; "" for other places
}

// placeOf understands a directory, file://…, s3://BUCKET[/PREFIX]?…, and http(s)://…, which can only be read.
func (p *program) placeOf(text string) (mirrorPlace, error) {
	scheme, _, isURL := strings.Cut(text, "://")
	switch {
	case text == "":
		return mirrorPlace{}, usage("the mirror's address is empty")
	case !isURL:
		return directory(text, text)
	}
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Fragment != "" {
		return mirrorPlace{}, usage("%q is not an address of a mirror", redact.Address(text))
	}
	switch scheme {
	case "file":
		if u.Host != "" || u.RawQuery != "" || u.Path == "" {
			return mirrorPlace{}, sources.WithHint(usage("%q is not the address of a directory", redact.Address(text)), "write file:///PATH, or the path alone")
		}
		return directory(text, u.Path)
	case "s3":
		return p.s3(u)
	case "http", "https":
		return p.served(u)
	}
	return mirrorPlace{}, sources.WithHint(usage("%q is not an address of a mirror", redact.Address(text)),
		"write a directory, file:///PATH, s3://BUCKET or https://HOST/PATH")
}

func directory(text, path string) (mirrorPlace, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return mirrorPlace{}, err
	}
	return mirrorPlace{name: text, bucket: binarycache.Dir(path), address: "file://" + path}, nil // Nix decodes no %20
}

// served is a mirror behind a web server.
func (p *program) served(u *url.URL) (mirrorPlace, error) {
	if u.Host == "" || u.RawQuery != "" {
		return mirrorPlace{}, usage("%q is not an address of a mirror", redact.URL(u))
	}
	c, err := p.clients()
	if err != nil {
		return mirrorPlace{}, err
	}
	address := strings.TrimSuffix(u.String(), "/")
	bucket := binarycache.HTTP{Web: c.web, Address: address, Limit: p.options.limits.Unpacked, TempDir: p.getenv("TMPDIR")}
	return mirrorPlace{name: address, bucket: bucket, address: address}, nil
}

var (
	bucketName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$`)
	prefixPath = lazyregexp.New(`^(/[A-Za-z0-9._~-]+)*/?$`)
	hostPort   = lazyregexp.New(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?$`)
)

// s3 is a mirror in a bucket. The parameters are those of Nix's S3 store.
func (p *program) s3(u *url.URL) (mirrorPlace, error) {
	text := redact.Reference(u.String())
	query := u.Query()
	for name, values := range query {
		if !slices.Contains([]string{"endpoint", "region", "scheme", "profile"}, name) || len(values) != 1 || values[0] == "" {
			return mirrorPlace{}, sources.WithHint(usage("%q: parameter %q is unknown, empty or repeated", text, name),
				"the parameters are endpoint, region, scheme and profile")
		}
	}
	o := binarycache.S3Options{Endpoint: query.Get("endpoint"), Region: query.Get("region"), Scheme: query.Get("scheme"), TempDir: p.getenv("TMPDIR"), Tries: p.options.retries + 1}
	switch {
	case !bucketName.MatchString(u.Host) || !prefixPath.MatchString(u.Path) || slices.Contains(strings.Split(u.Path, "/"), ".."):
		return mirrorPlace{}, sources.WithHint(usage("%q does not name a bucket", text), "write s3://BUCKET or s3://BUCKET/PREFIX")
	case o.Endpoint != "" && !hostPort.MatchString(o.Endpoint):
		return mirrorPlace{}, sources.WithHint(usage("%q: endpoint %q is not a host", text, o.Endpoint), "write endpoint=HOST or endpoint=HOST:PORT, and scheme=http for a server without TLS")
	case !slices.Contains([]string{"", "http", "https"}, o.Scheme):
		return mirrorPlace{}, usage("%q: scheme %q is neither http nor https", text, o.Scheme)
	}
	c, err := p.clients()
	if err != nil {
		return mirrorPlace{}, err
	}
	credential, err := p.aws(query.Get("profile"))
	if err != nil {
		return mirrorPlace{}, err
	}
	o.AccessKey, o.SecretKey, o.SessionToken, o.Transport = credential.keyID, credential.secret, credential.session, c.web.Transport()
	prefix := strings.Trim(u.Path, "/")
	bucket, err := binarycache.NewS3(u.Host, prefix, o)
	if err != nil {
		return mirrorPlace{}, err
	}
	public := fmt.Sprintf("https://%s.s3.%s.amazonaws.com", u.Host, cmp.Or(o.Region, "us-east-1"))
	if o.Endpoint != "" {
		public = fmt.Sprintf("%s://%s/%s", cmp.Or(o.Scheme, "https"), o.Endpoint, u.Host)
	}
	if prefix != "" { // Nix's S3 store has none
		public += "/" + prefix
		return mirrorPlace{text, bucket, public, public}, nil
	}
	return mirrorPlace{text, bucket, text, public}, nil
}

// storeDir is the directory of Nix's store.
func (p *program) storeDir() (storepath.Store, error) {
	dir := cmp.Or(p.getenv("NIX_STORE_DIR"), string(storepath.Default))
	if !filepath.IsAbs(dir) {
		return "", sources.WithHint(usage("NIX_STORE_DIR is %q: want an absolute path", dir), "unset it for /nix/store")
	}
	return storepath.Store(filepath.Clean(dir)), nil
}

// cacheAt returns the binary cache at a place.
func (p *program) cacheAt(text string) (*binarycache.Cache, mirrorPlace, error) {
	store, err := p.storeDir()
	if err != nil {
		return nil, mirrorPlace{}, err
	}
	at, err := p.placeOf(text)
	return &binarycache.Cache{Bucket: at.bucket, Store: store, Limit: p.options.limits.Unpacked}, at, err
}

// origins returns the mirrors to read from.
func (p *program) origins(addresses []string) (origins []mirror.Origin, err error) {
	for _, text := range addresses {
		cache, at, err := p.cacheAt(text)
		if err != nil {
			return nil, err
		}
		origins = append(origins, mirror.Origin{Name: at.name, Cache: cache})
	}
	return origins, nil
}
