package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/pinfetch/pinfetch/internal/binarycache"
	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/config"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/importer"
	"github.com/pinfetch/pinfetch/internal/nixstore"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcehut"
)

// Classes of errors that only commands have.
var (
	errUsage   = errors.New("bad usage")
	errExists  = errors.New("the name is taken")
	errNoLock  = errors.New("no lock found")
	errForeign = errors.New("it was not written by pinfetch")
	errMerge   = errors.New("merge conflict")
	errOutput  = errors.New("cannot print the result")
)

// class is a class of errors: its name in JSON, and what helps in most cases.
type class struct {
	err  error
	name string
	hint string
}

// classes lists the narrower class before the wider one.
func classes() []class {
	const (
		diskFull   = "free some space, or set TMPDIR to a directory with more, and run the command again; the lock is unchanged"
		unwritable = "make the lock's directory writable and run the command again; the lock is unchanged"
	)
	return []class{
		{lock.ErrBusy, "busy", "find that process with lslocks or fuser -v, end it if it hangs, and run the command again; the lock is unchanged"},
		{context.Canceled, "interrupted", "run the command again; everything complete has been written"},
		{context.DeadlineExceeded, "stalled", "run the command again"},
		{errUsage, "usage", ""},
		{errExists, "exists", "choose another name with --name, or replace the pin with --replace"},
		{importer.ErrVersion, "foreign-version", "install a newer pinfetch; the lock is unchanged"},
		{importer.ErrOwn, "own-lock", "to use it, name it with --lock-file"},
		{importer.ErrConfig, "foreign-format", "fix the error at that position, or move nvfetcher.toml away"},
		{importer.ErrUnknown, "foreign-format", "name a lock such as npins/sources.json, nix/sources.json, lon.lock, flake.lock or _sources/generated.json"},
		{importer.ErrSkipped, "skipped", ""},
		{importer.ErrEntry, "foreign-entry", "see what its tool says about it, or pin it by hand: pinfetch add REFERENCE --name NAME"},
		{errNoProject, "no-project", "name the project: --remote URL, and for a host that is not known --forge github, gitlab or forgejo"},
		{errNoToken, "no-token", ""},
		{config.ErrSyntax, "config", "fix the error at that position"},
		{bot.ErrNoLock, "no-lock", "run pinfetch init and pinfetch add, commit and push the lock, or name another with --lock-file"},
		{gitcmd.ErrLease, "conflict", "run the command again: the branch was pushed meanwhile, and was left as it is"},
		{gitcmd.ErrRefused, "refused", "let the token's owner push branches below pinfetch/: a rule of the repository, or a hook, refused it"},
		{gitcmd.ErrNotFile, "no-file", "replace it on the base branch by a file"},
		{errNoLock, "no-lock", "run pinfetch init in the project's directory, or name a lock with --lock-file"},
		{errOutput, "output", "make room where the output goes, or keep its reader open, and run the command again"},
		{errCommit, "commit", "see what git status says, or leave out --commit"},
		{errStale, "stale", ""},
		{errMerge, "merge", "keep one side of each pin, delete the markers, and run git add on the lock"},
		{errForeign, "foreign-file", "move the file away and run pinfetch init again"},
		{errLink, "link", "replace the link by what it leads to; to use a lock elsewhere, name it with --lock-file"},
		{lock.ErrDangling, "no-lock", "fix the link, or remove it and run pinfetch init"},
		{lock.ErrNoFileLock, "no-file-lock", "enable file locks where the file system is mounted, or work on a copy on a local disk: " +
			"cp pinfetch/pins.json /tmp/ && pinfetch --lock-file /tmp/pins.json …"},
		{engine.ErrUnknownName, "unknown-pin", "list the pins: pinfetch show --plain"},
		{engine.ErrStopped, "stopped", "leave out --fail-fast to try every pin"},
		{engine.ErrMovedTag, "moved-tag", "ask upstream why; to accept what is there now run: pinfetch update --allow-moved-tag NAME"},
		{engine.ErrUpstream, "upstream", "ask upstream to fix it, or pin another branch, tag or commit"},
		{engine.ErrInvalidPin, "invalid-pin", ""},
		{engine.ErrMismatch, "mismatch", "check with upstream, then run: pinfetch update --rehash NAME"},
		{binarycache.ErrReadOnly, "usage", "publish in the directory that the server serves, or in the bucket: s3://BUCKET"},
		{binarycache.ErrKey, "key", "make a key with: nix-store --generate-binary-cache-key NAME SECRET-FILE PUBLIC-FILE"},
		{binarycache.ErrStoreDir, "store-dir", "set NIX_STORE_DIR to that directory, or use another mirror"},
		{binarycache.ErrDestination, "no-bucket", "check the name, the endpoint and the region, and create the bucket; pinfetch does not"},
		{binarycache.ErrRefused, "permission", "make the directory writable; for a bucket, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, " +
			"and grant s3:ListBucket, s3:GetObject, s3:PutObject and, for --prune, s3:DeleteObject"},
		{binarycache.ErrDamaged, "damaged", "to publish it again run: pinfetch mirror DESTINATION --check"},
		{lock.ErrConflictMarkers, "lock", "finish the merge: keep one side of each pin, delete the markers, and run pinfetch update"},
		{lock.ErrVersion, "lock-version", "install a pinfetch that supports this version of the format; the lock is unchanged"},
		{lock.ErrSyntax, "lock", "fix the error at that position, or restore the file: git checkout -- FILE"},
		{lock.ErrConflict, "conflict", "run the command again; another program wrote the lock meanwhile and its version was kept"},
		{lock.ErrIrregular, "no-file", "move it away: only a file, or a link to one, can be read"},
		{lock.ErrName, "name", "choose a name such as foo or scope/foo with --name"},
		{web.ErrRateLimited, "rate-limited", "wait a while, then run the command again"},
		{github.ErrRateLimited, "rate-limited", "wait a while, or set GITHUB_TOKEN for a larger quota"},
		{web.ErrUnauthorized, "unauthorized", "set a valid token: GITHUB_TOKEN for github.com, GITLAB_TOKEN for gitlab.com, FORGEJO_TOKEN for codeberg.org, ~/.netrc for every other host"},
		{web.ErrCertificate, "insecure", "check the address; to trust a private certificate authority, set SSL_CERT_FILE"},
		{web.ErrInsecure, "insecure", "find an address that stays on https: a redirect to another protocol is never followed"},
		{web.ErrRedirects, "redirects", "check the address in a browser"},
		{web.ErrStalled, "stalled", "run the command again; complete pins are not fetched again"},
		{web.ErrSlow, "stalled", "run the command again later: the server or the network is too slow"},
		{web.ErrTruncated, "truncated", "run the command again"},
		{web.ErrTooLarge, "limit", "check the address: the answer is larger than pinfetch accepts; that of npm is smaller without --min-age"},
		{web.ErrServer, "server", "try again later: the server has a problem"},
		{prefetch.ErrExtension, "refused", "correct the extension: pinfetch update --rehash NAME"},
		{web.ErrPending, "not-ready", "run the command again later: the server is still preparing the file"},
		{web.ErrEmpty, "empty", "open the address in a browser: the file may have moved"},
		{prefetch.ErrHTML, "not-archive", "open the address in a browser: it may require a login, or the file has moved; to pin the page itself add --allow-html"},
		{prefetch.ErrWrongCommit, "wrong-commit", "do not pin this, and report it to the forge: the server sent a revision other than the requested one"},
		{hash.ErrDigest, "digest", "run the command again; if the error persists, do not pin this, and tell upstream that the file is not what was published"},
		{hash.ErrNotArchive, "not-archive", "open the address in a browser: it may require a login, or the file has moved; to pin the file itself leave out --unpack"},
		{hash.ErrRoots, "refused", "add --no-strip-root to pin the archive with its top-level entries"},
		{prefetch.ErrSHA256Commit, "refused", "pin an archive instead: pinfetch add https://… --unpack"},
		{hash.ErrUnsupported, "refused", "pin the file itself without --unpack, or another archive"},
		{hash.ErrRefused, "refused", "pin the file itself without --unpack, or another archive: nixpkgs cannot unpack this one"},
		{hash.ErrCorrupt, "corrupt", "run the command again; if the error stays, the archive is damaged at its source"},
		{gitcmd.ErrCorrupt, "corrupt", "run the command again; if the error stays, the repository is damaged at its source"},
		{hash.ErrDownload, "limit", "check that this is the right file; if it is, raise the limit: --max-download SIZE, such as 64GiB"},
		{hash.ErrUnpacked, "limit", "check that this is the right file; if it is, raise the limit: --max-unpacked SIZE, such as 64GiB"},
		{hash.ErrLimit, "limit", "check that this is the right file; --max-download and --max-unpacked raise limits, the others are fixed"},
		{hash.ErrMalformed, "hash", "write a hash as sha256-… with 44 characters of base64"},
		{prefetch.ErrNoRootDir, "not-found", "check the spelling of --root-dir"},
		{sources.ErrNotFound, "not-found", "check the spelling"},
		{gitrefs.ErrNotFound, "not-found", "check the address"},
		{web.ErrNotFound, "not-found", "check the address"},
		{web.ErrUnreachable, "unreachable", "check the address and the network (HTTPS_PROXY sets a proxy), then run the command again"},
		{web.ErrStatus, "status", "open the address in a browser to see what the server says"},
		{web.ErrProtocol, "protocol", "open the address in a browser to see what the server says"},
		{github.ErrResponse, "protocol", "open the address in a browser: it may not be GitHub's API, or a proxy may require a login"},
		{sources.ErrAnswer, "protocol", "check the address; if it is right, report this to pinfetch"},
		{nixstore.ErrNoNix, "no-nix", "install Nix, or mirror to a directory: pinfetch mirror DIRECTORY"},
		{nixstore.ErrCacheDir, "path", "set TMPDIR to a directory whose path has only letters, digits and -._~+="},
		{gitcmd.ErrNoGit, "no-git", "install git: git pins, submodules, ssh and --min-age need it"},
		{gitrefs.ErrProtocol, "protocol", "check that this address serves a git repository"},
		{gitcmd.ErrUnwritten, "disk-full", diskFull},
		{gitcmd.ErrNoLFS, "no-git-lfs", "install git-lfs (Git LFS), or leave out --lfs to pin the pointers"},
		{gitcmd.ErrTransport, "transport", "ask upstream for https addresses in .gitmodules and .lfsconfig, because Nix builders have no ssh keys; or leave out --submodules and --lfs"},
		{gitcmd.ErrLFS, "git-lfs", "a build would fail too: ask upstream to repair their Git LFS files, or leave out --lfs to pin the pointers"},
		{gitcmd.ErrSubmodules, "limit", "pin the submodules that you need on their own, and leave out --submodules"},
		{gitcmd.ErrGit, "git", "try the same with git itself"},
		{sources.ErrInvalid, "invalid", "see pinfetch add --help for the forms of references"},
		{syscall.ENOSPC, "disk-full", diskFull},
		{syscall.EROFS, "permission", unwritable},
		{fs.ErrPermission, "permission", unwritable},
		{fs.ErrNotExist, "no-file", "check the path"},
		{syscall.ELOOP, "no-file", "check the path"},
		{syscall.ENOTDIR, "no-file", "check the path: a part of it is a file, not a directory"},
		{syscall.ENAMETOOLONG, "no-file", "check the path"},
		{syscall.EISDIR, "no-file", "use pinfetch hash path for a directory"},
	}
}

