package lock

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

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
		URL             string   `json:"url"`
		Rev             string   `json:"rev"`
		Hash            hash.SRI `json:"hash"`
		FetchSubmodules *bool    `json:"fetchSubmodules"`
		FetchLFS        bool     `json:"fetchLFS,omitzero"`
		SparseCheckout  []string `json:"sparseCheckout,omitempty"`
		RootDir         string   `json:"rootDir,omitzero"`
		Name            string   `json:"name,omitzero"`
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
		Args    jsontext.Value  `json:"args"`
		Private *privateArgs    `json:"private,omitzero"`
	}
	systemsJSON struct {
		Systems map[string]jsontext.Value `json:"systems"`
	}
)

// systemPattern is the form of Nix's system doubles (nixpkgs, lib/systems/doubles.nix).
var systemPattern = regexp.MustCompile(`^[a-z0-9_]+-[a-z0-9]+$`)

// validateSystem checks the system of one of several calls; a single one needs none.
func validateSystem(system string, calls int) error {
	if system == "" && calls == 1 || systemPattern.MatchString(system) {
		return nil
	}
	return fmt.Errorf("%q is no system, such as x86_64-linux", system)
}

// encodeCalls gives the JSON object under "fetch".
func encodeCalls(calls []Call) (jsontext.Value, error) {
	if len(calls) == 1 && calls[0].System == "" {
		return encodeCall(calls[0])
	}
	systems := make(map[string]jsontext.Value, len(calls))
	for _, c := range calls {
		data, err := encodeCall(c)
		if err != nil {
			return nil, err
		}
		systems[c.System] = data
	}
	return json.Marshal(systemsJSON{systems}, json.Deterministic(true))
}

func encodeCall(c Call) (jsontext.Value, error) {
	f := c.Fetch
	var args any
	switch f.Fetcher {
	case sources.FetchURL:
		args = urlArgs{f.URL, c.Hash, f.Executable, f.Name}
	case sources.FetchZip:
		args = zipArgs{f.URL, c.Hash, &f.StripRoot, f.Extension, f.Name}
	case sources.FetchGit:
		args = gitArgs{f.URL, f.Rev, c.Hash, &f.Submodules, f.LFS, f.SparseCheckout.List(), f.RootDir, f.Name}
	case sources.FetchFromGitHub:
		args = gitHubArgs{f.Owner, f.Repo, f.Rev, c.Hash, f.GithubBase, f.Name}
	}
	data, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	out := callJSON{Fetcher: f.Fetcher, Args: data}
	if f.Private {
		out.Private = &privateArgs{f.VarPrefix}
	}
	return json.Marshal(out)
}

// decodeCalls reads the JSON object under "fetch", which begins at offset base of the file.
func decodeCalls(data jsontext.Value, base int64) ([]Call, error) {
	var probe struct {
		Systems jsontext.Value `json:"systems"`
	}
	if err := json.Unmarshal(data, &probe); err != nil {
		return nil, at(base, err)
	}
	if probe.Systems == nil {
		c, err := decodeCall(data, base)
		return []Call{c}, err
	}
	var s struct {
		Systems map[string]located `json:"systems"`
	}
	if err := json.Unmarshal(data, &s, strict); err != nil {
		return nil, at(base, err)
	}
	if len(s.Systems) == 0 {
		return nil, at(base, fmt.Errorf(`"systems" names no system`))
	}
	var calls []Call
	for _, system := range slices.Sorted(maps.Keys(s.Systems)) {
		value := s.Systems[system]
		if !systemPattern.MatchString(system) {
			return nil, at(base+value.offset, validateSystem(system, len(s.Systems)+1))
		}
		c, err := decodeCall(value.data, base+value.offset)
		if err != nil {
			return nil, err
		}
		c.System = system
		calls = append(calls, c)
	}
	return calls, nil
}

func decodeCall(data jsontext.Value, base int64) (Call, error) {
	var in struct {
		Fetcher located      `json:"fetcher"`
		Args    located      `json:"args"`
		Private *privateArgs `json:"private"`
	}
	if err := json.Unmarshal(data, &in, strict); err != nil {
		return Call{}, at(base, err)
	}
	var fetcher sources.Fetcher
	if in.Fetcher.data != nil {
		if err := json.Unmarshal(in.Fetcher.data, &fetcher); err != nil {
			return Call{}, at(base+in.Fetcher.offset, err)
		}
	}
	if !fetcher.IsKnown() {
		return Call{}, at(base+in.Fetcher.offset, fmt.Errorf("unknown fetcher %q, want fetchurl, fetchzip, fetchgit or fetchFromGitHub", fetcher))
	}
	c, err := decodeArgs(fetcher, in.Args)
	if err != nil {
		return Call{}, at(base+in.Args.offset, err)
	}
	if in.Private != nil {
		c.Private, c.VarPrefix = true, in.Private.VarPrefix
	}
	if err := c.Fetch.Validate(); err != nil {
		return Call{}, at(base+in.Args.offset, err)
	}
	if c.Hash.IsZero() {
		return Call{}, at(base+in.Args.offset, fmt.Errorf(`%s lacks "hash"`, fetcher))
	}
	return c, nil
}

func decodeArgs(fetcher sources.Fetcher, args located) (Call, error) {
	read := func(into any) error {
		if args.data == nil {
			return fmt.Errorf(`%s lacks "args"`, fetcher)
		}
		return json.Unmarshal(args.data, into, strict)
	}
	switch fetcher {
	case sources.FetchURL:
		var a urlArgs
		err := read(&a)
		return Call{Hash: a.Hash, Fetch: sources.Fetch{
			Fetcher: fetcher, Name: a.Name, URL: a.URL, Executable: a.Executable,
		}}, err
	case sources.FetchZip:
		var a zipArgs
		err := read(&a)
		strip, err := required(err, a.StripRoot, "stripRoot")
		return Call{Hash: a.Hash, Fetch: sources.Fetch{
			Fetcher: fetcher, Name: a.Name, URL: a.URL, StripRoot: strip, Extension: a.Extension,
		}}, err
	case sources.FetchGit:
		var a gitArgs
		err := read(&a)
		submodules, err := required(err, a.FetchSubmodules, "fetchSubmodules")
		return Call{Hash: a.Hash, Fetch: sources.Fetch{
			Fetcher: fetcher, Name: a.Name, URL: a.URL, Rev: a.Rev,
			Submodules: submodules, LFS: a.FetchLFS,
			SparseCheckout: sources.NewPatterns(a.SparseCheckout...), RootDir: a.RootDir,
		}}, err
	case sources.FetchFromGitHub:
		var a gitHubArgs
		err := read(&a)
		return Call{Hash: a.Hash, Fetch: sources.Fetch{
			Fetcher: fetcher, Name: a.Name, GithubBase: a.GithubBase, Owner: a.Owner, Repo: a.Repo, Rev: a.Rev,
		}}, err
	}
	return Call{}, errors.ErrUnsupported // all that IsKnown knows stand above
}

// required gives the value of an argument whose default differs between fetchers
// and nixpkgs versions, so that it must be written.
func required(err error, value *bool, name string) (bool, error) {
	if err == nil && value == nil {
		err = fmt.Errorf("the arguments lack %q", name)
	}
	return value != nil && *value, err
}
