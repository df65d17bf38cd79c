package main

import (
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// forge VERB ARGUMENT…
func forge(ts *testscript.TestScript, args []string) {
	verbs := map[string]struct {
		least int
		run   func(*testscript.TestScript, *forgetest.Forge, []string)
	}{
		"commit":   {2, forgeCommit},
		"versions": {2, forgeVersions},
		"tag": {3, func(_ *testscript.TestScript, f *forgetest.Forge, a []string) {
			r := f.Repo(a[0])
			r.Tag(a[1], r.Rev(a[2]))
		}},
		"annotate": {3, func(ts *testscript.TestScript, f *forgetest.Forge, a []string) {
			date, a := aged(ts, a)
			r := f.Repo(a[0])
			r.AnnotatedTag(a[1], r.Rev(a[2]), a[1], date)
		}},
		"movetag": {3, func(_ *testscript.TestScript, f *forgetest.Forge, a []string) {
			r := f.Repo(a[0])
			r.MoveTag(a[1], r.Rev(a[2]))
		}},
		"default": {2, func(_ *testscript.TestScript, f *forgetest.Forge, a []string) { f.Repo(a[0]).DefaultBranch(a[1]) }},
		"branch": {3, func(_ *testscript.TestScript, f *forgetest.Forge, a []string) {
			r := f.Repo(a[0])
			r.Branch(a[1], r.Rev(a[2]))
		}},
		"delete": {2, func(_ *testscript.TestScript, f *forgetest.Forge, a []string) { f.Repo(a[0]).DeleteRef(a[1]) }},
		"rev": {3, func(ts *testscript.TestScript, f *forgetest.Forge, a []string) {
			ts.Setenv(a[0], f.Repo(a[1]).Rev(a[2]))
		}},
		"day":     {2, forgeDay},
		"dir":     {2, func(ts *testscript.TestScript, f *forgetest.Forge, a []string) { ts.Setenv(a[0], f.Repo(a[1]).Dir()) }},
		"release": {2, forgeRelease},
		"upload": {3, func(ts *testscript.TestScript, f *forgetest.Forge, a []string) {
			f.Repo(a[0]).Upload(a[1], assets(ts, a[2:])...)
		}},
		"withdraw": {3, func(_ *testscript.TestScript, f *forgetest.Forge, a []string) {
			f.Repo(a[0]).Upload(a[1], forgetest.Asset{Name: a[2], Unfinished: true})
		}},
		"rename": {2, func(_ *testscript.TestScript, f *forgetest.Forge, a []string) { f.Rename(a[0], a[1]) }},
		"import": {2, func(ts *testscript.TestScript, f *forgetest.Forge, a []string) {
			_, err := f.Import(a[0], ts.MkAbs(a[1]))
			ts.Check(err)
		}},
		"grant": {2, forgeGrant},
		"pulls": {1, forgePulls},
		"pull":  {2, forgePull},
		"close": {2, func(ts *testscript.TestScript, f *forgetest.Forge, a []string) {
			f.Repo(a[0]).EditPullRequest(number(ts, a[1]), func(p *forgetest.PullRequest) { p.State = "closed" })
		}},
		"merge": {2, func(ts *testscript.TestScript, f *forgetest.Forge, a []string) {
			f.Repo(a[0]).MergePullRequest(number(ts, a[1]))
		}},
		"plain":       {2, forgePlain},
		"private":     {2, func(_ *testscript.TestScript, f *forgetest.Forge, a []string) { f.Private(a[0], a[1]) }},
		"file":        {2, forgeFile},
		"fault":       {2, forgeFault},
		"unreachable": {1, func(_ *testscript.TestScript, f *forgetest.Forge, a []string) { f.Unreachable(a[0]) }},
		"ratelimit":   {2, forgeRateLimit},
		"repair":      {0, func(_ *testscript.TestScript, f *forgetest.Forge, _ []string) { f.ClearFaults() }},
		"when":        {3, forgeWhen},
		"forget":      {0, func(_ *testscript.TestScript, f *forgetest.Forge, _ []string) { f.ResetLog() }},
		"requests":    {2, forgeRequests},
		"silent":      {0, forgeSilent},
		"told":        {1, forgeTold},
	}
	if len(args) == 0 {
		ts.Fatalf("usage: forge VERB ARGUMENT…")
	}
	verb, known := verbs[args[0]]
	if !known || len(args)-1 < verb.least {
		ts.Fatalf("forge %s: unknown, or too few arguments", args[0])
	}
	verb.run(ts, ts.Value(forgeKey{}).(*forgetest.Forge), args[1:])
}

// forgeCommit adds a commit to a branch: what a directory contains, else one file that no other commit has.
func forgeCommit(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	changes := forgetest.Files{"README": {Body: fmt.Sprintf("%s %s after %d requests\n", args[0], args[1], len(f.Requests()))}}
	if len(args) > 2 {
		changes = readDir(ts, args[2])
	}
	f.Repo(args[0]).Commit(args[1], changes)
}

// readDir reads the files of a directory as changes for a commit.
func readDir(ts *testscript.TestScript, dir string) forgetest.Files {
	dir = ts.MkAbs(dir)
	changes := forgetest.Files{}
	ts.Check(filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			changes[name] = forgetest.File{Symlink: target}
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		changes[name] = forgetest.File{Body: string(data), Executable: info.Mode()&0o100 != 0}
		return err
	}))
	return changes
}

