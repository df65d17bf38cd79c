// Package maven is the kind of source for artifacts in Maven repositories: Maven Central, and others by their address. A pin
// is one file of a version, as nixpkgs' fetchMavenArtifact fetches it (pkgs/build-support/fetchmavenartifact). Its hash is
// taken from beside the file, if it is published there.
package maven

import (
	"cmp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

const central = "repo1.maven.org/maven2"

// Spec is one file of an artifact and which versions of it may be taken.
type Spec struct {
	Host       string `json:"host,omitzero"` // of the repository, perhaps with a path; default Maven Central
	Group      string `json:"group"`         // "org.example"
	Artifact   string `json:"artifact"`
	Classifier string `json:"classifier,omitzero"` // "sources", "linux-x86_64"
	Extension  string `json:"extension,omitzero"`  // default "jar"
	sources.Versions
	Name string `json:"name,omitzero"` // store name; default: the file's
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "maven" }

// Title implements [sources.Spec] with the artifact's name.
func (s Spec) Title() string { return s.Artifact }

var (
	// wordPattern is the form of group IDs and artifact IDs (maven-model-builder, DefaultModelValidator), and of classifiers.
	wordPattern = lazyregexp.New(`^[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+)*$`)
	hostPattern = lazyregexp.New(`^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?(:[0-9]+)?(/[0-9A-Za-z_~-][0-9A-Za-z._~-]*)*$`)
)

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	for _, word := range []string{s.Group, s.Artifact, cmp.Or(s.Classifier, "c"), cmp.Or(s.Extension, "e")} {
		if err := registry.ValidateName(word, wordPattern, "Maven"); err != nil {
			return err
		}
	}
	if s.Host != "" && !hostPattern.MatchString(s.Host) {
		return sources.Invalid("%q is not the host of a repository, with or without a path", redact.Reference(s.Host))
	}
	if v, _ := version.ParseMaven(s.Version); v.IsSnapshot() {
		return sources.WithSettings(sources.Invalid("version %q is a snapshot, whose files change", s.Version), sources.Setting{Option: "rev"})
	}
	return cmp.Or(s.Versions.Validate(), s.calls("1")[0].Fetch.Validate())
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error { return registry.Expect(r, s.calls) }

func (s Spec) calls(number string) []sources.Call {
	file := s.Artifact + "-" + number
	if s.Classifier != "" {
		file += "-" + s.Classifier
	}
	file += "." + cmp.Or(s.Extension, "jar")
	return []sources.Call{{Fetch: sources.Fetch{Fetcher: sources.FetchURL, URL: s.address(number + "/" + file), Name: sources.StoreName(s.Name)}}}
}

func (s Spec) address(path string) string {
	return "https://" + cmp.Or(s.Host, central) + "/" + strings.ReplaceAll(s.Group, ".", "/") + "/" + s.Artifact + "/" + path
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "Maven",
		References: []sources.Reference{
			{Form: "maven:GROUP:ARTIFACT", Help: "a JAR in Maven Central"},
			{Form: "pkg:maven/GROUP/ARTIFACT", Help: "the same"},
			{Form: "maven:GROUP:ARTIFACT?type=EXTENSION", Help: "a file of another type"},
			{Form: "maven:GROUP:ARTIFACT?classifier=CLASSIFIER", Help: "another file"},
		},
		Options: sources.PackageOptions("host"),
		Order:   version.Order(version.ParseMaven),
	}, parse, ask)
}

var page = lazyregexp.New(`^https://(?:central\.sonatype\.com|(?:www\.)?mvnrepository\.com|search\.maven\.org)/artifact/(?P<name>[^/]+/[^/]+)(?:/(?P<version>[^/]+)(?:/[a-z-]+)?)?$`)

func parse(r sources.Request) (s Spec, err error) {
	ref, err := registry.ParseReference(r.Ref, "maven", "maven", page)
	if err == nil {
		err = ref.Only("host", "classifier", "type")
	}
	if err != nil {
		return s, err
	}
	parts := strings.Split(ref.Name, ":")
	if len(parts) == 1 {
		parts = strings.Split(ref.Name, "/")
	}
	switch {
	case len(parts) == 3 && ref.Version == "" && r.Tracking == sources.Tracking{}: // as Gradle writes it
		r.Ref, r.Rev = "maven:"+parts[0]+":"+parts[1], parts[2]
		return s, sources.DidYouMean(sources.Invalid("%q has more than a group and an artifact", redact.Reference(ref.Name)), r)
	case len(parts) != 2:
		return s, sources.Invalid("%q is not GROUP:ARTIFACT", redact.Reference(ref.Name))
	}
	s.Group, s.Artifact, s.Name = parts[0], parts[1], r.StoreName
	s.Classifier, s.Extension = ref.Qualifiers["classifier"], ref.Qualifiers["type"]
	if s.Extension == "jar" {
		s.Extension = ""
	}
	if s.Host, err = ref.Host(r.Host, central); err != nil {
		return s, err
	}
	s.Versions, err = ref.Stay(r.Tracking)
	return s, err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	var query []string
	if s.Classifier != "" {
		query = append(query, "classifier="+s.Classifier)
	}
	if s.Extension != "" {
		query = append(query, "type="+s.Extension)
	}
	ref := "maven:" + s.Group + ":" + s.Artifact
	if len(query) > 0 {
		ref += "?" + strings.Join(query, "&")
	}
	return sources.Request{Ref: ref, Host: s.Host, Tracking: s.Tracking(), StoreName: s.Name}
}
