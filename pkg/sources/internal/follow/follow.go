// Package follow finds what a [sources.Tracking] means among a remote's refs.
// It is what all git-hosted kinds of source have in common.
package follow

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

const (
	heads = "refs/heads/"
	tags  = "refs/tags/"
)

// Target is one commit of a remote.
type Target struct {
	Rev     string // full commit ID
	Ref     string // full name of the ref that named it; "" for a fixed commit
	Version string // of a version tag
}

// Prefixes returns which refs a remote has to be asked for, to resolve t or to
// choose for an open t. It is empty if none are needed.
func Prefixes(t sources.Tracking) []string {
	switch {
	case t.Branch != "":
		return []string{heads + t.Branch, tags + t.Branch}
	case t.Tags != "":
		return []string{tags + literalPrefix(t.Tags)}
	case sources.IsCommit(t.Rev):
		return nil
	case t.Rev != "":
		return []string{tags + t.Rev, heads + t.Rev}
	}
	return []string{"HEAD", tags}
}

// Choose settles what an open Tracking follows, and says so: version tags if the
// repository has a stable one, else the default branch.
func Choose(refs sources.Refs, repository string, t sources.Tracking) (sources.Tracking, string, error) {
	constraint, err := version.ParseConstraint(t.Constraint)
	if err != nil {
		return t, "", sources.Invalid("%v", err)
	}
	for _, prefix := range version.Prefixes(repository) {
		s := version.Selection{Prefix: prefix, Constraint: constraint, Prerelease: t.Prerelease}
		if newest, found := version.Newest(tagNames(refs), s); found {
			t.Tags = prefix + "*"
			return t, fmt.Sprintf("follows version tags %q, newest %s", t.Tags, newest.Tag), nil
		}
	}
	if t.Constraint != "" || t.Prerelease {
		return t, "", sources.WithHint(fmt.Errorf("no version tag that is wanted: %w", sources.ErrNotFound),
			"widen --constraint, name the tags with --tag, or follow a branch with --branch")
	}
	branch, found := strings.CutPrefix(refs.Head, heads)
	if !found {
		return t, "", sources.WithHint(fmt.Errorf("no version tags and no default branch: %w", sources.ErrNotFound),
			"name what to follow with --branch, --tag or --rev")
	}
	t.Branch = branch
	return t, fmt.Sprintf("no version tags, follows the default branch %q", branch), nil
}

// Resolve finds the commit. Its errors are [sources.ErrNotFound] and [sources.ErrInvalid].
func Resolve(refs sources.Refs, t sources.Tracking) (Target, error) {
	switch {
	case t.Branch != "":
		return resolveBranch(refs, t.Branch)
	case t.Tags != "":
		return resolveTags(refs, t)
	case sources.IsCommit(t.Rev):
		return Target{Rev: t.Rev}, nil
	case t.Rev != "":
		return resolveTag(refs, t.Rev)
	}
	return Target{}, sources.Invalid("nothing to follow is named")
}

func resolveBranch(refs sources.Refs, branch string) (Target, error) {
	ref, found := refs.Lookup(heads + branch)
	if found {
		return Target{Rev: ref.Commit(), Ref: ref.Name}, nil
	}
	err := fmt.Errorf("branch %q: %w", branch, sources.ErrNotFound)
	if _, isTag := refs.Lookup(tags + branch); isTag {
		return Target{}, sources.WithHint(err, "there is a tag of that name: use --rev %s to pin it", branch)
	}
	return Target{}, sources.WithHint(err, "check its spelling, or leave out --branch to follow what the repository offers")
}

