package template_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/template"
)

func TestFill(t *testing.T) {
	t.Parallel()
	values := template.Values{Version: "1.20.3-rc1", Tag: "foo/v1.20.3-rc1", System: "x86_64-linux"}
	for text, want := range map[string]string{
		"a":                                   "a",
		"foo-{version}.tar.gz":                "foo-1.20.3-rc1.tar.gz",
		"{tag}/{system}":                      "foo%2Fv1.20.3-rc1/x86_64-linux",
		"{major}/{minor}/{patch}":             "1/20/3",
		"{major.minor}/{version}{version}":    "1.20/1.20.3-rc11.20.3-rc1",
		"{version_underscore}/{version_dash}": "1_20_3_rc1/1-20-3-rc1",
	} {
		if got, err := template.Fill(text, values, url.PathEscape); err != nil || got != want || template.Validate(text) != nil {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"{minor}", "{major.minor}", "{tag}", "{system}"} {
		if got, err := template.Fill(text, template.Values{Version: "3"}, nil); !errors.Is(err, sources.ErrInvalid) {
			t.Errorf("%s of 3: got %q, %v", text, got, err)
		}
	}
	if got, err := template.Fill("{version_dash}", template.Values{Tag: "latest"}, nil); !errors.Is(err, sources.ErrInvalid) {
		t.Errorf("no version: got %q, %v", got, err)
	}
	for _, text := range []string{"{vers}", "{}", "{version", "version}", "{{version}}", "{Version}"} {
		if err := template.Validate(text); !errors.Is(err, sources.ErrInvalid) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	if !template.HasVersion("{major}") || template.HasVersion("{system}") || !template.Has("{system}", "system") || template.Has("a") {
		t.Error("placeholders are not found")
	}
}
