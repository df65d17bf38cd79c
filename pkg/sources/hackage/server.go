package hackage

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

type none = struct{}

// New returns the kind, which asks through transport.
func New(transport http.RoundTripper) sources.Kind {
	h := hackage{registry.Client{Transport: transport}}
	resolver := registry.Registry[Spec, none]{
		Address: func(s Spec) string { return s.address(s.Package + "/preferred.json") },
		List:    h.list,
		Detail: func(ctx context.Context, s Spec, v *registry.Version[none]) (err error) {
			if s.Age() > 0 {
				v.Date, err = h.uploaded(ctx, s, v.Name)
			}
			return err
		},
		Calls: func(s Spec, v registry.Version[none]) ([]sources.Call, error) { return s.calls(v.Name), nil },
	}.Resolver()
	resolver.Publish = h.publish
	return sources.NewKind(Codec(), resolver)
}

type hackage struct{ client registry.Client }

// list reads the versions that a solver prefers, and those that it avoids.
func (h hackage) list(ctx context.Context, _ Spec, address string) (all []registry.Version[none], err error) {
	data, err := h.client.Get(ctx, address, "application/json")
	if err != nil {
		return nil, err
	}
	found, err := registry.Decode[struct {
		Normal      []string `json:"normal-version"`
		Unpreferred []string `json:"unpreferred-version"`
		Deprecated  []string `json:"deprecated-version"`
	}](data, address)
	add := func(texts []string, withdrawn string) {
		for _, text := range texts {
			if v, isVersion := version.ParseHaskell(text); isVersion {
				all = append(all, registry.Version[none]{Release: version.Release{Ordered: v, Name: text, Withdrawn: withdrawn}})
			}
		}
	}
	add(found.Normal, "")
	add(found.Unpreferred, "its maintainers prefer other versions")
	add(found.Deprecated, "deprecated")
	return all, err
}

// uploaded returns when a version was uploaded, the zero time if the server does not say.
func (h hackage) uploaded(ctx context.Context, s Spec, number string) (time.Time, error) {
	data, err := h.client.Get(ctx, s.address(s.Package+"-"+number+"/upload-time"), "text/plain")
	if errors.Is(err, sources.ErrNotFound) {
		return time.Time{}, nil
	}
	at, _ := time.Parse(time.RFC3339, strings.TrimSpace(string(data)))
	return at, err
}

// publish adds the date, and what the package is deprecated in favour of.
func (h hackage) publish(ctx context.Context, s Spec, r sources.Resolution) (sources.Resolution, error) {
	at, err := h.uploaded(ctx, s, r.Version)
	if err != nil {
		return r, err
	}
	if !at.IsZero() {
		r.Date = at.UTC().Format(time.DateOnly)
	}
	address := s.address(s.Package + "/deprecated.json")
	data, err := h.client.Get(ctx, address, "application/json")
	if errors.Is(err, sources.ErrNotFound) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	found, err := registry.Decode[struct {
		Is       bool     `json:"is-deprecated"`
		InFavour []string `json:"in-favour-of"`
	}](data, address)
	if found.Is && r.Notice == "" {
		r.Notice = "upstream deprecated the package"
		if len(found.InFavour) > 0 {
			r.Notice += " in favour of " + registry.Line(strings.Join(found.InFavour, ", "))
		}
	}
	return r, err
}
