package forge_test

import (
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
)

const sha = "0123456789abcdef0123456789abcdef01234567"

// What a browser shows at an address, and what to pin instead.
func TestReadPage(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]forge.Page{
		// GitHub
		"https://github.com/o/r":                            {Git: "https://github.com/o/r.git"},
		"https://www.github.com/o/r/":                       {Git: "https://github.com/o/r.git"},
		"https://github.com/o/r/issues/12#issuecomment-1":   {Git: "https://github.com/o/r.git"},
		"https://github.com/o/r/actions/runs/1/job/2":       {Git: "https://github.com/o/r.git"},
		"https://github.com/o/r/compare/v1...v2":            {Git: "https://github.com/o/r.git"},
		"https://github.com/o/r/pull/12":                    {Git: "https://github.com/o/r.git", Rev: "refs/pull/12/head"},
		"https://github.com/o/r/pull/12/files":              {Git: "https://github.com/o/r.git", Rev: "refs/pull/12/head"},
		"https://github.com/o/r/commits/feature/x":          {Git: "https://github.com/o/r.git", Branch: "feature/x"},
		"https://github.com/o/r/tree/main/src/lib":          {Git: "https://github.com/o/r.git", Branch: "main"},
		"https://github.com/o/r/tree/" + sha + "/src":       {Git: "https://github.com/o/r.git", Rev: sha},
		"https://github.com/o/r/releases/tag/sdk%2Fv1.0":    {Git: "https://github.com/o/r.git", Rev: "sdk/v1.0"},
		"https://github.com/o/r/releases/latest":            {Git: "https://github.com/o/r.git"},
		"https://github.com/o/r/wiki/Home":                  {Git: "https://github.com/o/r.wiki.git"},
		"https://github.com/o/r/blob/main/a/b.nix?plain=1":  {Git: "https://github.com/o/r.git", Branch: "main", File: "https://github.com/o/r/raw/main/a/b.nix"},
		"https://github.com/o/r/blob/" + sha + "/a":         {Git: "https://github.com/o/r.git", Rev: sha, File: "https://github.com/o/r/raw/" + sha + "/a"},
		"https://gist.github.com/o/" + sha[:32]:             {Git: "https://gist.github.com/o/" + sha[:32] + ".git"},
		"https://gist.github.com/" + sha[:20]:               {Git: "https://gist.github.com/" + sha[:20] + ".git"},
		"https://gist.github.com/o/" + sha[:32] + "/" + sha: {Git: "https://gist.github.com/o/" + sha[:32] + ".git", Rev: sha},
		// GitLab
		"https://gitlab.com/g/r":                                  {Git: "https://gitlab.com/g/r.git"},
		"https://gitlab.com/g/s/t/r/":                             {Git: "https://gitlab.com/g/s/t/r.git"},
		"https://gitlab.com/g/r@v1.0":                             {Git: "https://gitlab.com/g/r.git", Rev: "v1.0"},
		"https://gitlab.com/g/s/r/-/tree/main/src?ref_type=heads": {Git: "https://gitlab.com/g/s/r.git", Branch: "main"},
		"https://gitlab.com/g/s/r/-/tree/v1.0?ref_type=tags":      {Git: "https://gitlab.com/g/s/r.git", Rev: "v1.0"},
		"https://gitlab.com/g/r/tree/main":                        {Git: "https://gitlab.com/g/r.git", Branch: "main"},
		"https://gitlab.com/g/r/-/releases":                       {Git: "https://gitlab.com/g/r.git"},
		"https://gitlab.com/g/r/-/releases/v1.0":                  {Git: "https://gitlab.com/g/r.git", Rev: "v1.0"},
		"https://gitlab.com/g/r/-/releases/permalink/latest":      {Git: "https://gitlab.com/g/r.git"},
		"https://gitlab.com/g/r/-/tags/sdk/v1.0":                  {Git: "https://gitlab.com/g/r.git", Rev: "sdk/v1.0"},
		"https://gitlab.com/g/r/-/merge_requests/7/diffs":         {Git: "https://gitlab.com/g/r.git", Rev: "refs/merge-requests/7/head"},
		"https://gitlab.com/g/r/-/wikis/home":                     {Git: "https://gitlab.com/g/r.wiki.git"},
		"https://gitlab.com/g/r/-/ci/editor":                      {Git: "https://gitlab.com/g/r.git"},
		"https://gitlab.gnome.org/GNOME/gtk/-/commit/" + sha:      {Git: "https://gitlab.gnome.org/GNOME/gtk.git", Rev: sha},
		"https://salsa.debian.org/g/r":                            {Git: "https://salsa.debian.org/g/r.git"},
		"https://git.example.org/g/s/r/-/blob/main/a/b.nix":       {Git: "https://git.example.org/g/s/r.git", Branch: "main", File: "https://git.example.org/g/s/r/-/raw/main/a/b.nix"},
		"https://git.example.org:8443/gitlab/g/r/-/branches":      {Git: "https://git.example.org:8443/gitlab/g/r.git"},
		// Forgejo and Gitea
		"https://codeberg.org/o/r":                                {Git: "https://codeberg.org/o/r.git"},
		"https://codeberg.org/o/r/issues":                         {Git: "https://codeberg.org/o/r.git"},
		"https://codeberg.org/o/r/pulls/3":                        {Git: "https://codeberg.org/o/r.git", Rev: "refs/pull/3/head"},
		"https://codeberg.org/o/r/commit/" + sha:                  {Git: "https://codeberg.org/o/r.git", Rev: sha},
		"https://codeberg.org/o/r/wiki":                           {Git: "https://codeberg.org/o/r.wiki.git"},
		"https://codeberg.org/o/r/wiki/Home":                      {Git: "https://codeberg.org/o/r.wiki.git"},
		"https://git.example.org/o/r/src/branch/main":             {Git: "https://git.example.org/o/r.git", Branch: "main"},
		"https://git.example.org/o/r/src/branch/main/a/b.nix":     {Git: "https://git.example.org/o/r.git", Branch: "main", File: "https://git.example.org/o/r/raw/branch/main/a/b.nix"},
		"https://git.example.org/o/r/src/branch/feature/x":        {Git: "https://git.example.org/o/r.git", Branch: "feature/x"},
		"https://git.example.org/o/r/src/tag/v1.0/README.md":      {Git: "https://git.example.org/o/r.git", Rev: "v1.0"},
		"https://git.example.org/o/r/src/commit/" + sha + "/a.md": {Git: "https://git.example.org/o/r.git", Rev: sha},
		"https://git.example.org/gitea/o/r/releases/tag/v1.0":     {Git: "https://git.example.org/gitea/o/r.git", Rev: "v1.0"},
		"https://git.example.org/o/r/commits/branch/main":         {Git: "https://git.example.org/o/r.git", Branch: "main"},
		// sourcehut, Bitbucket and others
		"https://git.sr.ht/~u/r":                                  {Git: "https://git.sr.ht/~u/r"},
		"https://git.sr.ht/~u/r/tree/v1/item/a/b.c":               {Git: "https://git.sr.ht/~u/r", Branch: "v1"},
		"https://git.sr.ht/~u/r/refs/1.0":                         {Git: "https://git.sr.ht/~u/r", Rev: "1.0"},
		"https://sr.ht/~u/r/":                                     {Git: "https://git.sr.ht/~u/r"},
		"https://git.sr.ht/~u/r/refs":                             {Git: "https://git.sr.ht/~u/r"},
		"https://srht.example.org/~u/r/log":                       {Git: "https://srht.example.org/~u/r"},
		"https://bitbucket.org/o/r/src/master/":                   {Git: "https://bitbucket.org/o/r.git", Branch: "master"},
		"https://bitbucket.org/o/r/commits/tag/v1.0":              {Git: "https://bitbucket.org/o/r.git", Rev: "v1.0"},
		"https://bitbucket.org/o/r/downloads/":                    {Git: "https://bitbucket.org/o/r.git"},
		"https://bitbucket.org/o/r/pull-requests/5":               {Git: "https://bitbucket.org/o/r.git"},
		"https://go.googlesource.com/tools/+/refs/tags/v0.1.0":    {Git: "https://go.googlesource.com/tools", Rev: "v0.1.0"},
		"https://go.googlesource.com/tools/+/refs/heads/master":   {Git: "https://go.googlesource.com/tools", Branch: "master"},
		"https://go.googlesource.com/tools/+/" + sha + "/a.md":    {Git: "https://go.googlesource.com/tools", Rev: sha},
		"https://go.googlesource.com/tools/+/main/a.md":           {Git: "https://go.googlesource.com/tools", Branch: "main"},
		"https://git.example.org/x/plugins/gitiles/g/r/+/main":    {Git: "https://git.example.org/x/g/r", Branch: "main"},
		"https://dev.azure.com/o/p/_git/r?version=GBmain":         {Git: "https://dev.azure.com/o/p/_git/r"},
		"https://git.kernel.org/pub/scm/git/git.git/tree/?h=next": {Git: "https://git.kernel.org/pub/scm/git/git.git", Branch: "next"},
		"https://git.kernel.org/pub/scm/git/git.git/tag/?h=v2.0":  {Git: "https://git.kernel.org/pub/scm/git/git.git", Rev: "v2.0"},
		"https://git.kernel.org/pub/scm/git/git.git/about/":       {Git: "https://git.kernel.org/pub/scm/git/git.git"},
		"https://git.zx2c4.com/cgit/commit/?h=master&id=" + sha:   {Git: "https://git.zx2c4.com/cgit", Rev: sha},
		// cgit and gitweb
		"https://git.savannah.gnu.org/cgit/r.git":                            {Git: "https://git.savannah.gnu.org/git/r.git"},
		"https://git.savannah.gnu.org/cgit/r.git/tree/src/a.c?h=v1":          {Git: "https://git.savannah.gnu.org/git/r.git", Branch: "v1"},
		"https://git.savannah.gnu.org/cgit/g/r.git/commit/?id=" + sha:        {Git: "https://git.savannah.gnu.org/git/g/r.git", Rev: sha},
		"https://cgit.git.savannah.gnu.org/cgit/r.git/":                      {Git: "https://git.savannah.gnu.org/git/r.git"},
		"https://cgit.git.savannah.gnu.org/cgit/r.git/tag/?h=v1":             {Git: "https://git.savannah.gnu.org/git/r.git", Rev: "v1"},
		"https://git.savannah.gnu.org/gitweb/?p=r.git":                       {Git: "https://git.savannah.gnu.org/git/r.git"},
		"https://git.savannah.nongnu.org/cgit/r.git/about/":                  {Git: "https://git.savannah.nongnu.org/git/r.git"},
		"https://git.kernel.org/cgit/git/git.git/log/?h=refs/tags/v2":        {Git: "https://git.kernel.org/pub/scm/git/git.git", Rev: "v2"},
		"https://git.kernel.org/pub/scm/git/git.git/tree/a.c?id=" + sha:      {Git: "https://git.kernel.org/pub/scm/git/git.git", Rev: sha},
		"https://repo.or.cz/r.git/shortlog/refs/heads/mob":                   {Git: "https://repo.or.cz/r.git", Branch: "mob"},
		"https://repo.or.cz/r.git/tree/refs/tags/v1:/src":                    {Git: "https://repo.or.cz/r.git", Rev: "v1"},
		"https://repo.or.cz/r.git/commit/" + sha:                             {Git: "https://repo.or.cz/r.git", Rev: sha},
		"https://repo.or.cz/r.git/blob/HEAD:/a.h":                            {Git: "https://repo.or.cz/r.git"},
		"https://repo.or.cz/w/r.git":                                         {Git: "https://repo.or.cz/r.git"},
		"https://repo.or.cz/r.git?a=commit;h=" + sha:                         {Git: "https://repo.or.cz/r.git", Rev: sha},
		"https://git.zx2c4.com/r":                                            {Git: "https://git.zx2c4.com/r"},
		"https://git.zx2c4.com/r/about/src/man.8":                            {Git: "https://git.zx2c4.com/r"},
		"https://git.zx2c4.com/r/tree/src?h=v1":                              {Git: "https://git.zx2c4.com/r", Branch: "v1"},
		"https://git.gnupg.org/cgi-bin/gitweb.cgi?p=r.git":                   {Git: "https://dev.gnupg.org/source/r.git"},
		"https://git.gnupg.org/cgi-bin/gitweb.cgi?p=r.git;a=commit;h=" + sha: {Git: "https://dev.gnupg.org/source/r.git", Rev: sha},
		"https://sourceware.org/git/?p=r.git;a=commitdiff;h=d150181d73d9":    {Git: "https://sourceware.org/git/r.git", Rev: "d150181d73d9"},
		"https://sourceware.org/git/?p=r.git;a=shortlog;h=refs/heads/x/y":    {Git: "https://sourceware.org/git/r.git", Branch: "x/y"},
		"https://sourceware.org/git/?p=r.git;a=blob;f=a;h=" + sha:            {Git: "https://sourceware.org/git/r.git"},
		"https://sourceware.org/git/?p=r.git;a=tree;f=a;h=" + sha + ";hb=v1": {Git: "https://sourceware.org/git/r.git", Branch: "v1"},
		"https://gcc.gnu.org/git/?p=gcc.git":                                 {Git: "https://gcc.gnu.org/git/gcc.git"},
		"https://git.example.org/gitweb/?p=a/r.git;a=summary":                {Git: "https://git.example.org/a/r.git"},
	} {
		if got, isPage := forge.ReadPage(address); !isPage || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", address, got, isPage, want)
		}
	}
	for _, address := range []string{
		"", "github:o/r", "https://github.com/", "https://github.com/o", "ssh://github.com/o/r",
		"https://github.com/o/r/archive/main.tar.gz", "https://github.com/o/r/releases/download/v1/a.tar.gz", "https://github.com/o/r/releases/latest/download/a",
		"https://github.com/o/r/raw/main/src/branch/a", "https://github.com/o/r/commit/" + sha + ".patch", "https://github.com/o/r/pull/1.diff", "https://github.com/o/r/tarball/v1",
		"https://raw.githubusercontent.com/o/r/main/a", "https://gist.github.com/o/" + sha[:32] + "/raw/a.sh", "https://codeload.github.com/o/r/tar.gz/main",
		"https://gitlab.com/g", "https://gitlab.com/g/r/-/archive/v1/r-v1.tar.gz", "https://gitlab.com/g/r/-/raw/main/a", "https://gitlab.com/g/r/raw/main/a",
		"https://gitlab.com/g/r/-/releases/v1/downloads/a", "https://gitlab.com/g/r/-/jobs/1/artifacts/download", "https://gitlab.com/g/r/-/commit/" + sha + ".patch",
		"https://gitlab.com/api/v4/projects/1/packages/generic/a/1/a.tar.gz", "https://gitlab.com/g/r/uploads/abc/a.zip", "https://gitlab.com/g/r/-/package_files/1/download",
		"https://codeberg.org/o/r/archive/main.tar.gz", "https://codeberg.org/o/r/raw/branch/main/a", "https://codeberg.org/o/r/media/branch/main/a",
		"https://codeberg.org/o/r/releases/download/v1/a", "https://codeberg.org/api/packages/o/generic/a/1/a.zip", "https://codeberg.org/attachments/0-1-2", "https://gitlab.com/-/snippets/1", "https://github.com/user-attachments/files/1/a.zip",
		"https://git.sr.ht/~u/r/archive/1.0.tar.gz", "https://git.sr.ht/~u/r/blob/main/a", "https://git.sr.ht/~u/r/refs/download/1.0/a",
		"https://bitbucket.org/o/r/get/main.tar.gz", "https://bitbucket.org/o/r/downloads/a.zip", "https://bitbucket.org/o/r/raw/main/a",
		"https://go.googlesource.com/tools/+archive/" + sha + ".tar.gz",
		"https://git.kernel.org/pub/scm/git/git.git/snapshot/git-2.0.tar.gz", "https://git.kernel.org/pub/scm/git/git.git/plain/a?h=next",
		"https://git.savannah.gnu.org/cgit/r.git/snapshot/r-1.tar.gz", "https://git.savannah.gnu.org/cgit/", "https://git.savannah.gnu.org/git/r.git",
		"https://repo.or.cz/r.git/snapshot/" + sha + ".tar.gz", "https://repo.or.cz/r.git/blob_plain/HEAD:/a", "https://repo.or.cz/r.git",
		"https://git.zx2c4.com/r/snapshot/r-1.tar.xz", "https://git.zx2c4.com/r/plain/a?h=v1", "https://git.zx2c4.com/", "https://git.example.org/cgit/r.git",
		"https://git.example.org/?p=r.git;a=snapshot;h=" + sha + ";sf=tgz",
		"https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz", "https://registry.npmjs.org/@scope/name/-/name-1.0.0.tgz", "https://example.org/a", "https://example.org/o/r",
		"https://example.org/dist/tree/a.tar.gz", "https://example.org/o/r/releases/a.tar.gz", "https://example.org/commit/a.tar.gz", "https://example.org/a?h=1&id=2",
	} {
		if got, isPage := forge.ReadPage(address); isPage {
			t.Errorf("%s: got %+v, want no page", address, got)
		}
	}
}

