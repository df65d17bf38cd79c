// Package follow finds what a [sources.Tracking] means among a remote's refs. All git-hosted kinds of source share it.
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
	Ref     string // full name of the ref that names it; "" for a fixed commit
	Version string // of a version tag, "" for any other ref
}

// Prefixes returns the prefixes of the refs that are needed to resolve t, or to choose for an open t. It is
// empty if none are needed.
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

// Choose decides what an open Tracking follows: version tags if the repository has a stable one, otherwise the
// default branch. It describes the choice in a few words.
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
		err := fmt.Errorf("no version tag matches: %w", sources.ErrNotFound)
		return t, "", sources.WithSettings(err, setting("constraint"), setting("tag"), setting("branch"))
	}
	branch, found := strings.CutPrefix(refs.Head, heads)
	if !found {
		err := fmt.Errorf("no version tags and no default branch: %w", sources.ErrNotFound)
		return t, "", sources.WithSettings(err, setting("branch"), setting("tag"), setting("rev"))
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
	return Target{}, sources.Invalid("the source does not say what to follow")
}

func resolveBranch(refs sources.Refs, branch string) (Target, error) {
	ref, found := refs.Lookup(heads + branch)
	if found {
		return Target{Rev: ref.Commit(), Ref: ref.Name}, nil
	}
	if _, isTag := refs.Lookup(tags + branch); isTag {
		err := fmt.Errorf("branch %q, which is a tag: %w", branch, sources.ErrNotFound)
		return Target{}, sources.WithSettings(err, sources.Setting{Option: "rev", Value: branch})
	}
	return Target{}, sources.WithHint(fmt.Errorf("branch %q: %w", branch, sources.ErrNotFound), "check the spelling")
}

func resolveTag(refs sources.Refs, tag string) (Target, error) {
	ref, found := refs.Lookup(tags + tag)
	if found {
		return Target{Rev: ref.Commit(), Ref: ref.Name, Version: versionOf(tag)}, nil
	}
	if _, isBranch := refs.Lookup(heads + tag); isBranch {
		err := fmt.Errorf("tag %q, which is a branch: %w", tag, sources.ErrNotFound)
		return Target{}, sources.WithSettings(err, sources.Setting{Option: "branch", Value: tag})
	}
	err := fmt.Errorf("tag %q: %w", tag, sources.ErrNotFound)
	if abbreviation.MatchString(tag) {
		return Target{}, sources.WithHint(err, "if this abbreviates a commit ID, give all 40 digits")
	}
	return Target{}, sources.WithHint(err, "give a whole tag name or a full commit ID")
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

// Newest returns the newest of the tags that a Tracking allows. Its errors are [sources.ErrNotFound], which names a
// newer pre-release if there is one, and [sources.ErrInvalid].
func Newest(names []string, prefix string, t sources.Tracking) (version.Candidate, error) {
	constraint, err := version.ParseConstraint(t.Constraint)
	if err != nil {
		return version.Candidate{}, sources.Invalid("%v", err)
	}
	s := version.Selection{Prefix: prefix, Constraint: constraint, Prerelease: t.Prerelease}
	if newest, found := version.Newest(names, s); found {
		return newest, nil
	}
	s.Prerelease = true
	if early, found := version.Newest(names, s); found && !t.Prerelease {
		err := fmt.Errorf("only pre-releases such as %s among %d tags: %w", early.Tag, len(names), sources.ErrNotFound)
		return version.Candidate{}, sources.WithSettings(err, setting("prerelease"))
	}
	if t.Constraint != "" {
		err := fmt.Errorf("none of %d tags satisfies %q: %w", len(names), t.Constraint, sources.ErrNotFound)
		return version.Candidate{}, sources.WithSettings(err, setting("constraint"))
	}
	err = fmt.Errorf("no version among %d tags: %w", len(names), sources.ErrNotFound)
	return version.Candidate{}, sources.WithSettings(err, setting("tag"), setting("branch"))
}

func setting(option string) sources.Setting { return sources.Setting{Option: option} }

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

// namePrefix returns the part of a glob before the version: "ignore-" of
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

// versionOf reads the version of a tag whose name prefix is unknown, "" if it has none.
func versionOf(tag string) string {
	for _, prefix := range []string{"", anyPrefix.FindString(tag)} {
		if v, ok := version.ParseTag(prefix, tag); ok {
			return v.String()
		}
	}
	return ""
}
