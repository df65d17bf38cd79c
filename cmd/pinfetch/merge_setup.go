package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

const (
	attributesName = ".gitattributes"
	attributesLine = defaultLock + " merge=pinfetch"
)

// planAttributes adds the line to .gitattributes that gives the lock a merge driver.
func planAttributes() (plan, error) {
	if !isGitWorkTree() {
		return plan{}, sources.WithHint(usage("--merge-driver: the working directory is in no git work tree"), "run git init first, or leave it out")
	}
	if err := checkLinks(".", attributesName); err != nil {
		return plan{}, err
	}
	old, err := lock.Read(attributesName)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return plan{}, err
	}
	text := string(old)
	if slices.Contains(strings.Split(text, "\n"), attributesLine) {
		return plan{attributesName, old, old, "has the merge driver"}, nil
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return plan{path: attributesName, old: old, next: []byte(text + attributesLine + "\n")}, nil
}

// configureMergeDriver says to this clone's git what the merge driver is.
func (p *program) configureMergeDriver(ctx context.Context) error {
	dir, err := realPath(".")
	if err != nil {
		return err
	}
	git := gitcmd.Project{Dir: dir, Secrets: p.secretVariables()}
	for _, setting := range [][2]string{
		{"merge.pinfetch.name", "merge locks pin by pin"},
		{"merge.pinfetch.driver", "pinfetch merge-driver %O %A %B %P"},
	} {
		if _, err := git.Run(ctx, nil, "config", "--local", setting[0], setting[1]); err != nil {
			return fmt.Errorf("set %s: %w", setting[0], err)
		}
		p.ui.note("set %s = %s in this clone's git", setting[0], setting[1])
	}
	return nil
}
