package maven

import (
	"context"
	"encoding/xml"
	"net/http"
	"slices"
	"time"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

type none = struct{}

// New returns the kind, which asks through transport.
func New(transport http.RoundTripper) sources.Kind {
	m := maven{registry.Client{Transport: transport}}
	resolver := registry.Registry[Spec, none]{
		Address: func(s Spec) string { return s.address("maven-metadata.xml") },
		List:    m.list,
		Detail: func(ctx context.Context, s Spec, v *registry.Version[none]) (err error) {
			if s.Age() > 0 {
				v.Date, err = m.date(ctx, s.calls(v.Name)[0].URL)
			}
			return err
		},
		Calls: func(s Spec, v registry.Version[none]) ([]sources.Call, error) { return s.calls(v.Name), nil },
	}.Resolver()
	resolver.Publish = m.publish
	return sources.NewKind(Codec(), resolver)
}

type maven struct{ client registry.Client }

// list reads the versions, without snapshots, whose files change.
func (m maven) list(ctx context.Context, _ Spec, address string) (all []registry.Version[none], err error) {
	data, err := m.client.Get(ctx, address, "")
	if err != nil {
		return nil, err
	}
	var found struct {
		XMLName  xml.Name `xml:"metadata"`
		Versions []string `xml:"versioning>versions>version"`
		Updated  string   `xml:"versioning>lastUpdated"`
	}
	if xml.Unmarshal(data, &found) != nil {
		return nil, registry.Unexpected("maven-metadata.xml", address)
	}
	updated, err := time.Parse("20060102150405", found.Updated)
	if err != nil {
		updated = time.Now()
	}
	for _, text := range found.Versions {
		if v, _ := version.ParseMaven(text); sources.IsVersion(text) && !v.IsSnapshot() {
			all = append(all, registry.Version[none]{Release: version.Release{Ordered: v, Name: text}})
		}
	}
	withdrawDates(all, updated)
	return all, nil
}

// withdrawDates marks versions that are dates, if upstream had other versions and made none of a date for a year before it was
// last updated. Maven takes commons-io 20030203 for newer than 2.16.
func withdrawDates(all []registry.Version[none], updated time.Time) {
	const year = 365 * 24 * time.Hour
	isDate := func(v registry.Version[none]) bool { return dayOf(v).After(time.Time{}) }
	isRecent := func(v registry.Version[none]) bool { return updated.Sub(dayOf(v)) < year }
	if !slices.ContainsFunc(all, func(v registry.Version[none]) bool { return !isDate(v) }) || slices.ContainsFunc(all, func(v registry.Version[none]) bool { return isDate(v) && isRecent(v) }) {
		return
	}
	for i, v := range all {
		if isDate(v) {
			all[i].Withdrawn = "upstream went on with versions that are no dates"
		}
	}
}

// dayOf returns the day that a version names, the zero time if it names none.
func dayOf(v registry.Version[none]) time.Time {
	named, _ := version.Parse(v.Name)
	day, _ := named.Day()
	return day
}