// forgeVersions tags a new commit on main for each version.
func forgeVersions(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	date, args := aged(ts, args)
	r := f.Repo(args[0])
	for _, tag := range args[1:] {
		r.Tag(tag, r.Commit("main", forgetest.Files{"VERSION": {Body: tag + "\n"}}, forgetest.CommitOptions{Date: date}))
	}
}

// aged takes "--age AGE" from arguments that begin with it, and returns when that was; the zero time without it.
func aged(ts *testscript.TestScript, args []string) (time.Time, []string) {
	if args[0] != "--age" {
		return time.Time{}, args
	}
	return ts.Value(startKey{}).(time.Time).Add(-(sources.Range{MinAge: args[1]}).Age()), args[2:]
}

// forgeDay sets a variable to the day, in UTC, on which so much time has passed since the script began.
func forgeDay(ts *testscript.TestScript, _ *forgetest.Forge, args []string) {
	ts.Setenv(args[0], ts.Value(startKey{}).(time.Time).Add((sources.Range{MinAge: args[1]}).Age()).Format(time.DateOnly))
}

func forgeRelease(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	release := forgetest.Release{Tag: args[1]}
	for _, word := range args[2:] {
		switch word {
		case "prerelease":
			release.Prerelease = true
		case "draft":
			release.Draft = true
		case "upcoming":
			release.Upcoming = true
		case "now":
			release.Date = time.Now()
		default:
			release.Assets = append(release.Assets, assets(ts, []string{word})...)
		}
	}
	f.Repo(args[0]).Release(release)
}

// assets reads NAME=FILE, or NAME alone for a file that holds its own name. A minus before it leaves out the digest.
func assets(ts *testscript.TestScript, words []string) (all []forgetest.Asset) {
	for _, word := range words {
		name, noDigest := strings.CutPrefix(word, "-")
		name, file, hasFile := strings.Cut(name, "=")
		body := []byte(name)
		if hasFile {
			body = []byte(ts.ReadFile(file))
		}
		all = append(all, forgetest.Asset{Name: name, Body: body, NoDigest: noDigest})
	}
	return all
}

// forgePlain serves the files of a repository below HOST/PATH, as a web server that knows nothing of git.
func forgePlain(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	dir := f.Repo(args[0]).Dir()
	host, prefix := place(args[1])
	ts.Check(ts.Exec("git", "-C", dir, "update-server-info"))
	ts.Check(filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		f.File(host, prefix+"/"+filepath.ToSlash(name), forgetest.Content{Body: data})
		return err
	}))
}

// forgeGrant lets a token do everything in a repository that the bot needs, without the rights after a minus.
func forgeGrant(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	rights := map[string]forgetest.Right{
		"-push": forgetest.MayPush, "-request": forgetest.MayRequest, "-label": forgetest.MayLabel, "-merge": forgetest.MayMerge,
	}
	for _, word := range args[2:] {
		if _, known := rights[word]; !known {
			ts.Fatalf("forge grant: unknown right %q", word)
		}
		delete(rights, word)
	}
	f.Repo(args[0]).Grant(args[1], "bot", slices.Collect(maps.Values(rights))...)
}

// forgePulls wants these requests: "NUMBER STATE BRANCH: TITLE".
func forgePulls(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	var got []string
	for _, p := range f.Repo(args[0]).PullRequests() {
		got = append(got, fmt.Sprintf("%d %s %s: %s", p.Number, p.State, p.Head, p.Title))
	}
	if !slices.Equal(got, args[1:]) {
		ts.Fatalf("requests %q, want %q", got, args[1:])
	}
}

