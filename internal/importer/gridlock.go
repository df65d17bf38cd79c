package importer

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

func isGridlock(top map[string]jsontext.Value) bool {
	return top["packages"].Kind() == '{' && top["version"].Kind() == '0'
}

// readGridlock reads version 0, the only one, of the lock of gridlock (lf-/gridlock). Its packages are like niv's sources, and
// all on GitHub.
func readGridlock(top map[string]jsontext.Value, _ Files) (Result, error) {
	var version int
	var packages map[string]jsontext.Value
	if err := unmarshal(top, "version", &version); err != nil {
		return Result{}, err
	}
	if version != 0 {
		return Result{}, fmt.Errorf("version %d, expected 0: %w", version, ErrVersion)
	}
	if err := unmarshal(top, "packages", &packages); err != nil {
		return Result{}, err
	}
	return Result{Entries: each(packages, func(s nivSource, e *Entry) {
		if s.Owner == "" || s.Repo == "" || s.Rev == "" {
			s.read(e)
			return
		}
		e.Follow.Ref = gitHub(s.Owner, s.Repo)
		e.followBranch(s.Branch, s.Rev)
		e.keep(s.SHA256, ofArchive)
	})}, nil
}
