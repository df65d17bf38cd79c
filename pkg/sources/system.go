package sources

import "github.com/pinfetch/pinfetch/pkg/lazyregexp"

// systemPattern is the form of Nix's system doubles (nixpkgs, lib/systems/doubles.nix).
var systemPattern = lazyregexp.New(`^[a-z0-9_]+-[a-z0-9]+$`)

// ValidateSystem refuses text that is not a system double. The error is an [ErrInvalid].
func ValidateSystem(system string) error {
	if !systemPattern.MatchString(system) {
		return Invalid("%q is not a system such as x86_64-linux", system)
	}
	return nil
}
