package main

import "runtime/debug"

// release is set by the linker alone (-X main.release=…), where a package has a version of its own.
var release string

// buildVersion is the package's version, or the one that the Go command recorded in the program.
func buildVersion() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