// classify returns the name of an error's class for JSON, and what to do about the error.
func classify(err error) (name, hint string) {
	name = "internal"
	for _, c := range classes() {
		if errors.Is(err, c.err) {
			name, hint = c.name, c.hint
			break
		}
	}
	return name, cmp.Or(advise(err), hint+on(adviseRepository)(err))
}

// adviseRepository adds to the hint about a web page that the page may be a repository's.
func adviseRepository(err *prefetch.Error) string {
	u, parseErr := url.Parse(err.Fetch.URL)
	isPage := errors.Is(err, prefetch.ErrHTML) || errors.Is(err, hash.ErrNotArchive)
	if parseErr != nil || !isPage || u.RawQuery != "" || strings.Count(strings.Trim(u.Path, "/"), "/") == 0 || path.Ext(u.Path) != "" {
		return ""
	}
	return "; if it is the page of a git repository run: " + addCommand(sources.Request{Ref: "git+" + err.Fetch.URL})
}

// advise returns a hint that is better than that of the error's class, or "".
func advise(err error) string {
	for _, advice := range []func(error) string{
		on(adviseInvalidPin), on(adviseRequest), on(adviseName), on(adviseMismatch),
		on(func(e *github.RateLimitError) string { return adviseLimit(e.Reset, true) }),
		on(adviseStatus),
		on(adviseRemote), on(adviseCall),
	} {
		if hint := advice(err); hint != "" {
			return hint
		}
	}
	if status, ok := errors.AsType[*web.StatusError](err); ok && errors.Is(err, sources.ErrNotFound) {
		return adviseMissing(status.Host)
	}
	return ""
}

