package sources_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/git"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
)

// Of several kinds, the first that knows a reference takes it, and one that refuses it is not passed over.
func TestSetParse(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(github.New(nil, nil), git.New(nil), url.New(nil, nil))
	for ref, kind := range map[string]string{
		"github:o/r":                                           "github",
		"https://github.com/o/r":                               "github",
		"https://github.com/o/r.git":                           "github",
		"git+https://github.com/o/r":                           "git",
		"https://example.org/r.git":                            "git",
		"git+https://example.org/r":                            "git",
		"https://example.org/r":                                "url",
		"https://example.org/r.git.txt":                        "url",
		"https://github.com/o/r/raw/main/a.c":                  "url",
		"https://github.com/o/r/releases/download/v1/a.tar.gz": "url",
	} {
		spec, err := set.Parse(sources.Request{Ref: ref})
		if err != nil || spec.Kind() != kind {
			t.Errorf("%s: got %+v, %v, want kind %q", ref, spec, err, kind)
		}
	}
	for ref, want := range map[string]string{
		"hg:o/r":                      "expected github:OWNER/REPO",
		"o/r":                         "expected github:OWNER/REPO",
		"github:o/r/x":                "OWNER/REPO",
		"git+ssh://git@example.org/r": "cannot fetch over ssh",
	} {
		spec, err := set.Parse(sources.Request{Ref: ref})
		if !errors.Is(err, sources.ErrInvalid) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), ref) {
			t.Errorf("%s: got %+v, %v, want an ErrInvalid with %q", ref, spec, err, want)
		}
	}
}

func TestSetDecodeRefuses(t *testing.T) {
	t.Parallel()
	set := sources.NewSet(github.New(nil, nil), url.New(nil, nil))
	for _, text := range []string{
		``, `{`, `[]`, `null`, `"url"`, `{}`, `{"type":""}`, `{"type":"git","url":"https://example.org/r.git"}`, `{"type":1}`, `{"type":null}`,
		`{"type":"url","type":"url","url":"https://example.org/a"}`, `{"type":"url","url":"https://example.org/a"} x`, `{"url":"https://example.org/a"}`,
		`{"type":"url","url":["https://example.org/a"]}`, `{"type":"url","url":"https://example.org/a","unpack":"yes"}`,
	} {
		if spec, err := set.Decode([]byte(text)); err == nil {
			t.Errorf("%s: got %+v, want an error", text, spec)
		}
	}
}
