package maven

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
)

// date returns when a file was published, the zero time if nobody knows.
func (m maven) date(ctx context.Context, address string) (time.Time, error) {
	at, err := m.client.Modified(ctx, address)
	if errors.Is(err, sources.ErrNotFound) {
		return time.Time{}, nil
	}
	return at, err
}

// publish adds the date of the file, and its hash or, if only a weak one is published, its digest.
func (m maven) publish(ctx context.Context, _ Spec, r sources.Resolution) (sources.Resolution, error) {
	c := &r.Calls[0]
	at, err := m.date(ctx, c.URL)
	if err != nil {
		return r, err
	}
	if !at.IsZero() {
		r.Date = at.UTC().Format(time.DateOnly)
	}
	for _, algorithm := range []string{"sha256", "sha512", "sha1"} {
		digits, err := m.digest(ctx, c.URL, algorithm)
		if err == nil && digits != "" {
			*c, err = registry.Published(*c, map[string]string{algorithm: digits})
		}
		if err != nil || digits != "" {
			return r, err
		}
	}
	return r, nil
}

// digest returns the digits in the file with a digest beside a file, "" if there is none. A file name may follow them.
func (m maven) digest(ctx context.Context, address, algorithm string) (string, error) {
	data, err := m.client.Get(ctx, address+"."+algorithm, "")
	if errors.Is(err, sources.ErrNotFound) {
		return "", nil
	}
	digits, _, _ := strings.Cut(strings.TrimSpace(string(data)), " ")
	if _, malformed := hash.ParseDigest(algorithm, digits); malformed != nil {
		return "", err
	}
	return digits, err
}
