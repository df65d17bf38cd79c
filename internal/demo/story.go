package main

// pinning is the part of the story that needs no Nix.
func pinning(u *upstream) []step {
	return []step{
		{
			say:     "A project begins with an empty lock, and the reader that Nix will call.",
			command: "pinfetch init",
		},
		{
			say:     "A GitHub repository: its newest stable version tag. Its hash is computed here, without Nix.",
			command: "pinfetch add github:acme/hello",
		},
		{
			say:     "Another by branch, a repository of some other forge, and an archive.",
			command: "pinfetch add github:acme/greetings --branch main",
		},
		{
			command: "pinfetch add git+https://git.example.org/design/theme",
		},
		{
			command: "pinfetch add --unpack https://downloads.example.org/banner-1.0.tar.gz",
		},
		{
			command: "pinfetch show",
		},
		{
			say:     "Meanwhile acme releases hello 1.2.0, and commits to greetings.",
			before:  u.release,
			command: "pinfetch outdated",
		},
		{
			command: "pinfetch update",
		},
		{
			say:     "git.example.org is down. An update that fails says so, and leaves the lock as it was.",
			before:  u.fail,
			command: "pinfetch update theme",
			exit:    1,
			keeps:   true,
		},
		{
			say:     "It is back. Does everything still have the hash that is locked?",
			before:  u.recover,
			command: "pinfetch verify",
			keeps:   true,
		},
		{
			say:     "A frozen pin stays until an update names it.",
			command: "pinfetch freeze hello",
		},
		{
			command: "pinfetch update",
		},
	}
}
