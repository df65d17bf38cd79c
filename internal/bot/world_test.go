package bot_test

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/bot/gitea"
	"github.com/pinfetch/pinfetch/internal/bot/github"
	"github.com/pinfetch/pinfetch/internal/bot/gitlab"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	hosting "github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

const token = "bot-token"

// hosts are the forges, by name.
var hosts = map[string]string{"github": "github.com", "gitlab": "gitlab.example.org", "gitea": "gitea.example.org"}

// world is a project on a forge, and what upstream has.
type world struct {
	t        *testing.T
	kind     string
	forge    *forgetest.Forge
	repo     *forgetest.Repo
	versions map[string]string // that upstream has, by pin
	fails    map[string]bool
	held     map[string]string // what holds pins back
	options  bot.Options
	selected []string // nil for all
	base     string
	warns    bool            // about what was downloaded
	mu       sync.Mutex      // held for the rest
	notes    int             // how often they were asked for
	hashed   map[string]bool // pins that the last run had to download
}

// newWorld makes a project with a lock in which every pin has the version 1.0.
func newWorld(t *testing.T, kind string, pins ...string) *world {
	t.Helper()
	w := &world{t: t, kind: kind, forge: forgetest.New(t), base: "main", versions: map[string]string{}, fails: map[string]bool{}}
	w.repo = w.forge.RepoOn(hosts[kind], "acme/project")
	for _, pin := range pins {
		w.versions[pin] = "1.0"
	}
	w.repo.Commit("main", forgetest.Files{"README": {Body: "hello\n"}, "nix/pins.json": {Body: w.lock()}})
	w.repo.Grant(token, "robot", forgetest.MayPush, forgetest.MayRequest, forgetest.MayLabel, forgetest.MayMerge)
	w.repo.Grant("other", "ada", forgetest.MayPush, forgetest.MayRequest)
	w.options.Author = gitcmd.Person{Name: "Robot", Email: "robot@example.org"}
	return w
}

func spec(pin string) hosting.Spec {
	return hosting.Spec{Owner: "acme", Repo: strings.ReplaceAll(pin, "/", "-"), Tracking: sources.Tracking{Tags: "*"}}
}

// locked is a pin at a version.
func locked(pin, version string) sources.Resolution {
	rev := sha1.Sum([]byte(pin + version))
	sum := sha256.Sum256([]byte(pin + version))
	id := hex.EncodeToString(rev[:])
	return sources.Resolution{
		Facts: sources.Facts{Ref: "refs/tags/" + version, Version: version, Date: "2025-01-01"},
		Calls: []sources.Call{{Fetch: spec(pin).Fetch(id), Hash: hash.NewSRI(hash.SHA256, sum[:])}},
	}
}

func codecs() sources.Codecs { return sources.Codecs{hosting.Codec()} }

