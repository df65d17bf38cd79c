// Package follow finds out what a [sources.Tracking] means among a remote's refs. All git-hosted kinds of source share it.
package follow

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
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

// Short returns t with the names that a lock records: without refs/heads/ or refs/tags/, and a commit ID in lower case.
func Short(t sources.Tracking) sources.Tracking {
	t.Branch = strings.TrimPrefix(t.Branch, heads)
	t.Tags = strings.TrimPrefix(t.Tags, tags)
	t.Rev = strings.TrimPrefix(t.Rev, tags)
	if lower := strings.ToLower(t.Rev); sources.IsCommit(lower) {
		t.Rev = lower
	}
	return t
}

// Query reads what the query of a flake reference follows: ?ref=NAME, ?rev=COMMIT, and the like. It returns the zero
// Tracking for any other query.
func Query(values url.Values) sources.Tracking {
	ref, rev := cmp.Or(values.Get("ref"), values.Get("branch")), cmp.Or(values.Get("rev"), values.Get("tag"))
	switch {
	case rev != "":
		return Short(sources.Tracking{Rev: rev})
	case strings.HasPrefix(ref, "refs/") && !strings.HasPrefix(ref, heads):
		return Short(sources.Tracking{Rev: ref})
	}
	return Short(sources.Tracking{Branch: ref})
}

// Prefixes returns the prefixes of the refs that are needed to resolve t, or to choose for an open t. It is empty if none
// are needed.
func Prefixes(t sources.Tracking) []string {
	t = Short(t)
	switch {
	case t.Branch != "":
		return []string{heads + t.Branch, tags + t.Branch, "HEAD"}
	case t.Tags != "":
		return []string{tags + literalPrefix(t.Tags)}
	case sources.IsCommit(t.Rev):
		return nil
	case strings.HasPrefix(t.Rev, "refs/"):
		return []string{t.Rev}
	case t.Rev != "":
		return []string{tags + t.Rev, heads + t.Rev, tags + withOrWithoutV(t.Rev)}
	}
	return []string{"HEAD", tags}
}

// Choose decides what an open Tracking follows: version tags if the repository has a stable one, otherwise the default
// branch. It describes the choice in a few words. Its errors are [sources.ErrNotFound] and [sources.ErrInvalid].
func Choose(refs sources.Refs, repository string, t sources.Tracking) (sources.Tracking, string, error) {
	newest, err := Newest(tagNames(refs), version.Prefixes(repository), t)
	if err == nil {
		t.Tags = newest.Prefix + "*"
		return t, fmt.Sprintf("follows version tags %q, newest %s", t.Tags, newest.Tag), nil
	}
	if t.Constraint != "" || t.Prerelease || !errors.Is(err, sources.ErrNotFound) {
		return t, "", err
	}
	branch, found := strings.CutPrefix(refs.Head, heads)
	if !found {
		err := fmt.Errorf("no version tags and no default branch: %w", sources.ErrNotFound)
		return t, "", sources.WithSettings(err, setting("branch"), setting("tag"), setting("rev"))
	}
	t.Branch = branch
	if err := t.Validate(); err != nil {
		err = fmt.Errorf("no version tags, and the default branch: %w", err)
		return t, "", sources.WithSettings(err, setting("branch"), setting("tag"), setting("rev"))
	}
	return t, fmt.Sprintf("no version tags, follows the default branch %q", branch), nil
}

// Resolve finds the commit: the facts have Rev, Ref unless Rev is fixed, and Version if Ref is a version tag. Its errors
// are [sources.ErrNotFound] and [sources.ErrInvalid].
func Resolve(refs sources.Refs, t sources.Tracking) (sources.Facts, error) {
	t = Short(t)
	switch {
	case t.Branch != "":
		return resolveBranch(refs, t.Branch)
	case t.Tags != "":
		return resolveTags(refs, t)
	case sources.IsCommit(t.Rev):
		return sources.Facts{Rev: t.Rev}, nil
	case strings.HasPrefix(t.Rev, "refs/"):
		return resolveFull(refs, t.Rev)
	case t.Rev != "":
		return resolveTag(refs, t.Rev)
	}
	return sources.Facts{}, sources.Invalid("the source does not say what to follow")
}

func resolveBranch(refs sources.Refs, branch string) (sources.Facts, error) {
	if ref, found := refs.Lookup(heads + branch); found {
		return sources.Facts{Rev: ref.Commit(), Ref: ref.Name}, nil
	}
	if _, isTag := refs.Lookup(tags + branch); isTag {
		err := fmt.Errorf("branch %q, which is a tag: %w", branch, sources.ErrNotFound)
		return sources.Facts{}, sources.WithSettings(err, sources.Setting{Option: "rev", Value: branch})
	}
	advised := &sources.Advised{Err: fmt.Errorf("branch %q: %w", branch, sources.ErrNotFound), Next: "check the spelling"}
	if head, found := refs.Lookup(refs.Head); found {
		current := strings.TrimPrefix(head.Name, heads)
		advised.Err = fmt.Errorf("%w; the default branch is %q", advised.Err, current)
		advised.Try = []sources.Setting{{Option: "branch", Value: current}}
	}
	return sources.Facts{}, advised
}

