package lock

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// The arguments as nixpkgs names them. Pointers tell an absent argument from a false one.
type (
	urlArgs struct {
		URL        string   `json:"url"`
		Hash       hash.SRI `json:"hash"`
		Executable bool     `json:"executable,omitzero"`
		Name       string   `json:"name,omitzero"`
	}
	zipArgs struct {
		URL       string   `json:"url"`
		Hash      hash.SRI `json:"hash"`
		StripRoot *bool    `json:"stripRoot"`
		Extension string   `json:"extension"`
		Name      string   `json:"name,omitzero"`
	}
	gitArgs struct {
		URL             string           `json:"url"`
		Rev             string           `json:"rev"`
		Hash            hash.SRI         `json:"hash"`
		FetchSubmodules *bool            `json:"fetchSubmodules"`
		FetchLFS        bool             `json:"fetchLFS,omitzero"`
		SparseCheckout  sources.Patterns `json:"sparseCheckout,omitzero"`
		RootDir         string           `json:"rootDir,omitzero"`
		Name            string           `json:"name,omitzero"`
	}
	gitHubArgs struct {
		Owner      string   `json:"owner"`
		Repo       string   `json:"repo"`
		Rev        string   `json:"rev"`
		Hash       hash.SRI `json:"hash"`
		GithubBase string   `json:"githubBase,omitzero"`
		Name       string   `json:"name,omitzero"`
	}
	privateArgs struct {
		VarPrefix string `json:"varPrefix,omitzero"`
	}
	callJSON struct {
		Fetcher sources.Fetcher `json:"fetcher"`
		Args    any             `json:"args"`
		Private *privateArgs    `json:"private,omitzero"`
	}
	systemsJSON struct {
		Systems map[string]callJSON `json:"systems"`
	}
)

// validateSystem checks the system of one of several calls; a single one needs none.
func validateSystem(system string, calls int) error {
	if system == "" && calls == 1 {
		return nil
	}
	return sources.ValidateSystem(system)
}

// encodeCalls gives what stands under "fetch".
func encodeCalls(calls []sources.Call) any {
	if len(calls) == 1 && calls[0].System == "" {
		return encodeCall(calls[0])
	}
	systems := make(map[string]callJSON, len(calls))
	for _, c := range calls {
		systems[c.System] = encodeCall(c)
	}
	return systemsJSON{systems}
}

func encodeCall(c sources.Call) callJSON {
	f := c.Fetch
	out := callJSON{Fetcher: f.Fetcher}
	switch f.Fetcher {
	case sources.FetchURL:
		out.Args = urlArgs{f.URL, c.Hash, f.Executable, f.Name}
	case sources.FetchZip:
		out.Args = zipArgs{f.URL, c.Hash, &f.StripRoot, f.Extension, f.Name}
	case sources.FetchGit:
		out.Args = gitArgs{f.URL, f.Rev, c.Hash, &f.Submodules, f.LFS, f.SparseCheckout, f.RootDir, f.Name}
	case sources.FetchFromGitHub:
		out.Args = gitHubArgs{f.Owner, f.Repo, f.Rev, c.Hash, f.GithubBase, f.Name}
	}
	if f.Private {
		out.Private = &privateArgs{f.VarPrefix}
	}
	return out
}

// fetchJSON is what stands under "fetch": one call, or several by their systems.
type fetchJSON struct {
	Fetcher located            `json:"fetcher"`
	Args    located            `json:"args"`
	Private *privateArgs       `json:"private"`
	Systems map[string]located `json:"systems"`
}

// decodeCalls reads the JSON object under "fetch", which begins at offset base of the file.
func decodeCalls(data jsontext.Value, base int64) ([]sources.Call, error) {
	var in fetchJSON
	if err := json.Unmarshal(data, &in, strict); err != nil {
		return nil, at(base, err)
	}
	if in.Systems == nil {
		c, err := in.call(data, base)
		return []sources.Call{c}, err
	}
	if len(in.Systems) == 0 {
		return nil, at(base, fmt.Errorf(`"systems" names no system`))
	}
	if in.Fetcher.isThere() || in.Args.isThere() || in.Private != nil {
		return nil, at(base+max(in.Fetcher.offset, in.Args.offset), fmt.Errorf(`"systems" stands beside another key`))
	}
	var calls []sources.Call
	for _, system := range slices.Sorted(maps.Keys(in.Systems)) {
		place := in.Systems[system]
		if err := sources.ValidateSystem(system); err != nil {
			return nil, at(base+place.offset, err)
		}
		c, err := decodeCall(place.of(data), base+place.offset)
		if err != nil {
			return nil, err
		}
		c.System = system
		calls = append(calls, c)
	}
	return calls, nil
}

