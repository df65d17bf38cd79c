package prefetch_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// The NAR is that of what was hashed, even if a download had to start over.
func TestRealise(t *testing.T) {
	t.Parallel()
	f := forgetest.New(t)
	demo := f.Repo("acme/demo")
	rev := demo.Commit("main", forgetest.Files{"a": {Body: "a\n"}, "b": {Body: "b\n", Executable: true}})
	f.File("files.example.org", "/tool", forgetest.Content{Body: bytes.Repeat([]byte("tool"), 50_000)})
	h := newPrefetcher(t, f, nil)
	for _, call := range []sources.Fetch{
		{Fetcher: sources.FetchFromGitHub, Owner: "acme", Repo: "demo", Rev: rev},
		{Fetcher: sources.FetchGit, URL: "https://github.com/acme/demo.git", Rev: rev},
		{Fetcher: sources.FetchURL, URL: "https://files.example.org/tool", Executable: true},
		{Fetcher: sources.FetchURL, URL: "https://files.example.org/tool"},
	} {
		want, err := hashOf(t, h, call)
		if err != nil {
			t.Fatal(err)
		}
		f.Fault(forgetest.Fault{Path: "/tool", Times: 1, Kind: forgetest.ResetBody(1000)})
		var nar *bytes.Buffer
		got, err := h.Realise(t.Context(), job(call, hash.SHA256), func() io.Writer { nar = new(bytes.Buffer); return nar }, nil)
		f.ClearFaults()
		if err != nil || got.Hash != want.Hash {
			t.Errorf("%v: got %v, %v; want %v", call, got.Hash, err, want.Hash)
			continue
		}
		sum := sha256.Sum256(nar.Bytes())
		if isFlat := call.Fetcher == sources.FetchURL && !call.Executable; !isFlat && hash.NewSRI(hash.SHA256, sum[:]) != want.Hash {
			t.Errorf("%v: the NAR has another hash than %v", call, want.Hash)
		} else if isFlat && !bytes.Contains(nar.Bytes(), bytes.Repeat([]byte("tool"), 50_000)) {
			t.Errorf("%v: the NAR lacks the file", call)
		}
	}
}
