// Package registrytest tests what every kind of package of a registry does with answers that are no good.
package registrytest

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcestest"
	"github.com/pinfetch/pinfetch/pkg/terminal"
	"github.com/pinfetch/pinfetch/test/dial"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// Package is a package of a registry.
type Package struct {
	New        func(http.RoundTripper) sources.Kind
	Ref        string // a reference to it
	Host, Path string // where the list of its versions is
	Posts      bool   // whether the kind posts its question, which no redirect passes on
	List       func(versions ...string) string
	Early      string // how a version 2.0.0 is written that is a pre-release, "" if there are none
	Withdrawn  string // how a version 2.0.0 is written that upstream withdrew, "" if there are none
}

// Resolve returns what a request means, and how many requests that took.
func (p Package) Resolve(t *testing.T, f *forgetest.Forge, r sources.Request) (sources.Resolution, error) {
	t.Helper()
	w, _ := dial.Forge(t, f, nil)
	set := sources.NewSet(p.New(w.RoundTripper()))
	spec, err := set.Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	found, err := set.Resolve(t.Context(), spec)
	if err != nil {
		return found, err
	}
	return set.Publish(t.Context(), spec, found)
}

// Test tests a package with versions that are fine, with none, and with lists that are no lists.
func Test(t *testing.T, p Package) {
	t.Helper()
	long := strings.Repeat("9", 1<<20)
	hostile := []string{"../x", "1.0 beta", "", "1.0\\n", "${a}", "1/2", "9.9.9%2f..", long, "9.9." + long, "9.9.9?x", "9.9.9#x", "..", "9..9", "99.é"}
	for _, tt := range []struct {
		name  string
		serve func(*forgetest.Forge)
		want  string // the version
		err   error
		text  string // in the error or its advice
	}{
		{"newest", p.serve("1.0.0", "1.10.0", "1.9.0"), "1.10.0", nil, ""},
		{"no such package", func(*forgetest.Forge) {}, "", sources.ErrNotFound, "package"},
		{"no versions", p.serve(), "", sources.ErrNotFound, "browser"},
		{"gone", p.fault(forgetest.Status(http.StatusGone, nil, "")), "", sources.ErrNotFound, "package"},
		{"login", p.fault(forgetest.Status(http.StatusUnauthorized, nil, "")), "", web.ErrUnauthorized, "package"},
		{"limit", p.fault(forgetest.Status(http.StatusTooManyRequests, http.Header{"Retry-After": {"3600"}}, "")), "", web.ErrRateLimited, "package"},
		{"moved", func(f *forgetest.Forge) {
			f.File(p.Host, p.Path, forgetest.Content{Redirect: "/moved", Status: http.StatusMovedPermanently})
			f.File(p.Host, "/moved", forgetest.Content{Body: []byte(p.List("1.0.0"))})
		}, "1.0.0", nil, ""},
		{"page", p.body("<!DOCTYPE html><title>Just a moment…</title>"), "", sources.ErrAnswer, "browser"},
		{"empty", p.body(""), "", sources.ErrAnswer, "browser"},
		{"broken", p.body(p.List("1.0.0")[:len(p.List("1.0.0"))/2]), "", sources.ErrAnswer, "browser"},
		{"hostile", p.serve(append(hostile, "1.0.0")...), "1.0.0", nil, ""},
		{"hostile only", p.serve(hostile...), "", sources.ErrNotFound, "package"},
		{"pre-release", p.serve("1.0.0", p.Early), "1.0.0", nil, "prerelease"},
		{"only pre-releases", p.serve(p.Early), "", sources.ErrNotFound, "prerelease="},
		{"withdrawn", p.serve("1.0.0", p.Withdrawn), "1.0.0", nil, "withdrawn"},
		{"only withdrawn", p.serve(p.Withdrawn), "", sources.ErrNotFound, "rev="},
	} {
		if tt.name == "moved" && p.Posts || strings.Contains(tt.name, "pre-release") && p.Early == "" || strings.Contains(tt.name, "withdrawn") && p.Withdrawn == "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := forgetest.New(t)
			tt.serve(f)
			got, err := p.Resolve(t, f, sources.Request{Ref: p.Ref})
			if tt.err != nil {
				if !errors.Is(err, tt.err) || !strings.Contains(err.Error()+sourcestest.AdviceOf(err), tt.text) || len(err.Error()) > 1000 || !terminal.IsSafe(err.Error()) {
					t.Errorf("got %+v, %v (%s), want %v with %q", got.Facts, err, sourcestest.AdviceOf(err), tt.err, tt.text)
				}
				return
			}
			if err != nil || got.Version != tt.want || tt.text != "" && (len(got.Held) != 1 || string(got.Held[0].By) != tt.text) {
				t.Errorf("got %+v, held back %+v, %v, want version %s", got.Facts, got.Held, err, tt.want)
			}
		})
	}
}

func (p Package) serve(versions ...string) func(*forgetest.Forge) { return p.body(p.List(versions...)) }

func (p Package) body(text string) func(*forgetest.Forge) {
	return func(f *forgetest.Forge) { f.File(p.Host, p.Path, forgetest.Content{Body: []byte(text)}) }
}

func (p Package) fault(kind forgetest.Kind) func(*forgetest.Forge) {
	return func(f *forgetest.Forge) { f.Fault(forgetest.Fault{Host: p.Host, Path: p.Path, Kind: kind}) }
}

// JSON writes a document with an item for each version, joined by commas between what comes before and after. In the item,
// "%s" stands for the version; what follows it in the text, after a space, replaces "%m".
func JSON(before, item, after string) func(versions ...string) string {
	return func(versions ...string) string {
		var items []string
		for _, v := range versions {
			number, marks, _ := strings.Cut(v, " | ")
			items = append(items, strings.NewReplacer("%s", number, "%m", marks).Replace(item))
		}
		return fmt.Sprint(before, strings.Join(items, ","), after)
	}
}

// Wanted is what a package is asked for, and what it has to mean.
type Wanted struct {
	Request  sources.Request
	Version  string
	Date     string
	Held     sources.Hold // what holds the newest version back
	Notice   string       // part of what upstream says
	Calls    string       // "[SYSTEM ]URL[ NAME][ HASH][ DIGEST]", with " | " between calls
	Requests int
}

// Resolves tests that a package means what is wanted.
func (p Package) Resolves(t *testing.T, f *forgetest.Forge, wanted ...Wanted) {
	t.Helper()
	for _, want := range wanted {
		f.ResetLog()
		got, err := p.Resolve(t, f, want.Request)
		if err != nil {
			t.Errorf("%+v: %v", want.Request, err)
			continue
		}
		var calls []string
		for _, c := range got.Calls {
			calls = append(calls, strings.Join(strings.Fields(strings.Join([]string{c.System, c.URL, c.Name, c.Hash.String(), string(c.Digest)}, " ")), " "))
		}
		result := Wanted{Request: want.Request, Version: got.Version, Date: got.Date, Calls: strings.Join(calls, " | "), Requests: len(f.Requests())}
		if len(got.Held) > 0 {
			result.Held = got.Held[0].By
		}
		if want.Notice != "" && strings.Contains(got.Notice, want.Notice) {
			result.Notice = want.Notice
		} else {
			result.Notice = got.Notice
		}
		if !reflect.DeepEqual(result, want) {
			t.Errorf("got  %+v\nwant %+v", result, want)
		}
	}
}
