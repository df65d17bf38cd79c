// Package forgetest is a fake forge on loopback, for tests, benchmarks and the
// demo: real git repositories behind the addresses that real forges use.
//
// A client that takes its proxy and its certificate authority from the
// environment, as [Forge.Env] sets them, reaches the forge at
// https://github.com/acme/demo, https://git.example.org/acme/demo or any other
// host, through CONNECT, TLS and HTTP/2, and needs no hook for tests. Plain
// http works the same way, and [Forge.URL] serves the same content without a
// proxy. Every host is a forge, and a repository is visible on every host
// unless it was made for one.
//
// Repositories are on disk, made by [Forge.Repo] or [Forge.Import], or come
// from a [Store]: package synthetic makes up thousands for benchmarks.
//
// # What is served
//
//   - Files given with [Forge.File], before anything else.
//   - git smart HTTP below /OWNER/REPO and /OWNER/REPO.git, by git
//     http-backend, protocol versions 0 to 2, any reachable or unreachable
//     object on request, partial clones.
//   - Archives as GitHub makes them: github.com/OWNER/REPO/archive/REV.tar.gz
//     (or .zip) redirects to codeload.github.com, other hosts answer at once.
//     REV is refs/tags/T, refs/heads/B, a tag, a branch, HEAD, or a commit ID
//     of at least four digits; a name that is both a branch and a tag is
//     answered with 300. A missing REV is a 404 of codeload.
//   - Archives as sourcehut, Bitbucket and Gitiles make them: ~OWNER/REPO/archive/REV.tar.gz, OWNER/REPO/get/REV.tar.gz on
//     bitbucket.org, PATH/+archive/REV.tar.gz; and what Gitiles tells of a commit at PATH/+/REV?format=JSON.
//   - The REST API at api.github.com, and at HOST/api/v3 as GitHub Enterprise
//     has it: /repos/OWNER/REPO with /releases, /releases/latest and
//     /tarball/REV, and /rate_limit. Pages with Link headers, entity tags with
//     304, X-RateLimit headers. The limit that they show is not enforced; see
//     [Forge.RateLimit].
//   - GitHub's pull requests in that API: /pulls, labels, assignees, reviewers and comments, and of GraphQL the mutation
//     enablePullRequestAutoMerge. [Repo.Grant] says what a token may do, [Repo.Settings] what the repository allows. A request
//     or an answer that is not as GitHub's OpenAPI description says is answered with 500 and the reason.
//   - Archives of GitLab at HOST/api/v4/projects/PROJECT/repository/archive.tar.gz?sha=REV, PROJECT being an escaped path or a
//     number. A private project wants a token in a header, not a password; git on gitlab.com and gitlab.* answers 401 for a
//     project that does not exist.
//   - Merge requests of GitLab at HOST/api/v4/projects/PROJECT/merge_requests, and users at HOST/api/v4/users?username=NAME.
//   - Archives of Forgejo at HOST/api/v1/repos/OWNER/REPO/archive/REV.tar.gz and, on codeberg.org, gitea.com, forgejo.* and
//     gitea.*, at HOST/OWNER/REPO/archive/REV.tar.gz, which does not look at passwords.
//   - Pull requests of Gitea and Forgejo at HOST/api/v1/repos/OWNER/REPO/pulls, their labels and comments.
//   - Release assets at /OWNER/REPO/releases/download/TAG/NAME.
//   - 301 from the old name of a renamed repository, for all of these.
//
// An unknown repository is 404, but 401 for git on github.com, as GitHub
// answers anonymous users. A private repository looks the same without its
// token. The github.com hosts redirect http to https.
//
// # Constants
//
// Authors, dates and messages have fixed defaults, so the same calls make the
// same commit IDs on every machine. Archives are the same bytes for the same
// commit, the same git and the same Go.
//
// # Faults, distance, log
//
// [Fault] makes chosen requests fail in a chosen way, [Forge.Unreachable] cuts
// off a host, [Forge.Delay] moves the forge a round trip away. [Forge.Requests]
// logs all requests with their headers, so that a test can prove where a token
// went and what was never asked for; [Forge.Counts] sums it up.
//
// The package does not import testing; [New] takes what it needs of a
// testing.TB.
package forgetest
