package binarycache

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/nix-community/go-nix/pkg/narinfo"
	"github.com/nix-community/go-nix/pkg/narinfo/signature"
	"github.com/nix-community/go-nix/pkg/nixhash"

	"github.com/pinfetch/pinfetch/internal/storepath"
)

func infoKeyOf(o storepath.Output) string { return o.Key() + ".narinfo" }

// info reads the narinfo of an output. The error is an [fs.ErrNotExist], or an [ErrDamaged] if it is not of this output.
func (c *Cache) info(ctx context.Context, o storepath.Output) (*narinfo.NarInfo, error) {
	info, err := c.parse(ctx, infoKeyOf(o))
	if err == nil && (info.StorePath != o.Path || info.CA != o.CA) {
		err = fmt.Errorf("%s is of %q: %w", infoKeyOf(o), info.StorePath, ErrDamaged)
	}
	return info, err
}

// parse reads any narinfo.
func (c *Cache) parse(ctx context.Context, key string) (*narinfo.NarInfo, error) {
	text, err := c.read(ctx, key)
	if err != nil {
		return nil, err
	}
	info, err := narinfo.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", key, ErrDamaged, err)
	}
	if slices.Equal(info.References, []string{""}) { // "References: " is parsed so, and would count in signatures
		info.References = nil
	}
	if path.Dir(info.URL) != narDir || strings.Contains(info.URL, "..") || info.NarHash == nil {
		return nil, fmt.Errorf("%s names the NAR %q: %w", key, info.URL, ErrDamaged)
	}
	return info, nil
}

// content is what the narinfos of one content have in common.
type content struct {
	url         string
	compression Compression
	fileHash    *nixhash.HashWithEncoding
	fileSize    uint64
	narHash     *nixhash.HashWithEncoding
	narSize     uint64
}

func contentOf(i *narinfo.NarInfo) content {
	return content{i.URL, Compression(i.Compression), i.FileHash, i.FileSize, i.NarHash, i.NarSize}
}

// publish writes the narinfo of an output.
func (c *Cache) publish(ctx context.Context, o storepath.Output, n content) error {
	info := &narinfo.NarInfo{
		StorePath: o.Path, CA: o.CA, URL: n.url, Compression: string(n.compression),
		FileHash: n.fileHash, FileSize: n.fileSize, NarHash: n.narHash, NarSize: n.narSize,
	}
	if c.Key != nil {
		signed, err := c.Key.secret.Sign(nil, info.Fingerprint())
		if err != nil {
			return fmt.Errorf("sign %s: %w", o.Path, err)
		}
		info.Signatures = []signature.Signature{signed}
	}
	return c.put(ctx, infoKeyOf(o), info.String())
}

// Key signs narinfos.
type Key struct{ secret signature.SecretKey }

// ParseKey reads a secret key, NAME:BASE64, as nix-store --generate-binary-cache-key writes it.
func ParseKey(text string) (*Key, error) {
	secret, err := signature.LoadSecretKey(strings.TrimSpace(text))
	if err != nil {
		return nil, fmt.Errorf("%w: want NAME:BASE64", ErrKey) // the cause may quote it
	}
	return &Key{secret}, nil
}

// hasSigned reports whether a narinfo has a signature of the key. The nil Key need not sign.
func (k *Key) hasSigned(info *narinfo.NarInfo) bool {
	return k == nil || signature.VerifyFirst(info.Fingerprint(), info.Signatures, []signature.PublicKey{k.secret.ToPublicKey()})
}

// Public is the public key, NAME:BASE64, for trusted-public-keys in nix.conf.
func (k *Key) Public() string { return k.secret.ToPublicKey().String() }