func decodeCall(data jsontext.Value, base int64) (sources.Call, error) {
	var in fetchJSON
	if err := json.Unmarshal(data, &in, strict); err != nil {
		return sources.Call{}, at(base, err)
	}
	if in.Systems != nil {
		return sources.Call{}, at(base, fmt.Errorf(`"systems" within "systems"`))
	}
	return in.call(data, base)
}

// call reads the call whose keys have been found.
func (in fetchJSON) call(data jsontext.Value, base int64) (sources.Call, error) {
	var fetcher sources.Fetcher
	if in.Fetcher.isThere() {
		fetcher = sources.Fetcher(strings.Trim(string(in.Fetcher.of(data)), `"`))
	}
	if in.Fetcher.isThere() && !fetcher.IsKnown() { // it may be written with escapes
		if err := json.Unmarshal(in.Fetcher.of(data), &fetcher); err != nil {
			return sources.Call{}, at(base+in.Fetcher.offset, err)
		}
	}
	if !fetcher.IsKnown() {
		return sources.Call{}, at(base+in.Fetcher.offset, fmt.Errorf("unknown fetcher %q, want fetchurl, fetchzip, fetchgit or fetchFromGitHub", fetcher))
	}
	c, err := decodeArgs(fetcher, in.Args.of(data))
	if err != nil {
		return sources.Call{}, at(base+in.Args.offset, err)
	}
	if in.Private != nil {
		c.Private, c.VarPrefix = true, in.Private.VarPrefix
	}
	if err := c.Fetch.Validate(); err != nil {
		return sources.Call{}, at(base+in.Args.offset, err)
	}
	if c.Hash.IsZero() {
		return sources.Call{}, at(base+in.Args.offset, fmt.Errorf(`%s lacks "hash"`, fetcher))
	}
	return c, nil
}

func decodeArgs(fetcher sources.Fetcher, args jsontext.Value) (sources.Call, error) {
	read := func(into any) error {
		if len(args) == 0 {
			return fmt.Errorf(`%s lacks "args"`, fetcher)
		}
		return json.Unmarshal(args, into, strict)
	}
	switch fetcher {
	case sources.FetchURL:
		var a urlArgs
		err := read(&a)
		return sources.Call{Hash: a.Hash, Fetch: sources.Fetch{
			Fetcher: fetcher, Name: a.Name, URL: a.URL, Executable: a.Executable,
		}}, err
	case sources.FetchZip:
		var a zipArgs
		err := read(&a)
		strip, err := required(err, a.StripRoot, "stripRoot")
		return sources.Call{Hash: a.Hash, Fetch: sources.Fetch{
			Fetcher: fetcher, Name: a.Name, URL: a.URL, StripRoot: strip, Extension: a.Extension,
		}}, err
	case sources.FetchGit:
		var a gitArgs
		err := read(&a)
		submodules, err := required(err, a.FetchSubmodules, "fetchSubmodules")
		return sources.Call{Hash: a.Hash, Fetch: sources.Fetch{
			Fetcher: fetcher, Name: a.Name, URL: a.URL, Rev: a.Rev,
			Submodules: submodules, LFS: a.FetchLFS,
			SparseCheckout: a.SparseCheckout, RootDir: a.RootDir,
		}}, err
	case sources.FetchFromGitHub:
		var a gitHubArgs
		err := read(&a)
		return sources.Call{Hash: a.Hash, Fetch: sources.Fetch{
			Fetcher: fetcher, Name: a.Name, GithubBase: a.GithubBase, Owner: a.Owner, Repo: a.Repo, Rev: a.Rev,
		}}, err
	}
	return sources.Call{}, errors.ErrUnsupported // all that IsKnown knows stand above
}

// required gives the value of an argument whose default differs between fetchers
// and nixpkgs versions, so that it must be written.
func required(err error, value *bool, name string) (bool, error) {
	if err == nil && value == nil {
		err = fmt.Errorf("the arguments lack %q", name)
	}
	return value != nil && *value, err
}