func resolveTag(refs sources.Refs, tag string) (Target, error) {
	ref, found := refs.Lookup(tags + tag)
	if found {
		return Target{Rev: ref.Commit(), Ref: ref.Name, Version: versionOf(tag)}, nil
	}
	err := fmt.Errorf("tag %q: %w", tag, sources.ErrNotFound)
	if _, isBranch := refs.Lookup(heads + tag); isBranch {
		return Target{}, sources.WithHint(err, "there is a branch of that name: use --branch %s to follow it", tag)
	}
	if abbreviation.MatchString(tag) {
		return Target{}, sources.WithHint(err, "if it abbreviates a commit ID, give all 40 digits")
	}
	return Target{}, sources.WithHint(err, "--rev takes a whole tag name or a full commit ID; use --tag with a glob to follow versions")
}

var abbreviation = regexp.MustCompile(`^[0-9a-fA-F]{4,64}$`)

func resolveTags(refs sources.Refs, t sources.Tracking) (Target, error) {
	matches, err := glob.Compile(t.Tags)
	if err != nil {
		return Target{}, sources.Invalid("tag glob %q: %v", t.Tags, err)
	}
	var names []string
	for _, tag := range tagNames(refs) {
		if matches.Match(tag) {
			names = append(names, tag)
		}
	}
	newest, err := Newest(names, namePrefix(t.Tags), t)
	if err != nil {
		return Target{}, fmt.Errorf("tags %q: %w", t.Tags, err)
	}
	ref, _ := refs.Lookup(tags + newest.Tag)
	return Target{Rev: ref.Commit(), Ref: ref.Name, Version: newest.String()}, nil
}

// Newest chooses among names of tags as a Tracking wishes. If only pre-releases are left out, it says so.
func Newest(names []string, prefix string, t sources.Tracking) (version.Candidate, error) {
	constraint, err := version.ParseConstraint(t.Constraint)
	if err != nil {
		return version.Candidate{}, sources.Invalid("%v", err)
	}
	s := version.Selection{Prefix: prefix, Constraint: constraint, Prerelease: t.Prerelease}
	newest, found := version.Newest(names, s)
	if found {
		return newest, nil
	}
	err = fmt.Errorf("no stable version among %d tags: %w", len(names), sources.ErrNotFound)
	s.Prerelease = true
	if early, found := version.Newest(names, s); found && !t.Prerelease {
		return newest, sources.WithHint(err, "there is the pre-release %s: use --prerelease to follow those", early.Tag)
	}
	if t.Constraint != "" {
		return newest, sources.WithHint(err, "no version satisfies %q: widen --constraint", t.Constraint)
	}
	return newest, sources.WithHint(err, "check the glob, or follow a branch with --branch")
}

func tagNames(refs sources.Refs) []string {
	var names []string
	for _, ref := range refs.List {
		if tag, found := strings.CutPrefix(ref.Name, tags); found {
			names = append(names, tag)
		}
	}
	return names
}

// literalPrefix returns a glob up to its first special character.
func literalPrefix(pattern string) string {
	if i := strings.IndexAny(pattern, `*?[]{}\!`); i >= 0 {
		return pattern[:i]
	}
	return pattern
}

var (
	versionStart = regexp.MustCompile(`[0-9][0-9._]*$`)
	vStart       = regexp.MustCompile(`(^|[^A-Za-z])[vV]\.?$`)
)

// namePrefix returns what a glob says stands before the version: "ignore-" of
// "ignore-*", "" of "v1.*", "release_" of "release_3_*", "go" of "go1.*".
func namePrefix(pattern string) string {
	prefix := literalPrefix(pattern)
	if i := versionStart.FindStringIndex(prefix); i != nil {
		prefix = prefix[:i[0]]
	}
	if i := vStart.FindStringIndex(prefix); i != nil {
		prefix = strings.TrimRight(prefix, "vV.")
	}
	return prefix
}

var anyPrefix = regexp.MustCompile(`^(?:[^0-9]*[^0-9A-Za-z])?`)

// versionOf reads the version of a tag whose name prefix nobody named; "" if it has none.
func versionOf(tag string) string {
	for _, prefix := range []string{"", anyPrefix.FindString(tag)} {
		if v, ok := version.ParseTag(prefix, tag); ok {
			return v.String()
		}
	}
	return ""
}
