package sources

// IsDotGit reports whether an argument of fetchgit or fetchFromGitHub keeps the .git directory
// (nixpkgs, pkgs/build-support/fetchgit/default.nix).
func IsDotGit(argument string) bool {
	return argument == "leaveDotGit" || argument == "deepClone" || argument == "fetchTags"
}

// RefuseDotGit explains why anything that makes fetchgit keep .git cannot be pinned, and what to do instead. asked is
// how the user asked for it. The error is an [ErrInvalid].
func RefuseDotGit(asked string) error {
	return WithHint(
		Invalid("%s keeps .git, which cannot be pinned: its content depends on git's version and on what the server sends, "+
			"so the hash changes without notice (nixpkgs issue 8567)", asked),
		"leave it out; a build that asks git for its version can take rev, version and date from the pin instead")
}