// The kind of source for a page is that of its forge only if host or form tell which forge it is.
func TestReference(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]string{
		"https://gitlab.com/g/s/r/-/tree/main":         {"gitlab:g/s/r", ""},
		"https://gitlab.example.org/g/r":               {"gitlab:g/r", "gitlab.example.org"},
		"https://git.example.org/g/s/r/-/tags/v1":      {"gitlab:g/s/r", "git.example.org"},
		"https://git.example.org:8443/o/r/src/tag/v1":  {"forgejo:o/r", "git.example.org:8443"},
		"https://codeberg.org/o/r/src/branch/main":     {"forgejo:o/r", ""},
		"https://git.example.org/o/r/releases/tag/v1":  {"git+https://git.example.org/o/r.git", ""}, // GitHub Enterprise has it too
		"https://git.example.org/a/o/r/src/branch/b":   {"git+https://git.example.org/a/o/r.git", ""},
		"https://git.example.org/r/-/tree/main":        {"git+https://git.example.org/r.git", ""},
		"http://git.example.org/o/r/src/branch/main":   {"git+http://git.example.org/o/r.git", ""},
		"https://codeberg.org/o/r/wiki":                {"git+https://codeberg.org/o/r.wiki.git", ""},
		"https://gist.github.com/o/" + sha[:32]:        {"git+https://gist.github.com/o/" + sha[:32] + ".git", ""},
		"https://go.googlesource.com/tools/+/" + sha:   {"gitiles:go.googlesource.com/tools", ""},
		"https://sr.ht/~u/r":                           {"sourcehut:~u/r", ""},
		"https://git.example.org/~u/r/log":             {"sourcehut:~u/r", "git.example.org"},
		"https://bitbucket.org/o/r/src/main":           {"bitbucket:o/r", ""},
		"https://git.kernel.org/pub/r.git/log/?h=next": {"git+https://git.kernel.org/pub/r.git", ""},
	} {
		page, isPage := forge.ReadPage(address)
		if ref, host := page.Reference(address); !isPage || ref != want[0] || host != want[1] {
			t.Errorf("%s: got %q, %q, want %q", address, ref, host, want)
		}
	}
}
