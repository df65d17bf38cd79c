package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pinfetch/pinfetch/pkg/lock"
)

// imported LOCK FILE [all]
func imported(ts *testscript.TestScript, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: imported LOCK FILE [all]")
	}
	var file struct {
		Pins map[string]struct {
			Source, Locked map[string]any
			Fetch          struct{ Args map[string]any }
		}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &file))
	table, err := os.ReadFile(filepath.Join(ts.Getenv("LOCKS"), "expected.tsv"))
	ts.Check(err)
	count := 0
	for line := range strings.Lines(string(table)) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if row[0] != args[1] || row[2] == "skip" && len(args) == 2 {
			continue
		}
		count++
		pin, found := file.Pins[lock.CleanName(row[1])]
		if !found {
			ts.Fatalf("there is no pin for %s", row[1])
		}
		expect := func(what, want string, among ...any) {
			for _, got := range among {
				if got == want {
					return
				}
			}
			if want != "-" && want != "computed" {
				ts.Fatalf("%s: %s is %q, want %s", row[1], what, among, want)
			}
		}
		args, source := pin.Fetch.Args, pin.Source
		repository, _ := source["owner"].(string)
		repository = strings.TrimPrefix(repository+"/", "/") + orText(source["repo"])
		ref := strings.TrimPrefix(orText(pin.Locked["ref"]), "refs/tags/")
		url := orText(source["url"])
		expect("source", row[3], repository, orText(source["type"])+":"+repository, "git:"+url, "url:"+url, "tarball:"+orText(args["url"]))
		follows := "tags " + orText(source["tags"])
		if source["branch"] != nil {
			follows = "branch " + strings.Replace(orText(source["branch"]), "HEAD", "(default)", 1)
		}
		if source["prerelease"] == true {
			follows += " pre"
		}
		expect("what it follows", row[4], follows)
		expect("revision", row[5], args["rev"], pin.Locked["rev"], ref)
		expect("hash", row[6], args["hash"])
	}
	if count != len(file.Pins) {
		ts.Fatalf("%d pins, want %d", len(file.Pins), count)
	}
}

func orText(value any) string {
	text, _ := value.(string)
	return text
}
