package vscode

import (
	"fmt"
	"slices"
	"time"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// Types of criteria, their values, and flags of a question to the gallery (microsoft/vscode,
// src/vs/platform/extensionManagement/common/extensionGalleryService.ts).
const (
	byName    = 7
	byTarget  = 8
	byNoFlags = 12

	unpublished = "4096"
	target      = "Microsoft.VisualStudio.Code"

	versions   = 0x1
	properties = 0x10
	validated  = 0x20
)

type criterion struct {
	Type  int    `json:"filterType"`
	Value string `json:"value"`
}

type filter struct {
	Criteria []criterion `json:"criteria"`
	Page     int         `json:"pageNumber"`
	Size     int         `json:"pageSize"`
}

type question struct {
	Filters []filter `json:"filters"`
	Flags   int      `json:"flags"`
}

// wants asks for all versions of one extension.
func wants(id string) question {
	return question{[]filter{{[]criterion{{byTarget, target}, {byName, id}, {byNoFlags, unpublished}}, 1, 1}}, versions | properties | validated}
}

type answer struct {
	Results []struct {
		Extensions []struct {
			Versions []entry `json:"versions"`
		} `json:"extensions"`
	} `json:"results"`
}

// entry is one file of a version.
type entry struct {
	Version    string    `json:"version"`
	Platform   string    `json:"targetPlatform"`
	Updated    time.Time `json:"lastUpdated"`
	Properties []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"properties"`
}

func (e entry) isPrerelease() bool {
	for _, p := range e.Properties {
		if p.Key == "Microsoft.VisualStudio.Code.PreRelease" && p.Value == "true" {
			return true
		}
	}
	return false
}

// list reads the versions of an extension, whose page is for errors. A version is as old as its oldest file.
func list(data []byte, page string) (all []registry.Version[platforms], err error) {
	found, err := registry.Decode[answer](data, page)
	if err != nil {
		return nil, err
	}
	if len(found.Results) == 0 || len(found.Results[0].Extensions) == 0 {
		return nil, fmt.Errorf("%s: %w", page, sources.ErrNotFound)
	}
	at := make(map[string]int)
	for _, e := range found.Results[0].Extensions[0].Versions {
		v, isVersion := version.ParseSemantic(e.Version)
		if !isVersion {
			continue
		}
		i, known := at[e.Version]
		if !known {
			i, at[e.Version] = len(all), len(all)
			all = append(all, registry.Version[platforms]{Release: version.Release{Ordered: v, Name: e.Version, Date: e.Updated, Prerelease: e.isPrerelease()}})
		}
		if e.Platform == "" {
			e.Platform = registry.Universal
		}
		if !slices.Contains(all[i].Files, e.Platform) {
			all[i].Files = append(all[i].Files, e.Platform)
		}
		if e.Updated.Before(all[i].Date) {
			all[i].Date = e.Updated
		}
	}
	return all, nil
}
