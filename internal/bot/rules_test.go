package bot_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// What a group's branch has of pins that fail, or that nobody asked for, stays, unless the base has something newer.
func TestGroupKeeps(t *testing.T) {
	one(t, []string{"a", "b"}, func(w *world) {
		w.options.Groups = groups(w.t, "all")
		has := func(a, b string) {
			w.t.Helper()
			if got := w.branchLock("pinfetch/all"); got["a"] != a || got["b"] != b {
				w.t.Errorf("the branch locks %v, want %s and %s", got, a, b)
			}
		}
		w.versions["a"], w.versions["b"] = "1.1", "1.1"
		w.want("all opened")
		w.selected, w.versions["a"] = []string{"a"}, "1.2"
		w.want("all refreshed")
		has("1.2", "1.1")
		w.selected, w.fails["b"] = nil, true
		w.quiet("all unchanged")
		w.versions = map[string]string{"a": "1.0", "b": "1.5"}
		w.repo.Commit("main", forgetest.Files{"nix/pins.json": {Body: w.lock()}})
		w.versions = map[string]string{"a": "1.2", "b": "2.0"}
		w.want("all refreshed")
		has("1.2", "1.5")
	})
}

// Who closes a request of several pins declines each of them.
func TestDeclinedInPart(t *testing.T) {
	one(t, []string{"a", "b", "c"}, func(w *world) {
		w.options.Groups = groups(w.t, "all")
		w.versions["a"], w.versions["b"] = "1.1", "1.1"
		w.want("all opened")
		w.repo.EditPullRequest(1, func(p *forgetest.PullRequest) { p.State = "closed" })
		w.versions["b"] = "1.0"
		w.quiet("all declined")
		w.versions["c"] = "1.1"
		w.want("all opened")
	})
}

// A request that the bot closed and a person reopened is like any other.
func TestReopened(t *testing.T) {
	one(t, []string{"a"}, func(w *world) {
		w.versions["a"] = "1.1"
		w.want("a opened")
		w.versions["a"] = "1.0"
		w.want("a closed")
		if p := w.request(1); !strings.Contains(p.Body, "compare/a...b") {
			w.t.Errorf("a closed request does not say what it was about: %s", p.Body)
		}
		w.versions["a"] = "1.1"
		w.repo.Branch("pinfetch/a", w.request(1).HeadID)
		w.repo.EditPullRequest(1, func(p *forgetest.PullRequest) { p.State = "open" })
		w.want("a refreshed")
		w.quiet("a unchanged")
		w.repo.EditPullRequest(1, func(p *forgetest.PullRequest) { p.State = "closed" })
		w.quiet("a declined")
	})
}

// Of several open requests of one branch, such as two runs at once leave if they are killed, the first stays.
func TestDuplicates(t *testing.T) {
	one(t, []string{"a"}, func(w *world) {
		w.versions["a"] = "1.1"
		w.want("a opened")
		w.repo.EditPullRequest(1, func(p *forgetest.PullRequest) { p.State = "closed" })
		w.versions["a"] = "1.2"
		w.want("a opened")
		w.repo.EditPullRequest(1, func(p *forgetest.PullRequest) { p.State = "open" })
		w.want("a refreshed")
		if first, second := w.request(1), w.request(2); first.State != "open" || second.State != "closed" || !strings.Contains(second.Body, "a duplicate") {
			w.t.Errorf("requests: %+v, %+v", first, second)
		}
		w.quiet("a unchanged")
	})
}

// Branches of requests into another base are somebody else's.
func TestOtherBase(t *testing.T) {
	one(t, []string{"a", "b"}, func(w *world) {
		w.repo.Branch("release", w.repo.Rev("main"))
		w.versions["a"] = "1.1"
		w.want("a opened")
		w.base = "release"
		w.quiet("a left alone")
		w.versions["a"] = "1.0"
		w.quiet()
		w.versions["b"] = "1.1"
		w.want("b opened")
		w.base = "main"
		w.want("a closed", "b left alone")
	})
}

// A branch of others can be in the way of one of the bot's.
func TestObstacle(t *testing.T) {
	one(t, []string{"a", "ts/c"}, func(w *world) {
		w.repo.Branch("pinfetch/ts", w.repo.Rev("main"))
		w.versions["a"], w.versions["ts/c"] = "1.1", "1.1"
		w.want("a opened", `ts/c failed: branch "pinfetch/ts/c" cannot be made while there is "pinfetch/ts"`)
		w.repo.DeleteRef("refs/heads/pinfetch/ts")
		w.want("a unchanged", "ts/c opened")
		w.options.Groups = groups(w.t, "scope")
		w.want("a unchanged", "ts opened", "ts/c closed")
	})
}

// A token that may not push is tried once.
func TestPushRefused(t *testing.T) {
	one(t, []string{"a", "b", "c", "d", "e", "f", "g"}, func(w *world) {
		w.repo.Grant(token, "robot", forgetest.MayRequest)
		for pin := range w.versions {
			w.versions[pin] = "1.1"
		}
		report, err := w.dial().Run(w.t.Context())
		if err != nil || len(report.Results) != 7 || len(w.repo.PullRequests()) > 0 {
			w.t.Fatalf("got %+v, %v and %d requests", report.Results, err, len(w.repo.PullRequests()))
		}
		for _, r := range report.Results {
			if r.Action != bot.Failed || r.Err == nil {
				w.t.Errorf("got %+v", r)
			}
		}
		tried := 0
		for _, r := range w.forge.Requests() {
			if r.Query.Get("service") == "git-receive-pack" {
				tried++
			}
		}
		if tried == 0 || tried > 3 {
			w.t.Errorf("the server was asked %d times", tried)
		}
	})
}

// What upstream says about a version that it withdrew does so in a comment as little.
func TestHostileReason(t *testing.T) {
	one(t, []string{"a"}, func(w *world) {
		w.versions["a"] = "1.1"
		w.want("a opened")
		w.versions["a"], w.held = "1.0", map[string]string{"a": "withdrawn: @ada fixes #1 ![x](https://x.example)"}
		w.want("a closed")
		if said := w.request(1).Comments[0].Body; !strings.Contains(said, "withdrawn") || strings.Contains(said, "@ada") || strings.Contains(said, "#1") || strings.Contains(said, "![") {
			w.t.Errorf("said %s", said)
		}
	})
}

// What upstream calls its versions mentions nobody, and closes nothing.
func TestHostileVersion(t *testing.T) {
	one(t, []string{"a", "b"}, func(w *world) {
		w.options.Groups = groups(w.t, "all")
		w.versions["a"], w.versions["b"] = "1.1 fixes #1 @ada\n\nPinfetch-Bot: eve@example.org", strings.Repeat("9", 300)
		w.want("all opened")
		message, err := commitMessage(w.repo.Dir(), "pinfetch/all")
		if err != nil {
			w.t.Fatal(err)
		}
		for _, text := range []string{message, w.request(1).Title, w.request(1).Body} {
			if strings.Contains(text, "#1") || strings.Contains(text, "@ada") || strings.Contains(text, "\nPinfetch-Bot: eve") || strings.Contains(text, strings.Repeat("9", 201)) {
				w.t.Errorf("got %s", text)
			}
		}
		if lines := strings.Split(strings.TrimSpace(message), "\n"); !slices.Equal(lines[len(lines)-2:], []string{"Pinfetch-Request: pinfetch/all into main", "Pinfetch-Bot: robot@example.org"}) {
			w.t.Errorf("got %s", message)
		}
		w.quiet("all unchanged")
	})
}