// resolveFull finds a ref that is neither a branch nor a tag, such as "refs/pull/1/head".
func resolveFull(refs sources.Refs, name string) (sources.Facts, error) {
	if ref, found := refs.Lookup(name); found {
		return sources.Facts{Rev: ref.Commit(), Ref: ref.Name}, nil
	}
	return sources.Facts{}, sources.WithHint(fmt.Errorf("ref %q: %w", name, sources.ErrNotFound), "list the repository's refs with git ls-remote")
}

var abbreviation = regexp.MustCompile(`^[0-9a-fA-F]{4,64}$`)

func resolveTag(refs sources.Refs, tag string) (sources.Facts, error) {
	if ref, found := refs.Lookup(tags + tag); found {
		return sources.Facts{Rev: ref.Commit(), Ref: ref.Name, Version: versionOf(tag)}, nil
	}
	if _, isBranch := refs.Lookup(heads + tag); isBranch {
		err := fmt.Errorf("tag %q, which is a branch: %w", tag, sources.ErrNotFound)
		return sources.Facts{}, sources.WithSettings(err, sources.Setting{Option: "branch", Value: tag})
	}
	if other, found := refs.Lookup(tags + withOrWithoutV(tag)); found {
		err := fmt.Errorf("tag %q: %w", tag, sources.ErrNotFound)
		return sources.Facts{}, sources.WithSettings(err, sources.Setting{Option: "rev", Value: strings.TrimPrefix(other.Name, tags)})
	}
	hint := "give a whole tag name or a full commit ID"
	if abbreviation.MatchString(tag) {
		hint = "if this abbreviates a commit ID, give all 40 digits"
	}
	return sources.Facts{}, sources.WithHint(fmt.Errorf("tag %q: %w", tag, sources.ErrNotFound), "%s", hint)
}

// withOrWithoutV returns the other common spelling of a version's tag: "v1.0" for "1.0" and the reverse.
func withOrWithoutV(tag string) string {
	if rest, found := strings.CutPrefix(tag, "v"); found {
		return rest
	}
	return "v" + tag
}

func resolveTags(refs sources.Refs, t sources.Tracking) (sources.Facts, error) {
	matches, err := glob.Compile(t.Tags)
	if err != nil {
		return sources.Facts{}, sources.Invalid("tag glob %q: %v", t.Tags, err)
	}
	var names []string
	for _, tag := range tagNames(refs) {
		if matches.Match(tag) {
			names = append(names, tag)
		}
	}
	newest, err := Newest(names, []string{namePrefix(t.Tags)}, t)
	if err != nil {
		return sources.Facts{}, fmt.Errorf("tags %q: %w", t.Tags, err)
	}
	ref, _ := refs.Lookup(tags + newest.Tag)
	return sources.Facts{Rev: ref.Commit(), Ref: ref.Name, Version: newest.String()}, nil
}

// Newest returns the newest version that a Tracking allows among tags, which have the first of the prefixes for which
// there is one. Its errors are [sources.ErrInvalid], and [sources.ErrNotFound], which names a pre-release if there are only
// pre-releases.
func Newest(names, prefixes []string, t sources.Tracking) (version.Candidate, error) {
	constraint, err := version.ParseConstraint(t.Constraint)
	if err != nil {
		return version.Candidate{}, sources.Invalid("%v", err)
	}
	s := version.Selection{Prefixes: prefixes, Constraint: constraint, Prerelease: t.Prerelease}
	if newest, found := version.Newest(names, s); found {
		return newest, nil
	}
	s.Prerelease = true
	prerelease, found := version.Newest(names, s)
	problem, try := fmt.Sprintf("no version among %d tags", len(names)), []sources.Setting{setting("tag"), setting("branch")}
	switch {
	case found:
		problem = fmt.Sprintf("only pre-releases such as %s among %d tags", prerelease.Tag, len(names))
		try = []sources.Setting{setting("prerelease")}
	case t.Constraint != "":
		problem = fmt.Sprintf("none of %d tags satisfies %q", len(names), t.Constraint)
		try = []sources.Setting{setting("constraint")}
	}
	return version.Candidate{}, sources.WithSettings(fmt.Errorf("%s: %w", problem, sources.ErrNotFound), try...)
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

// literalPrefix returns the part of a glob before its first special character.
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

// namePrefix returns the part of a glob before the version: "ignore-" of "ignore-*", "" of "v1.*", "release_" of
// "release_3_*", "go" of "go1.*".
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
