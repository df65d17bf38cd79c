package sources

// IsDotGit reports whether an argument of fetchgit or fetchFromGitHub makes it keep the .git folder
// (nixpkgs, pkgs/build-support/fetchgit/default.nix).
func IsDotGit(argument string) bool {
	return argument == "leaveDotGit" || argument == "deepClone" || argument == "fetchTags"
}

// RefuseDotGit says why what makes fetchgit keep .git cannot be pinned, and what to do instead. asked is
// how the user asked for it. The error is an [ErrInvalid].
func RefuseDotGit(asked string) error {
	return WithHint(
		Invalid("%s keeps .git, which cannot be pinned: what is in it depends on git's version and on what the server sends, "+
			"so that the hash changes by itself (nixpkgs issue 8567)", asked),
		"leave it out; a build that asks git for its version can take it from the pin, whose rev, version and date are attributes in Nix")
}
