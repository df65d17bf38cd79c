package config_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/config"
)

func TestParse(t *testing.T) {
	t.Parallel()
	yes := true
	tests := []struct {
		text    string
		want    config.Bot
		problem string // or the error
	}{
		{`{}`, config.Bot{}, ""},
		{`{"$schema": "https://example.org/config.schema.json", "bot": {}}`, config.Bot{}, ""},
		{`{"bot": {"group": ["scope", "fonts=font-*"], "limit": 5, "minAge": "7d", "exclude": ["legacy/"], "base": "next", "rebase": "needed",
			"labels": ["a b"], "reviewers": ["ada"], "assignees": ["bob"], "draft": true, "autoMerge": "squash", "mirror": "/srv/mirror"}}`, config.Bot{
			Group: []config.Text{"scope", "fonts=font-*"}, Limit: 5, MinAge: "7d", Exclude: []config.Text{"legacy/"}, Base: "next", Rebase: config.Needed,
			Labels: []config.Text{"a b"}, Reviewers: []config.Text{"ada"}, Assignees: []config.Text{"bob"}, Draft: &yes, AutoMerge: config.Squash, Mirror: "/srv/mirror",
		}, ""},
		{"", config.Bot{}, "1:1: unexpected EOF"},
		{"{\n  \"bot\": {\"limits\": 5}\n}", config.Bot{}, `2:11: unknown key "limits"`},
		{`{"bots": {}}`, config.Bot{}, `1:2: unknown key "bots"`},
		{`{"bot": {"limit": 5, "limit": 6}}`, config.Bot{}, `1:22: duplicate key "limit"`},
		{`{"bot": {"limit": "5"}}`, config.Bot{}, `1:19: "5" is not a number from 1`},
		{`{"bot": {"limit": 0}}`, config.Bot{}, `1:19: 0 is not a number from 1`},
		{`{"bot": {"limit": 1.5}}`, config.Bot{}, `1:19: 1.5 is not a number from 1`},
		{`{"bot": {"draft": "yes"}}`, config.Bot{}, `1:19: unexpected string`},
		{`{"bot": {"draft": null}}`, config.Bot{}, `1:19: unexpected null`},
		{`{"bot": {"labels": "a"}}`, config.Bot{}, `1:20: unexpected string`},
		{`{"bot": {"labels": [""]}}`, config.Bot{}, `1:21: the value is empty`},
		{`{"bot": {"base": "a\u001b[31m"}}`, config.Bot{}, `1:18: "a\x1b[31m" contains a control character`},
		{`{"bot": {"base": 5}}`, config.Bot{}, `1:18: JSON value must be string type`},
		{`{"bot": {"minAge": "7"}}`, config.Bot{}, `1:20: "7" is not an age such as 12h, 7d or 2w`},
		{`{"bot": {"rebase": "always"}}`, config.Bot{}, `1:20: "always" is not one of moved, needed`},
		{`{"bot": {"autoMerge": "yes"}}`, config.Bot{}, `1:23: "yes" is not one of merge, squash, rebase`},
		{"{\n<<<<<<< a\n}", config.Bot{}, `2:1: invalid character '<' at start of value`},
		{`{"bot": {"base": "` + strings.Repeat("a", 1<<20) + `"}}`, config.Bot{}, "1048597 bytes, more than 1048576"},
	}
	for _, tt := range tests {
		f, err := config.Parse([]byte(tt.text))
		if tt.problem != "" {
			if err == nil || err.Error() != tt.problem || !errors.Is(err, config.ErrSyntax) {
				t.Errorf("%.100s: got error %v, want %s", tt.text, err, tt.problem)
			}
		} else if err != nil || !reflect.DeepEqual(f.Bot, tt.want) {
			t.Errorf("%s: got %+v, %v, want %+v", tt.text, f.Bot, err, tt.want)
		}
	}
}

func TestOr(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	flags := config.Bot{Labels: []config.Text{"a"}, Draft: &no, Limit: 3}
	file := config.Bot{
		Labels: []config.Text{"b"}, Group: []config.Text{"all"}, Draft: &yes, Limit: 5, MinAge: "7d", Base: "next", Rebase: config.Moved,
		AutoMerge: config.Merge, Exclude: []config.Text{"x"}, Reviewers: []config.Text{"ada"}, Assignees: []config.Text{"bob"},
	}
	want := file
	want.Labels, want.Draft, want.Limit = flags.Labels, &no, 3
	if got := flags.Or(file); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := (config.Bot{}).Or(file); !reflect.DeepEqual(got, file) {
		t.Errorf("got %+v, want %+v", got, file)
	}
}
