package npm

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// tarball is what the registry says of a version's file.
type tarball struct {
	url     string
	digests map[string]string // in hex
	tags    []string          // dist-tags that name the version
	allTags []string          // dist-tags of the package
}

type release = registry.Version[tarball]

// New returns the kind, which asks the registry through transport.
func New(transport http.RoundTripper) sources.Kind {
	client := registry.Client{Transport: transport}
	return sources.NewKind(Codec(), registry.Registry[Spec, tarball]{
		Address: Spec.address,
		Accept:  accept,
		List: func(ctx context.Context, s Spec, address string) ([]release, error) {
			data, err := client.Get(ctx, address, accept(s))
			if err != nil {
				return nil, err
			}
			return list(data, address)
		},
		Narrow: narrow,
		Calls: func(s Spec, v release) ([]sources.Call, error) {
			if !s.serves(v.Files.url, v.Name) {
				return nil, fmt.Errorf("its tarball is at %q, not at %s: %w", redact.Address(v.Files.url), s.tarball(v.Name), sources.ErrAnswer)
			}
			call, err := registry.Published(sources.Call{Fetch: s.fetch(v.Files.url)}, v.Files.digests)
			return []sources.Call{call}, err
		},
	}.Resolver())
}

// accept returns the media type of the short form of a package's document or, if it is about dates, which that form lacks, of
// the long one, which is several times as large (github.com/npm/registry, docs/responses/package-metadata.md).
func accept(s Spec) string {
	if s.MinAge != "" {
		return "application/json"
	}
	return "application/vnd.npm.install-v1+json"
}

// list reads the document about a package.
func list(data []byte, address string) (all []release, err error) {
	document, err := registry.Decode[struct {
		DistTags map[string]string `json:"dist-tags"`
		Versions map[string]struct {
			Dist struct {
				Tarball   string `json:"tarball"`
				Integrity string `json:"integrity"`
				SHASum    string `json:"shasum"`
			} `json:"dist"`
			Deprecated jsontext.Value `json:"deprecated"`
		} `json:"versions"`
		Time map[string]jsontext.Value `json:"time"` // also has what is no time
	}](data, address)
	if err != nil {
		return nil, err
	}
	allTags := slices.Sorted(maps.Keys(document.DistTags))
	for text, v := range document.Versions {
		number, ok := version.ParseSemantic(text)
		if !ok {
			continue
		}
		one := release{
			Release: version.Release{Ordered: number, Name: text},
			Files:   tarball{url: v.Dist.Tarball, digests: digests(v.Dist.Integrity, v.Dist.SHASum), allTags: allTags},
		}
		for _, tag := range allTags {
			if document.DistTags[tag] == text {
				one.Files.tags = append(one.Files.tags, tag)
			}
		}
		var date, why string
		if json.Unmarshal(document.Time[text], &date) == nil {
			one.Date, _ = time.Parse(time.RFC3339, date)
		}
		if json.Unmarshal(v.Deprecated, &why) == nil && why != "" {
			one.Notice = fmt.Sprintf("upstream deprecated %s: %s", text, registry.Line(why))
		}
		all = append(all, one)
	}
	return all, nil
}

// digests returns the digests of a Subresource Integrity string, which may hold several hashes, and the SHA-1 beside it.
func digests(integrity, sha1 string) map[string]string {
	found := map[string]string{"sha1": sha1}
	for word := range strings.FieldsSeq(integrity) {
		text, _, _ := strings.Cut(word, "?")
		if sri, err := hash.ParseSRI(text); err == nil {
			found[sri.Algorithm().String()] = sri.Base16()
		}
	}
	return found
}

// narrow returns the version that a dist-tag names. Without one, what is newer than the tag "latest" counts as a pre-release,
// as for npm install, unless a constraint excludes "latest".
func narrow(s Spec, all []release) ([]release, error) {
	tagged := func(tag string) int {
		return slices.IndexFunc(all, func(v release) bool { return slices.Contains(v.Files.tags, tag) })
	}
	if s.DistTag != "" {
		if i := tagged(s.DistTag); i >= 0 {
			return all[i : i+1], nil
		}
		var known []string
		if len(all) > 0 {
			known = all[0].Files.allTags
		}
		err := fmt.Errorf("dist-tag %q: %w", s.DistTag, sources.ErrNotFound)
		return nil, sources.WithHint(err, "the package has %s", registry.Line(strings.Join(known, ", ")))
	}
	latest := tagged("latest")
	if latest < 0 {
		return all, nil
	}
	if constraint, err := version.ParseConstraint(s.Constraint); err != nil || !constraint.Allows(all[latest]) {
		return all, nil
	}
	all = slices.Clone(all)
	for i := range all {
		all[i].Prerelease = all[i].Compare(all[latest].Ordered) > 0
	}
	return all, nil
}
