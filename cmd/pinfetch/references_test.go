package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// referencesFile is generated from what the kinds of sources declare:
//
//	go test ./cmd/pinfetch -run TestReferences -update
var referencesFile = filepath.Join("..", "..", "docs", "references.md")

func TestReferences(t *testing.T) {
	t.Parallel()
	got := references(codecs())
	if *update {
		if err := os.WriteFile(referencesFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(referencesFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date: go test ./cmd/pinfetch -run TestReferences -update", referencesFile)
	}
}

func references(codecs sources.Codecs) []byte {
	page := []byte(`# References and options

This page is generated from the kinds of sources that pinfetch knows. The words in capitals stand for what you fill in.

## References

| reference | pins | kind |
| --- | --- | --- |
`)
	for _, c := range codecs {
		for _, r := range c.References {
			page = fmt.Appendf(page, "| `%s` | %s | %s |\n", r.Form, r.Help, c.Name)
		}
	}
	page = fmt.Appendf(page, "\n## Options\n\n| option of `add` | does | kinds |\n| --- | --- | --- |\n")
	for _, option := range (&sources.Request{}).Options() {
		flag := strings.TrimSpace("--" + option.Name + " " + option.Value)
		page = fmt.Appendf(page, "| `%s` | %s | %s |\n", strings.Replace(flag, " [", "[", 1), option.Help, takers(codecs, option.Name))
	}
	return page
}

// takers names the kinds that take an option, or those that do not if they are fewer.
func takers(codecs sources.Codecs, option string) string {
	var takers, others []string
	for _, c := range codecs {
		switch {
		case slices.Contains(c.Options, option):
			takers = append(takers, c.Name)
		case slices.Contains(c.FollowOptions, option) && option != "branch": // which is only explained
			takers = append(takers, c.Name+" with `--from`")
		default:
			others = append(others, c.Name)
		}
	}
	switch {
	case len(others) == 0:
		return "all"
	case len(others) < len(takers):
		return "all but " + strings.Join(others, ", ")
	}
	return strings.Join(takers, ", ")
}
