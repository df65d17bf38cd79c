package sources

// IsDotGit reports whether an argument of fetchgit or fetchFromGitHub makes it keep the .git folder
// (nixpkgs, pkgs/build-support/fetchgit/default.nix).
func IsDotGit(argument string) bool {
	return argument == "leaveDotGit" || argument == "deepClone" || argument == "fetchTags"
}

// RefuseDotGit says why an argument of [IsDotGit] cannot be pinned, and what to do instead. asked is what
// the user wrote. The error is an [ErrInvalid].
func RefuseDotGit(asked, argument string) error {
	return WithHint(
		Invalid("%s: fetchgit's %s keeps .git, and that cannot be pinned: what is in it depends on git's version and on what the server sends, "+
			"so that its hash changes by itself (nixpkgs issue 8567)", asked, argument),
		"leave it out; a build that asks git for its version can take it from the pin, whose rev, version and date are attributes in Nix")
}
