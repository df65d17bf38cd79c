package hex_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/hex"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/registrytest"
)

// The checksum and the hash of phoenix 1.6.0 are real: the hash is what nixpkgs' fetchHex expects.
const (
	checksum = "52ffdd31f2daeb399b2e1eb57d468f99a1ad6eee5d8ea19d2353492f06c9fc96"
	sri      = "sha256-Uv/dMfLa6zmbLh61fUaPmaGtbu5djqGdI1NJLwbJ/JY="
)

const phoenix = `{"name":"phoenix","releases":[
	{"version":"1.6.1-rc.0","inserted_at":"2021-09-10T10:00:00.000000Z"}, {"version":"1.6.0","inserted_at":"2021-08-26T10:00:00.000000Z"},
	{"version":"1.10.0","inserted_at":"2021-09-01T10:00:00.000000Z"}],
	"retirements":{"1.10.0":{"reason":"security","message":"CVE-1, use 1.6"}}}`

func serve(t *testing.T) *forgetest.Forge {
	t.Helper()
	f := forgetest.New(t)
	f.File("hex.pm", "/api/packages/phoenix", forgetest.Content{Body: []byte(phoenix)})
	for _, number := range []string{"1.6.0", "1.10.0"} {
		f.File("hex.pm", "/api/packages/phoenix/releases/"+number, forgetest.Content{Body: []byte(`{"checksum":"` + checksum + `"}`)})
	}
	return f
}

func TestConformance(t *testing.T) {
	t.Parallel()
	w, _ := dial.Forge(t, serve(t), nil)
	var cases []sourcestest.Case
	for _, tt := range []struct {
		request sources.Request
		spec    hex.Spec
		json    string
	}{
		{sources.Request{Ref: "hex:phoenix"}, hex.Spec{}, ``},
		{sources.Request{Ref: "pkg:hex/phoenix"}, hex.Spec{}, ``},
		{sources.Request{Ref: "https://hex.pm/packages/phoenix"}, hex.Spec{}, ``},
		{sources.Request{Ref: "https://hex.pm/packages/phoenix/1.6.0"}, hex.Spec{Versions: sources.Versions{Version: "1.6.0"}}, `,"version":"1.6.0"`},
		{sources.Request{Ref: "pkg:hex/phoenix@1.6.0"}, hex.Spec{Versions: sources.Versions{Version: "1.6.0"}}, `,"version":"1.6.0"`},
		{
			sources.Request{Ref: "hex:phoenix", StoreName: "n", Tracking: sources.Tracking{Range: sources.Range{Constraint: "<2", MinAge: "7d"}}},
			hex.Spec{Name: "n", Versions: sources.Versions{Range: sources.Range{Constraint: "<2", MinAge: "7d"}}}, `,"constraint":"<2","minAge":"7d","name":"n"`,
		},
	} {
		tt.spec.Package = "phoenix"
		cases = append(cases, sourcestest.Case{Request: tt.request, Spec: tt.spec, Title: "phoenix", JSON: `{"type":"hex","package":"phoenix"` + tt.json + `}`})
	}
	sourcestest.Conformance(t, hex.New(w.RoundTripper()), cases)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	registrytest.Test(t, registrytest.Package{
		New: hex.New, Ref: "hex:a", Host: "hex.pm", Path: "/api/packages/a", Early: "2.0.0-rc.1", Withdrawn: "2.0.0",
		List: registrytest.JSON(`{"releases":[`, `{"version":"%s","inserted_at":"2024-01-02T10:00:00Z"}`, `],"retirements":{"2.0.0":{"reason":"invalid"}}}`),
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const tarball = "https://repo.hex.pm/tarballs/phoenix-"
	registrytest.Package{New: hex.New}.Resolves(t, serve(t),
		registrytest.Wanted{Request: sources.Request{Ref: "hex:phoenix"}, Version: "1.6.0", Date: "2021-08-26", Held: sources.ByPrerelease, Calls: tarball + "1.6.0.tar " + sri, Requests: 2},
		registrytest.Wanted{
			Request: sources.Request{Ref: "pkg:hex/phoenix@1.10.0"}, Version: "1.10.0", Date: "2021-09-01", Notice: "retired security CVE-1, use 1.6", Calls: tarball + "1.10.0.tar " + sri, Requests: 2,
		},
	)
}

// A release without a document, or with a digest that is none, fails the pin.
func TestDigest(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"checksum":"abc"}`, `<html>`, `{"checksum":["a"]}`} {
		f := serve(t)
		f.File("hex.pm", "/api/packages/phoenix/releases/1.6.0", forgetest.Content{Body: []byte(body)})
		_, err := registrytest.Package{New: hex.New}.Resolve(t, f, sources.Request{Ref: "hex:phoenix"})
		if err == nil || !strings.Contains(err.Error(), sources.ErrAnswer.Error()) {
			t.Errorf("%s: got %v, want %v", body, err, sources.ErrAnswer)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(hex.New(nil))
	for _, tt := range []struct {
		request sources.Request
		want    string
	}{
		{sources.Request{Ref: "hex:../x"}, "cannot name a package"},
		{sources.Request{Ref: "hex:Phoenix"}, "cannot name a package"},
		{sources.Request{Ref: "hex:" + strings.Repeat("a", 1<<12)}, "cannot name a package"},
		{sources.Request{Ref: "hex:a?host=b"}, `"host"`},
		{sources.Request{Ref: "hex:a", Host: "b"}, "does not apply"},
	} {
		spec, err := set.Parse(tt.request)
		sourcestest.WantRefusal(t, tt.request.Ref[:min(20, len(tt.request.Ref))], spec, err, tt.want)
	}
}
