package main

// pinning are the steps that do not need Nix.
func pinning(u *upstream) []step {
	return []step{
		{
			say:     "A project starts with an empty lock and the reader that Nix will call.",
			command: "pinfetch init",
			prints:  []string{"pinfetch/pins.json", "pinfetch/default.nix"},
		},
		{
			say:     "A GitHub repository, by its newest stable version tag. The hash is computed without Nix.",
			command: "pinfetch add github:acme/hello",
			prints:  []string{"hello: added 1.1.0 sha256-"},
		},
		{
			say:     "Another by branch, a repository on another forge, and an archive.",
			command: "pinfetch add github:acme/greetings --branch main",
			prints:  []string{"greetings: added 0-unstable-2024-01-01 sha256-"},
		},
		{
			command: "pinfetch add git+https://git.example.org/design/theme",
			prints:  []string{"theme: added 0-unstable-2024-01-01 sha256-"},
		},
		{
			command: "pinfetch add --unpack https://downloads.example.org/banner-1.0.tar.gz",
			prints:  []string{"banner: added 1.0 sha256-"},
		},
		{
			command: "pinfetch show",
			prints:  []string{"banner ", "greetings ", "hello ", "theme ", "tags ", "branch ", "fixed"},
			keeps:   true,
		},
		{
			say:     "Meanwhile acme releases hello 1.2.0, and commits to greetings.",
			before:  u.release,
			command: "pinfetch outdated",
			prints:  []string{"hello: 1.1.0 -> 1.2.0", "2 outdated, 2 unchanged"},
			keeps:   true,
		},
		{
			command: "pinfetch update",
			prints: []string{
				"hello: 1.1.0 -> 1.2.0", "https://github.com/acme/hello/compare/",
				"greetings: 0-unstable-2024-01-01 -> 0-unstable-2024-01-02", "2 updated, 2 unchanged",
			},
		},
		{
			say:     "git.example.org is down. The update fails with a message and leaves the lock unchanged.",
			before:  u.fail,
			command: "pinfetch update theme",
			exit:    1,
			prints:  []string{"error: theme:", "hint:"},
			keeps:   true,
		},
		{
			say:     "It is back. verify downloads everything again and compares the hashes.",
			before:  u.recover,
			command: "pinfetch verify",
			prints:  []string{"banner:", "greetings:", "hello:", "theme:", " matches"},
			keeps:   true,
		},
		{
			say:     "A frozen pin stays the same, even when 1.3.0 is released, until an update names it.",
			before:  u.releaseAgain,
			command: "pinfetch freeze hello",
			prints:  []string{"froze hello"},
		},
		{
			command: "pinfetch update",
			prints:  []string{"3 unchanged, 1 frozen"},
			keeps:   true,
		},
	}
}