// on applies advice about one type of error to the errors that wrap one.
func on[E error](advice func(E) string) func(error) string {
	return func(err error) string {
		if e, ok := errors.AsType[E](err); ok {
			return advice(e)
		}
		return ""
	}
}

// adviseRequest adds to an error's own hint what the user may have meant, or the settings that it suggests, as flags.
func adviseRequest(err *sources.Advised) string {
	var parts []string
	if err.Next != "" {
		parts = append(parts, err.Next)
	}
	var meant []string
	for _, r := range err.Mean {
		meant = append(meant, addCommand(r))
	}
	if len(meant) > 0 {
		parts = append(parts, "did you mean: "+strings.Join(meant, ", or: "))
	}
	if len(err.Try) > 0 {
		parts = append(parts, settings(err.Try))
	}
	return strings.Join(parts, "; ")
}

// settings lists alternative settings as flags.
func settings(try []sources.Setting) string {
	var flags []string
	for _, s := range try {
		flags = append(flags, strings.TrimSpace("--"+s.Option+" "+quote(s.Value)))
	}
	if last := len(flags) - 1; last > 0 {
		flags = []string{strings.Join(flags[:last], ", ") + " or " + flags[last]}
	}
	switch flags[0] {
	case "--constraint":
		return "widen --constraint"
	case "--min-age":
		return "lower --min-age, or leave it out"
	}
	return "use " + flags[0]
}

