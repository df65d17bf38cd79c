package sources

import "github.com/pinfetch/pinfetch/pkg/lazyregexp"

// Access says how builds reach what is not public.
type Access struct {
	// Private says that builds need credentials, which they take from their environment: a lock holds none.
	Private bool `json:"private,omitzero"`
	// VarPrefix, if Private, is part of the variables' names: NIX_<VarPrefix>_GITHUB_PRIVATE_USERNAME and so on
	// (nixpkgs, pkgs/build-support/fetchgithub).
	VarPrefix string `json:"varPrefix,omitzero"`
}

var varPrefixPattern = lazyregexp.New(`^[A-Z_][A-Z0-9_]*$`)

// Validate refuses a prefix that cannot be part of a variable's name. The error is an [ErrInvalid].
func (a Access) Validate() error {
	if a.VarPrefix != "" && (!a.Private || !varPrefixPattern.MatchString(a.VarPrefix)) {
		return WithHint(Invalid("varPrefix %q is not a prefix of an environment variable", a.VarPrefix), "write a prefix such as COMPANY")
	}
	return nil
}
