package lock

import (
	"cmp"
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

// arguments lists the arguments of each fetcher, as nixpkgs names them, in the order in which a lock has them. Those
// marked "?" are omitted if they are zero. All others are required, because their defaults differ between fetchers and
// between versions of nixpkgs.
var arguments = map[sources.Fetcher][]string{
	sources.FetchURL:        {"url", "hash", "executable?", "name?"},
	sources.FetchZip:        {"url", "hash", "stripRoot", "extension", "name?"},
	sources.FetchGit:        {"url", "rev", "hash", "fetchSubmodules", "fetchLFS?", "sparseCheckout?", "rootDir?", "name?"},
	sources.FetchFromGitHub: {"owner", "repo", "rev", "hash", "githubBase?", "name?"},
}

// argumentFields returns, for each argument, a pointer to the field that holds it.
var argumentFields = map[string]func(*sources.Call) any{
	"url":             func(c *sources.Call) any { return &c.URL },
	"owner":           func(c *sources.Call) any { return &c.Owner },
	"repo":            func(c *sources.Call) any { return &c.Repo },
	"rev":             func(c *sources.Call) any { return &c.Rev },
	"hash":            func(c *sources.Call) any { return &c.Hash },
	"executable":      func(c *sources.Call) any { return &c.Executable },
	"stripRoot":       func(c *sources.Call) any { return &c.StripRoot },
	"extension":       func(c *sources.Call) any { return &c.Extension },
	"fetchSubmodules": func(c *sources.Call) any { return &c.Submodules },
	"fetchLFS":        func(c *sources.Call) any { return &c.LFS },
	"sparseCheckout":  func(c *sources.Call) any { return &c.SparseCheckout },
	"rootDir":         func(c *sources.Call) any { return &c.RootDir },
	"githubBase":      func(c *sources.Call) any { return &c.GithubBase },
	"name":            func(c *sources.Call) any { return &c.Name },
}

type (
	// fetchJSON is the value of "fetch": one call, or one for each system.
	fetchJSON struct {
		callJSON
		Systems map[system]callJSON `json:"systems,omitzero"`
	}
	callJSON struct {
		Fetcher sources.Fetcher `json:"fetcher,omitzero"`
		Args    args            `json:"args,omitzero"`
		Private *privateJSON    `json:"private,omitzero"`
	}
	privateJSON struct {
		VarPrefix string `json:"varPrefix,omitzero"`
	}
	// args are the arguments of a call. Keys are checked against the fetcher after both have been read.
	args struct {
		call   sources.Call
		offset int64 // of the JSON object; 0 if there is none, since it is inside another
		keys   []key
	}
	key struct {
		name   string
		offset int64
	}
	system string
)

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *system) UnmarshalText(text []byte) error {
	*s = system(text)
	return sources.ValidateSystem(string(text))
}

// MarshalJSONTo implements [json.MarshalerTo].
func (a args) MarshalJSONTo(enc *jsontext.Encoder) error {
	err := enc.WriteToken(jsontext.BeginObject)
	for _, argument := range arguments[a.call.Fetcher] {
		name, optional := strings.CutSuffix(argument, "?")
		switch value := argumentFields[name](&a.call).(type) {
		case *string:
			if !optional || *value != "" {
				err = cmp.Or(err, enc.WriteToken(jsontext.String(name)), enc.WriteToken(jsontext.String(*value)))
			}
		case *bool:
			if !optional || *value {
				err = cmp.Or(err, enc.WriteToken(jsontext.String(name)), enc.WriteToken(jsontext.Bool(*value)))
			}
		case *hash.SRI:
			err = cmp.Or(err, enc.WriteToken(jsontext.String(name)), enc.WriteToken(jsontext.String(value.String())))
		case *sources.Patterns:
			if *value != "" {
				err = cmp.Or(err, enc.WriteToken(jsontext.String(name)), json.MarshalEncode(enc, value))
			}
		}
	}
	return cmp.Or(err, enc.WriteToken(jsontext.EndObject))
}

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (a *args) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	open, err := dec.ReadToken()
	if err != nil || open.Kind() != '{' {
		return cmp.Or(err, unexpectedKind(open.Kind()))
	}
	a.offset = dec.InputOffset() - int64(len("{"))
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		field, found := argumentFields[name]
		if !found {
			return unknownKey(name)
		}
		a.keys = append(a.keys, key{name, dec.InputOffset() - int64(len(name)+len(`""`))})
		if err := json.UnmarshalDecode(dec, field(&a.call)); err != nil {
			return err
		}
	}
	_, err = dec.ReadToken()
	return err
}

// check reports the first key that the fetcher does not take, or the first required one that is missing.
func (a *args) check(fetcher sources.Fetcher) error {
	known := arguments[fetcher]
	for _, key := range a.keys {
		if !slices.Contains(known, key.name) && !slices.Contains(known, key.name+"?") {
			return at(key.offset, fmt.Errorf("unknown key %q in the arguments of %s", key.name, fetcher))
		}
	}
	for _, name := range known {
		if !strings.HasSuffix(name, "?") && !slices.ContainsFunc(a.keys, func(k key) bool { return k.name == name }) {
			return at(a.offset, fmt.Errorf("%s lacks %q", fetcher, name))
		}
	}
	return nil
}

func encodeCalls(calls []sources.Call) (out fetchJSON) {
	for _, c := range calls {
		encoded := callJSON{Fetcher: c.Fetcher, Args: args{call: c}}
		if c.Private {
			encoded.Private = &privateJSON{c.VarPrefix}
		}
		if c.System == "" {
			return fetchJSON{callJSON: encoded}
		}
		if out.Systems == nil {
			out.Systems = make(map[system]callJSON, len(calls))
		}
		out.Systems[system(c.System)] = encoded
	}
	return out
}

// decodeCalls reads the JSON object under "fetch". Offsets in errors count from its beginning.
func decodeCalls(data jsontext.Value) (calls []sources.Call, err error) {
	var in fetchJSON
	if err := json.Unmarshal(data, &in, strict); err != nil {
		return nil, at(0, err)
	}
	if in.Systems == nil {
		c, err := in.decode()
		return []sources.Call{c}, err
	}
	if len(in.Systems) == 0 {
		return nil, at(0, errors.New(`"systems" is empty`))
	}
	if in.Fetcher != "" || in.Args.offset > 0 || in.Private != nil {
		return nil, at(in.Args.offset, errors.New(`"systems" excludes "fetcher", "args" and "private"`))
	}
	for _, name := range slices.Sorted(maps.Keys(in.Systems)) {
		c, err := in.Systems[name].decode()
		if err != nil {
			return nil, err
		}
		c.System = string(name)
		calls = append(calls, c)
	}
	return calls, nil
}

// decode returns the complete call, whose values may be invalid.
func (in callJSON) decode() (sources.Call, error) {
	if in.Fetcher == "" || in.Args.offset == 0 {
		return sources.Call{}, at(0, errors.New(`a call needs "fetcher" and "args"`))
	}
	if err := in.Args.check(in.Fetcher); err != nil {
		return sources.Call{}, err
	}
	c := in.Args.call
	c.Fetcher = in.Fetcher
	if in.Private != nil {
		c.Private, c.VarPrefix = true, in.Private.VarPrefix
	}
	return c, nil
}