// messageOf returns an error's text, with options of a request written as flags.
func messageOf(err error) string {
	option, ok := errors.AsType[*sources.OptionError](err)
	if !ok {
		return err.Error()
	}
	return strings.Replace(err.Error(), option.Error(), option.Text(func(name string) string { return "--" + name }), 1)
}

func adviseName(err *engine.UnknownNameError) string {
	switch {
	case err.IsScope:
		return fmt.Sprintf("%q is a scope: write %s/ for all pins in it", err.Word, err.Word)
	case err.Nearest != "":
		return fmt.Sprintf("did you mean %q?", err.Nearest)
	}
	return ""
}

func adviseInvalidPin(err *engine.InvalidPinError) string {
	if err.InSource {
		return `correct "source" in the lock, or replace the pin: pinfetch add --replace --name NAME REFERENCE`
	}
	return "to lock again what the source means, run: pinfetch update NAME"
}

func adviseMismatch(err *engine.MismatchError) string {
	if err.Call.Rev != "" {
		return "a commit's content cannot change: either the lock was edited by hand, or the server sends something else for " +
			"this commit (export-subst in .gitattributes does that); compare the revision with upstream's, then run: pinfetch update --rehash NAME"
	}
	return "the file behind the URL changed: upstream replaced it, or someone tampers with it; " +
		"check with upstream, then run: pinfetch update --rehash NAME"
}

func adviseCall(err *prefetch.Error) string {
	if err.Fetch.Fetcher != sources.FetchFromGitHub {
		return ""
	}
	switch {
	case errors.Is(err, sources.ErrNotFound):
		return "check that the repository has the commit; for a private repository set " + tokenFor(cmp.Or(err.Fetch.GithubBase, github.DefaultHost))
	case errors.Is(err, hash.ErrNotArchive):
		return "open the address in a browser: the forge or a proxy may require a login"
	}
	return ""
}

// adviseArchive returns the hint for an archive that a forge's server does not have, which may be because it makes none.
func adviseArchive(o engine.Outcome) string {
	failed, ok := errors.AsType[*prefetch.Error](o.Err)
	request, mayRefuse := sources.AsGit(o.Source)
	if !ok || !mayRefuse || failed.Fetch.Fetcher != sources.FetchZip || !errors.Is(o.Err, web.ErrNotFound) {
		return ""
	}
	command := addCommand(request)
	if !o.Old.IsZero() {
		command = moveCommand(o.Name, request)
	}
	private := ""
	if !failed.Fetch.Private {
		private = "if the repository is private, add --private; "
	}
	return "check that the repository has the commit; " + private + "if this server makes no archives, let git fetch it: " + command
}

