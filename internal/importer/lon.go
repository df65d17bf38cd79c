package importer

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// lonSource is a source of lon (lon, rust/lon/src/lock/v1.rs).
type lonSource struct {
	Type         string `json:"type"`
	FetchType    string `json:"fetchType"`
	Owner        string `json:"owner"`
	Repo         string `json:"repo"`
	Branch       string `json:"branch"`
	Revision     string `json:"revision"`
	URL          string `json:"url"`
	Origin       string `json:"origin"` // the address that redirects to URL
	Hash         string `json:"hash"`
	Submodules   bool   `json:"submodules"`
	Frozen       bool   `json:"frozen"`
	LastModified int64  `json:"lastModified"` // seconds since 1970
}

func isLon(top map[string]jsontext.Value) bool {
	return top["sources"].Kind() == '{' && top["version"].Kind() == '"'
}

func readLon(top map[string]jsontext.Value, _ Files) (Result, error) {
	var version string
	var all map[string]jsontext.Value
	if err := unmarshal(top, "version", &version); err != nil {
		return Result{}, err
	}
	if version != "1" {
		return Result{}, fmt.Errorf("version %q, expected \"1\": %w", shown(version), ErrVersion)
	}
	if err := unmarshal(top, "sources", &all); err != nil {
		return Result{}, err
	}
	return Result{Entries: each(all, lonSource.read)}, nil
}

func (s lonSource) read(e *Entry) {
	e.Frozen, e.Follow.Submodules = s.Frozen, s.Submodules
	switch s.Type {
	case "GitHub":
		e.Follow.Ref = gitHub(s.Owner, s.Repo)
		e.followBranch(s.Branch, s.Revision)
	case "Git": // fetched with builtins.fetchGit, which hashes as git archive in some versions of Nix
		e.Follow.Ref = gitURL(s.URL)
		e.followBranch(s.Branch, s.Revision)
	case "Tarball":
		e.Follow.Ref, e.Follow.Unpack = s.URL, true
		if s.Origin != "" && s.Origin != s.URL {
			e.Follow.Ref, e.Follow.Redirect, e.URL = s.Origin, true, s.URL
		}
	default:
		e.refuse("unknown type %q", shown(s.Type))
		return
	}
	if s.FetchType == "tarball" {
		e.keep(s.Hash, ofArchive)
	}
	e.Facts.Date = day(s.LastModified)
}

// day is the date of a time in seconds since 1970, "" if that is unknown or no lock can hold it.
func day(seconds int64) string {
	const lastSecond = 253402300799 // of the year 9999
	if seconds <= 0 || seconds > lastSecond {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format(time.DateOnly)
}
