package sources

import "regexp"

// PerSystem is a Spec that may be another source on each system: a vendor's binaries, a prebuilt compiler.
type PerSystem interface {
	// BySystem returns the Spec for each of Nix's systems ("x86_64-linux"); none if one serves them all.
	BySystem() map[string]Spec
}

// systemPattern is the form of Nix's system doubles (nixpkgs, lib/systems/doubles.nix).
var systemPattern = regexp.MustCompile(`^[a-z0-9_]+-[a-z0-9]+$`)

// ValidateSystem refuses what is no system double. The error is an [ErrInvalid].
func ValidateSystem(system string) error {
	if !systemPattern.MatchString(system) {
		return Invalid("%q is no system, such as x86_64-linux", system)
	}
	return nil
}