// lock is a lock of what upstream has.
func (w *world) lock(except ...string) string {
	w.t.Helper()
	f := &lock.File{Pins: map[string]lock.Pin{}}
	for pin, version := range w.versions {
		if !slices.Contains(except, pin) {
			f.Pins[pin] = lock.Pin{Source: spec(pin), Locked: locked(pin, version)}
		}
	}
	text, err := f.Format(codecs())
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// update is what the engine would do.
func (w *world) update(_ context.Context, f *lock.File, known map[string][]sources.Resolution) (outcomes []engine.Outcome, _ error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hashed = make(map[string]bool)
	for _, name := range f.Names() {
		if w.selected != nil && !slices.Contains(w.selected, name) {
			continue
		}
		pin := f.Pins[name]
		o := engine.Outcome{Name: name, Status: engine.Unchanged, Source: pin.Source, Old: pin.Locked, New: pin.Locked}
		version, exists := w.versions[name]
		switch {
		case pin.Frozen:
			o.Status = engine.Frozen
		case w.fails[name] || !exists:
			o.Status, o.Err = engine.Failed, errors.New("cannot reach upstream")
		case version != pin.Locked.Version:
			o.Status, o.New, o.Compare = engine.Updated, locked(name, version), "https://github.com/acme/"+name+"/compare/a...b"
			w.hashed[name] = !slices.ContainsFunc(known[name], o.New.Equal)
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// dial makes a bot.
func (w *world) dial() *bot.Bot {
	w.t.Helper()
	host := hosts[w.kind]
	credentials := web.Credentials{}
	credentials.Add(host, web.Credential{User: "x-access-token", Password: token, Source: "TOKEN"})
	bearer := web.Credential{Password: token, Bearer: true, Source: "TOKEN"}
	credentials.Add("api.github.com", bearer)
	credentials.Add(host+"/api/", bearer)
	client, git := dial.Forge(w.t, w.forge, credentials, func(o *web.Options) { o.RateLimit = hosting.RateLimit })
	b := &bot.Bot{
		BaseName: w.base, LockPath: "nix/pins.json", Codecs: codecs(), Update: w.update, Options: w.options,
		Notes: func(_ context.Context, o engine.Outcome) (sources.Notes, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.notes++
			return sources.Notes{Releases: []sources.ReleaseNote{{Tag: o.New.Version, Text: "Fixes #1, thanks @ada.", URL: "https://github.com/acme/x"}}}, nil
		},
		Words: bot.Words{
			HeldBack: func(o engine.Outcome) string { return w.held[o.Name] },
			Warnings: func(o engine.Outcome) []string { // what only a download tells
				w.mu.Lock()
				defer w.mu.Unlock()
				return map[bool][]string{true: {"names collide on macOS"}}[w.warns && w.hashed[o.Name]]
			},
			Failure: func(o engine.Outcome) string { return o.Err.Error() },
		},
	}
	var err error
	switch transport := client.WritingRoundTripper(); w.kind {
	case "github":
		b.Forge, err = github.New("https://api.github.com", "acme/project", transport)
	case "gitlab":
		f, newErr := gitlab.New("https://"+host+"/api/v4", "acme/project", transport)
		f.Pause = time.Nanosecond
		b.Forge, err = f, newErr
	case "gitea":
		f, newErr := gitea.New("https://"+host, "acme/project", transport)
		f.Backoff = time.Nanosecond
		b.Forge, err = f, newErr
	}
	if err != nil {
		w.t.Fatal(err)
	}
	clone, err := git.Clone(w.t.Context(), "https://"+host+"/acme/project.git", w.base, bot.Prefix)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { clone.Close() })
	b.Project = clone
	return b
}

// run runs the bot, and returns the actions, as "branch action".
func (w *world) run() (actions []string) {
	w.t.Helper()
	report, err := w.dial().Run(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range report.Results {
		text := strings.TrimPrefix(r.Branch, bot.Prefix) + " " + string(r.Action)
		if r.Err != nil {
			text += ": " + r.Err.Error()
		}
		actions = append(actions, text)
	}
	return actions
}

// want runs the bot and compares the actions.
func (w *world) want(actions ...string) {
	w.t.Helper()
	if got := w.run(); !slices.Equal(got, actions) {
		w.t.Fatalf("got %q, want %q", got, actions)
	}
}

// quiet runs the bot, which must write nothing.
func (w *world) quiet(actions ...string) {
	w.t.Helper()
	w.forge.ResetLog()
	notes := w.notes
	w.want(actions...)
	if writes := w.writes(); len(writes) > 0 || w.notes != notes {
		w.t.Fatalf("wrote %q, asked for %d notes; want nothing", writes, w.notes-notes)
	}
}

// writes are the requests since the log was reset that change something.
func (w *world) writes() (lines []string) {
	for _, r := range w.forge.Requests() {
		isRead := r.Method == "GET" || r.Method == "HEAD" || strings.HasSuffix(r.Path, "git-upload-pack")
		if !isRead && r.Method != "CONNECT" {
			lines = append(lines, r.Method+" "+r.Path)
		}
	}
	return lines
}

// request is the request with a number.
func (w *world) request(number int) forgetest.PullRequest {
	w.t.Helper()
	all := w.repo.PullRequests()
	if number > len(all) {
		w.t.Fatalf("there are %d requests, want %d", len(all), number)
	}
	return all[number-1]
}

// file is a file of a branch.
func (w *world) branchLock(branch string) map[string]string {
	w.t.Helper()
	out, err := showFile(w.repo.Dir(), branch+":nix/pins.json")
	if err != nil {
		w.t.Fatal(err)
	}
	f, err := lock.Parse(out, codecs())
	if err != nil {
		w.t.Fatal(err)
	}
	versions := make(map[string]string)
	for name, pin := range f.Pins {
		versions[name] = pin.Locked.Version
	}
	return versions
}

// state is everything that people see in the end.
func (w *world) state() string {
	w.t.Helper()
	var text strings.Builder
	for _, p := range w.repo.PullRequests() {
		fmt.Fprintf(&text, "%d %s %q %s %q %q %q %d comments\n%s\n", p.Number, p.Head, p.Title, p.State, p.Labels, p.Assignees, p.Reviewers, len(p.Comments), p.Body)
	}
	for _, branch := range w.branches() {
		fmt.Fprintf(&text, "%s %v\n", branch, w.branchLock(branch))
	}
	return text.String()
}

func (w *world) branches() (names []string) {
	w.t.Helper()
	refs, err := listBranches(w.repo.Dir())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range refs {
		if strings.HasPrefix(name, bot.Prefix) {
			names = append(names, name)
		}
	}
	return names
}

var everything = flag.Bool("everything", false, "run all scenarios on all forges, and kill a run at each of its calls")

// one runs a scenario on one of the forges.
func one(t *testing.T, pins []string, scenario func(w *world)) {
	kinds := slices.Sorted(maps.Keys(hosts))
	if i := len(t.Name()) % len(kinds); !*everything {
		kinds = kinds[i : i+1]
	}
	on(t, kinds, pins, scenario)
}

// each runs a scenario on every forge.
func each(t *testing.T, pins []string, scenario func(w *world)) {
	on(t, slices.Sorted(maps.Keys(hosts)), pins, scenario)
}

func on(t *testing.T, kinds, pins []string, scenario func(w *world)) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			scenario(newWorld(t, kind, pins...))
		})
	}
}

// guillotine ends a run at the nth call of the forge or the project: before it is made, or after it was and before its answer
// arrives.
type guillotine struct {
	bot.Forge
	bot.Project
	mu     sync.Mutex
	left   int
	after  bool
	cancel context.CancelFunc
}

var errKilled = errors.New("killed")

func cut[T any](g *guillotine, call func() (T, error)) (value T, err error) {
	g.mu.Lock()
	g.left--
	left, after := g.left, g.after
	g.mu.Unlock()
	if left < 0 || left == 0 && !after {
		g.cancel()
		return value, errKilled
	}
	if value, err = call(); left == 0 {
		g.cancel()
		var zero T
		return zero, errKilled
	}
	return value, err
}

func cutErr(g *guillotine, call func() error) error {
	_, err := cut(g, func() (struct{}, error) { return struct{}{}, call() })
	return err
}
