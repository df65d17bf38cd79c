package sources

import "regexp"

// Access says how builds get at what is not public.
type Access struct {
	// Private says that builds need credentials, which they take from their environment: a lock holds none.
	Private bool `json:"private,omitzero" flag:"--private"`
	// VarPrefix, with Private, names the environment variables: NIX_<VarPrefix>_GITHUB_PRIVATE_USERNAME and its like
	// (nixpkgs, pkgs/build-support/fetchgithub).
	VarPrefix string `json:"varPrefix,omitzero" flag:"--private"`
}

var varPrefixPattern = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

// Validate reports a prefix that names no variable, or nothing. The error is an [ErrInvalid].
func (a Access) Validate() error {
	if a.VarPrefix != "" && (!a.Private || !varPrefixPattern.MatchString(a.VarPrefix)) {
		return WithHint(Invalid("varPrefix %q is no prefix of an environment variable", a.VarPrefix), "write one such as COMPANY")
	}
	return nil
}
