package maven_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/maven"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/registrytest"
)

const (
	sha256 = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
	sri256 = "sha256-uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="
	sha512 = "309ecc489c12d6eb4cc40f50c902f2b4d0ed77ee511a7c7a9bcd3ca86d4cd86f989dd35bc5ff499670da34255b45b0cfd830e81f605dcf7dc5542e93ae9cd76f"
	sri512 = "sha512-MJ7MSJwS1utMxA9QyQLytNDtd+5RGnx6m808qG1M2G+YndNbxf9JlnDaNCVbRbDP2DDoH2Bdz33FVC6TrpzXbw=="
	sha1   = "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"
)

// list writes maven-metadata.xml.
func list(versions ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><metadata><groupId>org.a</groupId><versioning><latest>9</latest><release>9</release><versions>` +
		registrytest.JSON("", "<version>%s</version>", "")(versions...) + `</versions><lastUpdated>20240102030405</lastUpdated></versioning></metadata>`
}

func serve(t *testing.T) *forgetest.Forge {
	t.Helper()
	f := forgetest.New(t)
	modified := http.Header{"Last-Modified": {"Tue, 02 Jan 2024 10:00:00 GMT"}}
	for path, body := range map[string]string{
		"org/a/b/maven-metadata.xml":      list("1.9", "1.10", "2.0.0-M1", "2.0.0-SNAPSHOT", "20030203.000550"),
		"org/a/b/1.10/b-1.10.jar":         "jar",
		"org/a/b/1.10/b-1.10.jar.sha256":  sha256 + "  b-1.10.jar\n",
		"org/a/b/1.10/b-1.10-sources.jar": "sources",
		"org/a/b/1.10/b-1.10.pom.sha512":  strings.ToUpper(sha512),
		"org/a/b/1.9/b-1.9.jar.sha1":      sha1,
		"org/a/b/1.9/b-1.9.jar.sha256":    "<html>",
		"org/a/b/2.0.0-M1/b-2.0.0-M1.jar": "new",
	} {
		f.File("", "/maven2/"+path, forgetest.Content{Body: []byte(body), Header: modified})
	}
	f.File("clojars.example.org", "/repo/org/a/b/maven-metadata.xml", forgetest.Content{Body: []byte(list("1"))})
	return f
}

func TestConformance(t *testing.T) {
	t.Parallel()
	w, _ := dial.Forge(t, serve(t), nil)
	stay := sources.Versions{Version: "1.9"}
	var cases []sourcestest.Case
	for _, tt := range []struct {
		request    sources.Request
		spec       maven.Spec
		host, json string
	}{
		{sources.Request{Ref: "maven:org.a:b"}, maven.Spec{}, ``, ``},
		{sources.Request{Ref: "pkg:maven/org.a/b"}, maven.Spec{}, ``, ``},
		{sources.Request{Ref: "https://central.sonatype.com/artifact/org.a/b"}, maven.Spec{}, ``, ``},
		{sources.Request{Ref: "https://mvnrepository.com/artifact/org.a/b/"}, maven.Spec{}, ``, ``},
		{sources.Request{Ref: "https://central.sonatype.com/artifact/org.a/b/1.9/overview"}, maven.Spec{Versions: stay}, ``, `,"version":"1.9"`},
		{sources.Request{Ref: "https://mvnrepository.com/artifact/org.a/b/1.9"}, maven.Spec{Versions: stay}, ``, `,"version":"1.9"`},
		{sources.Request{Ref: "pkg:maven/org.a/b@1.9?type=jar"}, maven.Spec{Versions: stay}, ``, `,"version":"1.9"`},
		{sources.Request{Ref: "pkg:maven/org.a/b?classifier=sources&type=zip"}, maven.Spec{Classifier: "sources", Extension: "zip"}, ``, `,"classifier":"sources","extension":"zip"`},
		{sources.Request{Ref: "maven:org.a:b?type=pom"}, maven.Spec{Extension: "pom"}, ``, `,"extension":"pom"`},
		{sources.Request{Ref: "maven:org.a:b?host=clojars.example.org/repo"}, maven.Spec{Host: "clojars.example.org/repo"}, `"host":"clojars.example.org/repo",`, ``},
		{
			sources.Request{Ref: "maven:org.a:b", StoreName: "n", Tracking: sources.Tracking{Range: sources.Range{Constraint: "<2"}}},
			maven.Spec{Name: "n", Versions: sources.Versions{Range: sources.Range{Constraint: "<2"}}}, ``, `,"constraint":"<2","name":"n"`,
		},
	} {
		tt.spec.Group, tt.spec.Artifact = "org.a", "b"
		cases = append(cases, sourcestest.Case{Request: tt.request, Spec: tt.spec, Title: "b", JSON: `{"type":"maven",` + tt.host + `"group":"org.a","artifact":"b"` + tt.json + `}`})
	}
	sourcestest.Conformance(t, maven.New(w.RoundTripper()), cases)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	registrytest.Test(t, registrytest.Package{
		New: maven.New, Ref: "maven:org.a:b", Host: "repo1.maven.org", Path: "/maven2/org/a/b/maven-metadata.xml", Early: "2.0.0-RC1",
		List: list,
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const at, day = "https://repo1.maven.org/maven2/org/a/b/", "2024-01-02"
	registrytest.Package{New: maven.New}.Resolves(t, serve(t),
		registrytest.Wanted{Request: sources.Request{Ref: "maven:org.a:b"}, Version: "1.10", Date: day, Held: sources.ByPrerelease, Calls: at + "1.10/b-1.10.jar " + sri256, Requests: 3},
		registrytest.Wanted{Request: sources.Request{Ref: "maven:org.a:b?type=pom"}, Version: "1.10", Held: sources.ByPrerelease, Calls: at + "1.10/b-1.10.pom " + sri512, Requests: 4},
		registrytest.Wanted{Request: sources.Request{Ref: "maven:org.a:b?classifier=sources"}, Version: "1.10", Date: day, Held: sources.ByPrerelease, Calls: at + "1.10/b-1.10-sources.jar", Requests: 5},
		registrytest.Wanted{Request: sources.Request{Ref: "pkg:maven/org.a/b@1.9"}, Version: "1.9", Calls: at + "1.9/b-1.9.jar sha1:" + sha1, Requests: 5},
		registrytest.Wanted{
			Request: sources.Request{Ref: "maven:org.a:b", Tracking: sources.Tracking{Range: sources.Range{MinAge: "7d", Prerelease: true}}}, Version: "2.0.0-M1", Date: day,
			Calls: at + "2.0.0-M1/b-2.0.0-M1.jar", Requests: 6,
		},
	)
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(maven.New(nil))
	for _, tt := range []struct {
		request sources.Request
		want    string
	}{
		{sources.Request{Ref: "maven:org.a"}, "is not GROUP:ARTIFACT"},
		{sources.Request{Ref: "maven:org.a:b:1.0"}, "maven:org.a:b rev rev=1.0"},
		{sources.Request{Ref: "maven:org..a:b"}, "cannot name a package"},
		{sources.Request{Ref: "maven:../x:b"}, "cannot name a package"},
		{sources.Request{Ref: "maven:..:b"}, "cannot name a package"},
		{sources.Request{Ref: "maven:a b:b"}, "cannot name a package"},
		{sources.Request{Ref: "maven:a:" + strings.Repeat("b", 1<<12)}, "cannot name a package"},
		{sources.Request{Ref: "maven:a:b?classifier=../c"}, "cannot name a package"},
		{sources.Request{Ref: "maven:a:b?scope=test"}, `"scope"`},
		{sources.Request{Ref: "maven:a:b?host=https://b/c"}, "not the host of a repository"},
		{sources.Request{Ref: "maven:a:b", Host: "b.example.org/../c"}, "not the host of a repository"},
		{sources.Request{Ref: "pkg:maven/a/b@1.0-SNAPSHOT"}, "is a snapshot"},
	} {
		spec, err := set.Parse(tt.request)
		sourcestest.WantRefusal(t, tt.request.Ref[:min(20, len(tt.request.Ref))], spec, err, tt.want)
	}
}
