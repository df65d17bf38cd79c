package pypi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

type release = registry.Version[[]file]

// mediaType is that of the Simple API's JSON form.
const mediaType = "application/vnd.pypi.simple.v1+json"

// New returns the kind, which asks the index through transport.
func New(transport http.RoundTripper) sources.Kind {
	client := registry.Client{Transport: transport}
	return sources.NewKind(Codec(), registry.Registry[Spec, []file]{
		Address: Spec.address,
		List: func(ctx context.Context, s Spec, address string) ([]release, error) {
			data, err := client.Get(ctx, address, mediaType)
			if err != nil {
				return nil, err
			}
			return list(data, address, s.Package)
		},
		Narrow:  narrow,
		Missing: func(s Spec, v release) string { return missing(s.files(), v.Files) },
		Calls: func(s Spec, v release) (calls []sources.Call, err error) {
			for _, on := range s.files() {
				f := pick(v.Files, on.Platform)
				address, err := s.locate(f.address, f.name)
				if err != nil {
					return nil, err
				}
				call, err := registry.Published(sources.Call{System: on.System, Fetch: s.fetch(address)}, f.digests)
				if err != nil {
					return nil, err
				}
				calls = append(calls, call)
			}
			return calls, nil
		},
		Same: func(a, b string) bool {
			v, isVersion := version.ParsePython(a)
			w, isVersionToo := version.ParsePython(b)
			return isVersion && isVersionToo && v.Canonical() == w.Canonical()
		},
	}.Resolver())
}

// narrow refuses a package that never had an sdist if one is wanted.
func narrow(s Spec, all []release) ([]release, error) {
	newest := slices.MaxFunc(all, func(a, b release) int { return a.Compare(b.Ordered) })
	isSdist := func(f file) bool { return f.matches("") }
	if s.Wheel != "" || s.Systems != "" || slices.ContainsFunc(all, func(v release) bool { return slices.ContainsFunc(v.Files, isSdist) }) {
		return all, nil
	}
	err := fmt.Errorf("%s: %s: %w", newest.Name, missing(s.files(), newest.Files), sources.ErrNotFound)
	return nil, sources.WithSettings(err, sources.Setting{Option: "wheel", Value: newest.Files[0].tags})
}

// missing names the first wanted file that a version does not have, and what it has instead.
func missing(wanted []registry.On, files []file) string {
	for _, on := range wanted {
		if pick(files, on.Platform) != nil {
			continue
		}
		var others []string
		for _, f := range files {
			if f.tags != "" && f.yanked == "" {
				others = append(others, f.tags)
			}
		}
		slices.Sort(others)
		what := "no sdist"
		if on.Platform != "" {
			what = "no wheel " + on.Platform
		}
		if len(others) == 0 {
			return what
		}
		return what + ", only the wheels " + registry.Line(strings.Join(others, ", "))
	}
	return ""
}

// list reads what an index says of a package. A version is as old as its newest file: files can be added to an old one.
func list(data []byte, address, pkg string) (all []release, err error) {
	document, err := registry.Decode[struct {
		Files []struct {
			Filename   string            `json:"filename"`
			URL        string            `json:"url"`
			Hashes     map[string]string `json:"hashes"`
			UploadTime string            `json:"upload-time"`
			Yanked     jsontext.Value    `json:"yanked"`
		} `json:"files"`
		Status struct {
			Status string `json:"status"`
			Reason string `json:"reason"`
		} `json:"project-status"`
	}](data, address)
	if err != nil {
		return nil, sources.WithHint(err, "open the address in a browser: the index has to have the JSON form of the Simple API")
	}
	at := make(map[string]int)
	for _, entry := range document.Files {
		f, ok := parseFile(entry.Filename, pkg)
		if !ok {
			continue
		}
		f.address, f.digests, f.yanked = entry.URL, entry.Hashes, yanked(entry.Yanked)
		i, known := at[f.version.Canonical()]
		if !known {
			i, at[f.version.Canonical()] = len(all), len(all)
			all = append(all, release{Release: version.Release{Ordered: f.version, Name: f.version.String()}})
		}
		if date, err := time.Parse(time.RFC3339, entry.UploadTime); err == nil && date.After(all[i].Date) {
			all[i].Date = date
		}
		all[i].Files = append(all[i].Files, f)
	}
	for i := range all {
		all[i].Withdrawn = allYanked(all[i].Files)
		if status := document.Status; status.Status == "archived" || status.Status == "deprecated" {
			all[i].Notice = registry.Line(fmt.Sprintf("upstream marked the project as %s: %s", status.Status, status.Reason))
		}
	}
	return all, nil
}

// yanked returns why a file was yanked: the index says true or the reason.
func yanked(value jsontext.Value) string {
	var reason string
	if json.Unmarshal(value, &reason) == nil {
		return registry.Line(reason)
	}
	if value.Kind() == 't' {
		return registry.NoReason
	}
	return ""
}