// adviseStatus says which credential was refused, and when a limit ends.
func adviseStatus(err *web.StatusError) string {
	switch {
	case errors.Is(err, web.ErrRateLimited):
		return adviseLimit(err.Reset, err.Sent == "" && isGitHub(err.Host))
	case err.Sent == "" && err.Status == http.StatusForbidden && err.Host == sourcehut.DefaultHost:
		return fmt.Sprintf("check the name; if it is right, %s refuses requests from many networks, such as those of clouds and CI: "+
			"run the command in another network, or pin a mirror of the repository on another host", err.Host)
	case err.Sent == "":
		return ""
	case errors.Is(err, web.ErrUnauthorized):
		return fmt.Sprintf("the token from %s was refused: replace it if it has expired or lacks access, or remove it: "+
			"a public repository needs none", err.Sent)
	case errors.Is(err, web.ErrNotFound):
		return fmt.Sprintf("check the name; if it is right, the token from %s lacks access: replace it, or remove it: "+
			"a public repository needs none", err.Sent)
	}
	return ""
}

func isGitHub(host string) bool {
	return host == github.DefaultHost || strings.HasSuffix(host, "."+github.DefaultHost)
}

func adviseLimit(reset time.Time, tokenHelps bool) string {
	advice := "wait a while, then run the command again"
	if !reset.IsZero() {
		advice = fmt.Sprintf("the limit resets at %s; wait until then", reset.UTC().Format(time.RFC3339))
	}
	if tokenHelps {
		advice += ", or set GITHUB_TOKEN for a larger quota"
	}
	return advice
}

func adviseRemote(err *gitrefs.Error) string {
	u, parseErr := url.Parse(err.URL)
	if parseErr != nil {
		return ""
	}
	switch {
	case errors.Is(err, gitrefs.ErrNotFound) && u.Scheme == "file":
		return "check the address: it is a directory on this machine"
	case errors.Is(err, gitrefs.ErrNotFound):
		return adviseMissing(u.Host)
	case errors.Is(err, web.ErrUnauthorized):
		return "the repository does not exist, or it is private and no valid token is set: check the name, or set " + tokenFor(u.Host)
	case errors.Is(err, gitcmd.ErrNoGit):
		return "install git: it is needed for transports other than http"
	case errors.Is(err, gitrefs.ErrProtocol):
		return "check that a git repository is served at this address: git ls-remote " + redact.Reference(err.URL)
	}
	return ""
}

func adviseMissing(host string) string {
	return "check the owner and the name in the address; for a private repository set " + tokenFor(host)
}

// tokenFor names where a user sets the token for a host.
func tokenFor(host string) string {
	if host == github.APIAddress(github.DefaultHost) {
		host = github.DefaultHost
	}
	for _, v := range tokenVariables() {
		if v.host == host {
			return v.name
		}
	}
	return "an entry for " + host + " in ~/.netrc"
}

// locate puts the lock's name before a position in it, and into the hint.
func locate(path string, err error) error {
	if !errors.Is(err, lock.ErrSyntax) {
		return err
	}
	separator := " "
	if _, hasPosition := errors.AsType[*lock.ParseError](err); hasPosition {
		separator = ""
	}
	_, hint := classify(err)
	return sources.WithHint(fmt.Errorf("%s:%s%w", path, separator, err), "%s", strings.ReplaceAll(hint, "FILE", path))
}

// adviseLocked returns the hint for a pin that is locked: the commands that change the settings which an error suggests.
func adviseLocked(name string, err error) string {
	advised, ok := errors.AsType[*sources.Advised](err)
	if !ok || len(advised.Try) == 0 {
		return ""
	}
	var commands []string
	for _, setting := range advised.Try {
		commands = append(commands, setCommand(name, setting))
	}
	return "run: " + strings.Join(commands, ", or: ")
}

// adviseLocal gives hints for a file on this machine; those of the classes are about downloads.
func adviseLocal(err error) error {
	for _, known := range []class{
		{err: hash.ErrNotArchive, hint: "use pinfetch hash file for the bytes of any file, pinfetch hash path for a file or directory as Nix stores it"},
		{err: hash.ErrCorrupt, hint: "get the file again: it is incomplete or damaged"},
		{err: fs.ErrPermission, hint: "make the file readable"},
	} {
		if errors.Is(err, known.err) {
			return sources.WithHint(err, "%s", known.hint)
		}
	}
	return err
}
