// Package template fills what a version tells into the names and addresses of files: "foo-{version}-{system}.tar.gz".
package template

import (
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Values are what placeholders stand for.
type Values struct {
	Version string // {version}, and its parts
	Tag     string // {tag}
	System  string // {system}
}

var placeholder = lazyregexp.New(`\{([^{}]*)\}`)

// names are the placeholders, in the order in which errors list them.
var names = []string{
	"version", "tag", "system", "major", "minor", "patch", "major.minor", "version_dot", "version_underscore", "version_dash",
}

// Names returns the placeholders in a text, without braces, each once and in order.
func Names(text string) (found []string) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(found, m[1]) {
			found = append(found, m[1])
		}
	}
	return found
}

// Has reports whether a text has one of some placeholders or, without any, any placeholder at all.
func Has(text string, some ...string) bool {
	return slices.ContainsFunc(Names(text), func(name string) bool { return len(some) == 0 || slices.Contains(some, name) })
}

// HasVersion reports whether a text depends on the version.
func HasVersion(text string) bool {
	return slices.ContainsFunc(Names(text), func(name string) bool { return name != "system" })
}

// IsWhole reports whether no two versions fill a text alike, because more than a part of the version stands in it.
func IsWhole(text string) bool {
	return Has(text, "version", "tag", "version_dot", "version_underscore", "version_dash")
}

// Validate refuses unknown placeholders and lone braces. The error is a [sources.ErrInvalid].
func Validate(text string) error {
	for _, name := range Names(text) {
		if !slices.Contains(names, name) {
			return sources.WithHint(sources.Invalid("%q has an unknown placeholder {%s}", text, name), "use {%s}", strings.Join(names, "}, {"))
		}
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(text, ""), "{}") {
		return sources.Invalid("%q has a brace without its counterpart", text)
	}
	return nil
}

var number = lazyregexp.New(`[0-9]+`)

// Fill replaces the placeholders. A value is passed through escape, which may be nil. The error is a [sources.ErrInvalid] if
// the version lacks a part: "3" has no {minor}.
func Fill(text string, v Values, escape func(string) string) (string, error) {
	var err error
	filled := placeholder.ReplaceAllStringFunc(text, func(name string) string {
		value, ok := v.value(strings.Trim(name, "{}"))
		if !ok {
			err = sources.WithHint(sources.Invalid("version %q has no %s", v.Version, name), "leave %s out", name)
		}
		if escape != nil {
			value = escape(value)
		}
		return value
	})
	return filled, err
}

func (v Values) value(name string) (value string, ok bool) {
	parts := number.FindAllString(v.Version, 3)
	part := func(n int) (string, bool) {
		if n < len(parts) {
			return parts[n], true
		}
		return "", false
	}
	switch name {
	case "version":
		return v.Version, v.Version != ""
	case "tag":
		return v.Tag, v.Tag != ""
	case "system":
		return v.System, v.System != ""
	case "major":
		return part(0)
	case "minor":
		return part(1)
	case "patch":
		return part(2)
	case "major.minor":
		if len(parts) < 2 {
			return "", false
		}
		return parts[0] + "." + parts[1], true
	case "version_dot":
		return strings.NewReplacer("_", ".", "-", ".").Replace(v.Version), v.Version != ""
	case "version_underscore":
		return strings.NewReplacer(".", "_", "-", "_").Replace(v.Version), v.Version != ""
	case "version_dash":
		return strings.NewReplacer(".", "-", "_", "-").Replace(v.Version), v.Version != ""
	}
	return "", false
}