// forgePull prints what a request is, one field a line.
func forgePull(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	i := number(ts, args[1]) - 1
	all := f.Repo(args[0]).PullRequests()
	if i < 0 || i >= len(all) {
		ts.Fatalf("there are %d requests", len(all))
	}
	p := all[i]
	fmt.Fprintf(ts.Stdout(), "head: %s\nbase: %s\ndraft: %t\nlabels: %q\nreviewers: %q\nassignees: %q\nauto-merge: %s\n%s\n",
		p.Head, p.Base, p.Draft, p.Labels, p.Reviewers, p.Assignees, p.AutoMerge, p.Body)
	for _, c := range p.Comments {
		fmt.Fprintf(ts.Stdout(), "comment: %s\n", c.Body)
	}
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

// forgeFile serves a file, or, if none is named, a redirect or nothing any more.
func forgeFile(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	host, path := place(args[0])
	content := forgetest.Content{}
	if location, isRedirect := strings.CutPrefix(args[1], "->"); isRedirect {
		content.Redirect = location
	} else {
		content.Body = []byte(ts.ReadFile(args[1]))
	}
	if len(args) > 2 {
		content.ContentType = args[2]
	}
	f.File(host, path, content)
}

// place splits HOST/PATH; a path is a prefix where faults are meant.
func place(text string) (host, path string) {
	host, path, _ = strings.Cut(text, "/")
	return host, "/" + path
}

// forgeFault makes requests below HOST/PATH fail.
func forgeFault(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	fault := forgetest.Fault{}
	fault.Host, fault.Path = place(args[0])
	argument := func(i int) string {
		if i >= len(args) {
			ts.Fatalf("forge fault %s: too few arguments", args[1])
		}
		return args[i]
	}
	switch args[1] {
	case "status":
		code, err := strconv.Atoi(argument(2))
		ts.Check(err)
		header := http.Header{"Content-Type": {"text/plain"}}
		body := ""
		if len(args) > 3 {
			body = ts.ReadFile(args[3])
		}
		fault.Kind = forgetest.Status(code, header, body)
	case "html":
		fault.Kind = forgetest.HTML()
	case "secondary":
		wait, err := time.ParseDuration(argument(2))
		ts.Check(err)
		fault.Kind = forgetest.SecondaryLimit(wait)
	case "redirect":
		fault.Kind = forgetest.RedirectTo(argument(2))
	case "loop":
		fault.Kind = forgetest.RedirectLoop()
	case "certificate":
		fault.Path, fault.Kind = "", forgetest.BadCertificate()
	case "reset":
		fault.Kind = forgetest.ResetBody(100)
	case "truncate":
		fault.Kind = forgetest.TruncateGzip()
	case "garbage":
		fault.Kind = forgetest.Garbage()
	case "empty":
		fault.Kind = forgetest.EmptyBody()
	case "once": // a status that passes
		fault.Times, fault.Kind = 1, forgetest.Status(http.StatusServiceUnavailable, http.Header{"Retry-After": {"0"}}, "")
	default:
		ts.Fatalf("forge fault: unknown kind %q", args[1])
	}
	f.Fault(fault)
}

// stall lets the first request below HOST/PATH for which strike holds begin its answer and never end it.
func stall(ts *testscript.TestScript, at string, strike func() bool) {
	f := ts.Value(forgeKey{}).(*forgetest.Forge)
	host, path := place(at)
	f.Fault(forgetest.Fault{Host: host, Path: path, Kind: forgetest.Stall(50), Match: func(*http.Request) bool { return strike() }})
}

func forgeRateLimit(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	reset, err := time.Parse(time.RFC3339, args[1])
	ts.Check(err)
	f.RateLimit(args[0], reset)
}

// forgeWhen copies files the moment a request for HOST/PATH arrives: FROM TO, pairwise. Nothing else
// can show what happens to a lock that is edited during an update.
func forgeWhen(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	host, path := place(args[0])
	from, to := ts.MkAbs(args[1]), ts.MkAbs(args[2])
	f.Fault(forgetest.Fault{Host: host, Path: path, Kind: forgetest.EmptyBody(), Match: func(*http.Request) bool {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, data, 0o644)
		}
		return err != nil // the fault shows that the copy failed
	}})
}

// forgeRequests counts the requests whose line "METHOD HOST/PATH[ COMMAND]" matches.
func forgeRequests(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	var lines []string
	got := 0
	for _, r := range f.Requests() {
		line := strings.TrimSpace(r.Method + " " + r.Host + r.Path + " " + r.Command)
		lines = append(lines, line)
		if pattern.MatchString(line) {
			got++
		}
	}
	if got != want {
		ts.Fatalf("%d requests match, want %d; all requests:\n%s", got, want, strings.Join(lines, "\n"))
	}
}

// forgeSilent asserts that nobody so much as opened a connection.
func forgeSilent(ts *testscript.TestScript, f *forgetest.Forge, _ []string) {
	if hosts := f.Connects(); len(hosts) > 0 || len(f.Requests()) > 0 {
		ts.Fatalf("connections to %q, %d requests; want none", hosts, len(f.Requests()))
	}
}

// forgeTold asserts which hosts were told a secret: these and no others.
func forgeTold(ts *testscript.TestScript, f *forgetest.Forge, args []string) {
	var got []string
	for _, r := range f.Requests() {
		_, password, _ := (&http.Request{Header: r.Header}).BasicAuth()
		text := fmt.Sprint(r.Header, r.Query, r.Path, password)
		if strings.Contains(text, args[0]) && !slices.Contains(got, r.Host) {
			got = append(got, r.Host)
		}
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(args[1:])); !slices.Equal(got, want) {
		ts.Fatalf("the secret went to %q, want %q", got, want)
	}
}
