package openvsx

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// document is what the server says of a version, and of all versions of the extension.
type document struct {
	Version    string            `json:"version"`
	Platform   string            `json:"targetPlatform"` // of the file that this is about
	Prerelease bool              `json:"preRelease"`
	Deprecated bool              `json:"deprecated"`
	Timestamp  time.Time         `json:"timestamp"`
	Versions   map[string]string `json:"allVersions"` // their documents
	Downloads  map[string]string `json:"downloads"`   // the version's files by platform
	Files      struct {
		SHA256 string `json:"sha256"` // the address of a text
	} `json:"files"`
}

// details are what only a version's own document tells.
type details struct {
	known     bool
	platforms []string // empty if the server does not list them
}

// New returns the kind, which asks through transport.
func New(transport http.RoundTripper) sources.Kind {
	o := openVSX{registry.Client{Transport: transport}}
	resolver := registry.Registry[Spec, details]{
		Address: Spec.address,
		List:    o.list,
		Detail:  o.detail,
		Missing: func(s Spec, v registry.Version[details]) string {
			if len(v.Files.platforms) == 0 {
				return ""
			}
			return s.Missing(registry.Universal, v.Files.platforms)
		},
		Calls: func(s Spec, v registry.Version[details]) ([]sources.Call, error) { return s.calls(v.Name), nil },
	}.Resolver()
	resolver.Publish = o.publish
	return sources.NewKind(Codec(), resolver)
}

type openVSX struct{ client registry.Client }

func (o openVSX) get(ctx context.Context, address string) (document, error) {
	data, err := o.client.Get(ctx, address, "application/json")
	if err != nil {
		return document{}, err
	}
	return registry.Decode[document](data, address)
}

// list reads the names of all versions, and the details of the one that the server shows.
func (o openVSX) list(ctx context.Context, _ Spec, address string) (all []registry.Version[details], err error) {
	shown, err := o.get(ctx, address)
	names := map[string]string{shown.Version: address}
	maps.Copy(names, shown.Versions) // with aliases such as "latest", which are no versions
	for name := range names {
		v, isVersion := version.ParseSemantic(name)
		if !isVersion {
			continue
		}
		one := registry.Version[details]{Release: version.Release{Ordered: v, Name: name}}
		if name == shown.Version {
			shown.tell(&one)
		}
		if shown.Deprecated {
			one.Notice = "upstream deprecated the extension"
		}
		all = append(all, one)
	}
	return all, err
}

// tell completes a version with what its document says.
func (d document) tell(v *registry.Version[details]) {
	v.Date, v.Prerelease, v.Files.known = d.Timestamp, d.Prerelease, true
	switch v.Files.platforms = slices.Collect(maps.Keys(d.Downloads)); {
	case len(v.Files.platforms) > 0:
	case d.Platform == "" || d.Platform == registry.Universal:
		v.Files.platforms = []string{registry.Universal}
	}
}

func (o openVSX) detail(ctx context.Context, s Spec, v *registry.Version[details]) error {
	if v.Files.known {
		return nil
	}
	found, err := o.get(ctx, s.address()+"/"+v.Name)
	if err == nil {
		found.tell(v)
	}
	if errors.Is(err, sources.ErrNotFound) {
		return nil
	}
	return err
}

// publish adds the hashes, which stand in texts of their own.
func (o openVSX) publish(ctx context.Context, s Spec, r sources.Resolution) (sources.Resolution, error) {
	for i := range r.Calls {
		c := &r.Calls[i]
		address, _, _ := strings.Cut(c.URL, "/file/")
		found, err := o.get(ctx, address)
		switch {
		case errors.Is(err, sources.ErrNotFound) || err == nil && found.Files.SHA256 == "":
			continue
		case err != nil:
			return r, err
		case !strings.HasPrefix(found.Files.SHA256, s.address()+"/"):
			return r, registry.Unexpected("address of a digest ("+redact.Address(found.Files.SHA256)+")", address)
		}
		text, err := o.client.Get(ctx, found.Files.SHA256, "")
		if err == nil {
			digits, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
			*c, err = registry.Published(*c, map[string]string{"sha256": digits})
		}
		if err != nil {
			return r, err
		}
	}
	return r, nil
}
