package sources_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

func TestFactsValidate(t *testing.T) {
	t.Parallel()
	for _, f := range []sources.Facts{
		{}, {Date: "2024-02-31"}, {Date: "0001-01-01"}, {Date: "9999-12-31"},
		{Ref: "refs/heads/a/b"}, {Ref: "refs/tags/n8n@1.50.2"}, {Version: "1.0+k3s1"}, {Version: "é"}, {Rev: commit},
	} {
		if err := f.Validate(); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
	for _, f := range []sources.Facts{
		{Date: "0000-01-01"}, {Date: "10000-01-01"}, {Date: "-001-01-01"}, {Date: "2024-1-1"}, {Date: "2024-01-01\n"}, {Date: strings.Repeat("1", 10_000)},
		{Ref: "main"}, {Ref: "refs/heads/a b"}, {Ref: "refs/heads/\x1b[31m"}, {Ref: "refs/tags/\u202e1"}, {Ref: "refs/tags/\xff"},
		{Version: "1 0"}, {Version: "1\u00a00"}, {Version: "1\n"}, {Version: "1\x00"}, {Rev: "main"}, {Rev: commit[:7]},
	} {
		err := f.Validate()
		if !errors.Is(err, sources.ErrInvalid) || !terminal.IsSafe(err.Error()) || len(err.Error()) > 1000 {
			t.Errorf("%+v: got %v, want a short ErrInvalid", f, err)
		}
	}
}

func TestExpect(t *testing.T) {
	t.Parallel()
	zip := func(system, url, extension string) sources.Call {
		return sources.Call{System: system, Fetch: sources.Fetch{Fetcher: sources.FetchZip, URL: url, Extension: extension}}
	}
	sri, err := hash.ParseSRI("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
	if err != nil {
		t.Fatal(err)
	}
	locked := zip("", "https://example.org/a", "zip")
	locked.Hash = sri
	published := locked
	published.Hash = hash.SRI{}
	for _, tt := range []struct {
		name      string
		got, want []sources.Call
		problem   string
	}{
		{"completed by a download", []sources.Call{locked}, []sources.Call{zip("", "https://example.org/a", "")}, ""},
		{"the extension is known", []sources.Call{locked}, []sources.Call{zip("", "https://example.org/a", "tar")}, "other arguments"},
		{"the hash is published", []sources.Call{published}, []sources.Call{locked}, "other arguments"},
		{"other address", []sources.Call{locked}, []sources.Call{zip("", "https://example.org/b", "")}, "fetches https://example.org/a, but its source is https://example.org/b"},
		{"second system", []sources.Call{zip("a-linux", "https://example.org/a", "zip"), zip("b-linux", "https://example.org/evil", "zip")},
			[]sources.Call{zip("a-linux", "https://example.org/a", ""), zip("b-linux", "https://example.org/b", "")}, "https://example.org/evil"},
		{"missing system", []sources.Call{zip("a-linux", "https://example.org/a", "zip")},
			[]sources.Call{zip("a-linux", "https://example.org/a", ""), zip("b-linux", "https://example.org/b", "")}, "fetches for a-linux, but its source is for a-linux and b-linux"},
	} {
		err := sources.Resolution{Calls: tt.got}.Expect(tt.want...)
		if (err == nil) != (tt.problem == "") || err != nil && !strings.Contains(err.Error(), tt.problem) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.problem)
		}
	}
}
