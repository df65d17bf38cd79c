package registry

import (
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Reference is the package that a reference names.
type Reference struct {
	Name       string            // with its namespace: "@scope/name"
	Version    string            // of a package URL; or ""
	Qualifiers map[string]string // of a package URL; or nil
}

// ParseReference reads "SCHEME:NAME" and package URLs of one type, "pkg:TYPE/NAME@VERSION"
// (github.com/package-url/purl-spec). The error is a [sources.ErrOtherKind] for any other reference.
func ParseReference(ref, scheme, purlType string) (Reference, error) {
	if name, found := strings.CutPrefix(ref, scheme+":"); found {
		return Reference{Name: name}, nil
	}
	if !strings.HasPrefix(ref, "pkg:"+purlType+"/") {
		return Reference{}, sources.ErrOtherKind
	}
	p, err := packageurl.FromString(ref)
	if err != nil {
		return Reference{}, sources.Invalid("%q is not a package URL", redact.Reference(ref))
	}
	if p.Subpath != "" {
		return Reference{}, sources.Invalid("package URL %q has a subpath, and a whole file is pinned", redact.Reference(ref))
	}
	name := p.Name
	if p.Namespace != "" {
		name = p.Namespace + "/" + p.Name
	}
	return Reference{name, p.Version, p.Qualifiers.Map()}, nil
}

// Stay returns what a request wants, with the version of its reference. The error is a [sources.ErrInvalid] if both say what
// to take.
func (r Reference) Stay(t sources.Tracking) (sources.Versions, error) {
	v := sources.VersionsOf(t)
	if r.Version == "" {
		return v, nil
	}
	if v != (sources.Versions{}) {
		return v, sources.Invalid("the package URL and the options both say which version to take")
	}
	v.Version = r.Version
	return v, nil
}
