package registry

import (
	"net/url"
	"slices"
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Reference is the package that a reference names.
type Reference struct {
	Name       string            // with its namespace: "@scope/name"
	Version    string            // of a package URL or a page; or ""
	Qualifiers map[string]string // what follows the "?"; or nil
}

var (
	// purlPrefix matches what precedes the name in a package URL: scheme and type in any case, and slashes between them that
	// mean nothing (purl-spec, PURL-SPECIFICATION.rst).
	purlPrefix = lazyregexp.New(`^(?i:pkg):/*([0-9A-Za-z.+-]+)/`)
	// originPattern matches scheme and host of an address, in which case means nothing (RFC 3986, section 6.2.2.1).
	originPattern = lazyregexp.New(`^([0-9A-Za-z.+-]+://)?[^/]*`)
)

// ParseReference reads "SCHEME:NAME", package URLs of one type, "pkg:TYPE/NAME@VERSION" (github.com/package-url/purl-spec),
// and the addresses of pages in a browser. The patterns of pages match an address without query and fragment; their groups
// are called "name", "version", and otherwise after qualifiers. A query after a name has the qualifiers of package URLs. The
// error is a [sources.ErrOtherKind] for any other reference.
func ParseReference(ref, scheme, purlType string, pages ...*lazyregexp.Regexp) (Reference, error) {
	if name, found := strings.CutPrefix(ref, scheme+":"); found {
		return parseShort(name)
	}
	if prefix := purlPrefix.FindStringSubmatch(ref); prefix != nil && strings.EqualFold(prefix[1], purlType) {
		return parsePackageURL(ref)
	}
	address := ref
	if end := strings.IndexAny(ref, "?#"); end >= 0 {
		address = ref[:end]
	}
	address = originPattern.ReplaceAllStringFunc(address, strings.ToLower)
	for _, page := range pages {
		if groups := page.FindStringSubmatch(strings.TrimSuffix(address, "/")); groups != nil {
			return parsePage(page.SubexpNames(), groups), nil
		}
	}
	return Reference{}, sources.ErrOtherKind
}

func parseShort(text string) (Reference, error) {
	name, query, _ := strings.Cut(text, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return Reference{}, sources.Invalid("%q is not a query", redact.Reference(query))
	}
	r := Reference{Name: name, Qualifiers: make(map[string]string)}
	for key, given := range values {
		if len(given) != 1 || given[0] == "" {
			return Reference{}, sources.Invalid("%q does not give %q one value", redact.Reference(query), redact.Reference(key))
		}
		r.Qualifiers[key] = given[0]
	}
	return r, nil
}

func parsePackageURL(ref string) (Reference, error) {
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

func parsePage(names, groups []string) Reference {
	r := Reference{Qualifiers: make(map[string]string)}
	for i, text := range groups {
		switch {
		case names[i] == "name":
			r.Name = text
		case names[i] == "version":
			r.Version = text
		case names[i] != "" && text != "":
			r.Qualifiers[names[i]] = text
		}
	}
	return r
}

// Only refuses qualifiers other than the known ones. The error is a [sources.ErrInvalid].
func (r Reference) Only(known ...string) error {
	for key := range r.Qualifiers {
		if !slices.Contains(known, key) {
			return sources.Invalid("%q does not say anything about a package here", redact.Reference(key))
		}
	}
	return nil
}

// Host returns the host that a reference or an option names, "" if that is the default or none. The error is a
// [sources.ErrInvalid] if they contradict each other.
func (r Reference) Host(option, otherwise string) (string, error) {
	host := originPattern.ReplaceAllStringFunc(r.Qualifiers["host"], strings.ToLower)
	option = originPattern.ReplaceAllStringFunc(option, strings.ToLower)
	switch {
	case host == "":
		host = option
	case option != "" && option != host:
		return "", &sources.OptionError{Options: []string{"host"}, Problem: "contradicts ?host=" + redact.Reference(host)}
	}
	if host == otherwise {
		return "", nil
	}
	return host, nil
}

// Stay returns what a request wants, with the version of its reference. The error is a [sources.ErrInvalid] if both say what
// to take.
func (r Reference) Stay(t sources.Tracking) (sources.Versions, error) {
	v := sources.VersionsOf(t)
	if r.Version == "" {
		return v, nil
	}
	if v != (sources.Versions{}) {
		return v, sources.Invalid("the reference and the options both say which version to take")
	}
	v.Version = r.Version
	return v, nil
}

var hostPattern = lazyregexp.New(`^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?(:[0-9]+)?$`)

// ValidateHost refuses text that is neither "" nor a host, perhaps with a port. The error is a [sources.ErrInvalid].
func ValidateHost(host string) error {
	if host != "" && !hostPattern.MatchString(host) {
		return sources.Invalid("%q is not a host", redact.Reference(host))
	}
	return nil
}

// ValidateName refuses the name of a package that does not have a registry's form or is very long. The error is a
// [sources.ErrInvalid].
func ValidateName(name string, form *lazyregexp.Regexp, registry string) error {
	const longest, shown = 214, 100 // npm's names are the longest
	if len(name) <= longest && form.MatchString(name) {
		return nil
	}
	err := sources.Invalid("%q cannot name a package of %s", terminal.Shorten(redact.Reference(name), shown), registry)
	if strings.Contains(name, "@") { // a version may follow it, and then the right command is shown
		return err
	}
	return &sources.Advised{Err: err, Next: "write the name alone", Try: []sources.Setting{{Option: "rev"}, {Option: "constraint"}}}
}
