// Package follow finds out what a [sources.Tracking] means among a remote's refs. All git-hosted kinds of source share it.
package follow

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
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
	case t.Branch == sources.DefaultBranch:
		return []string{"HEAD"}
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

// Resolve finds the commit: the facts have Rev, Ref unless Rev is fixed, and Version if Ref is a tag. Its errors are
// [sources.ErrNotFound] and [sources.ErrInvalid].
func Resolve(refs sources.Refs, t sources.Tracking) (sources.Facts, error) {
	facts, _, err := resolve(refs, t, anyTag, nil)
	return facts, err
}

func resolve(refs sources.Refs, t sources.Tracking, keep func(version.Tag) bool, dates Dates) (f sources.Facts, held []sources.HeldBack, err error) {
	t = Short(t)
	switch {
	case t.Branch != "":
		f, err = resolveBranch(refs, t.Branch)
	case t.Tags != "":
		return resolveTags(refs, t, keep, dates)
	case sources.IsCommit(t.Rev):
		f.Rev = t.Rev
	case strings.HasPrefix(t.Rev, "refs/"):
		f, err = resolveFull(refs, t.Rev)
	case t.Rev != "":
		f, err = resolveTag(refs, t.Rev)
	default:
		err = sources.Invalid("the source does not say what to follow")
	}
	return f, nil, err
}

func resolveBranch(refs sources.Refs, branch string) (sources.Facts, error) {
	if branch == sources.DefaultBranch {
		return resolveDefault(refs)
	}
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

func resolveDefault(refs sources.Refs) (sources.Facts, error) {
	if head, found := refs.Lookup(refs.Head); found {
		return sources.Facts{Rev: head.Commit(), Ref: head.Name}, nil
	}
	return sources.Facts{}, sources.WithSettings(fmt.Errorf("default branch: %w", sources.ErrNotFound), sources.Setting{Option: "branch"})
}

// resolveFull finds a ref that is neither a branch nor a tag, such as "refs/pull/1/head".
func resolveFull(refs sources.Refs, name string) (sources.Facts, error) {
	if ref, found := refs.Lookup(name); found {
		return sources.Facts{Rev: ref.Commit(), Ref: ref.Name}, nil
	}
	return sources.Facts{}, sources.WithHint(fmt.Errorf("ref %q: %w", name, sources.ErrNotFound), "list the repository's refs with git ls-remote")
}

// tagFacts returns what a tag says of its commit.
func tagFacts(ref sources.Ref) sources.Facts {
	_, number := version.Split(strings.TrimPrefix(ref.Name, tags))
	return sources.Facts{Rev: ref.Commit(), Ref: ref.Name, Version: number}
}

var abbreviation = lazyregexp.New(`^[0-9a-fA-F]{4,64}$`)

func resolveTag(refs sources.Refs, tag string) (sources.Facts, error) {
	if ref, found := refs.Lookup(tags + tag); found {
		return tagFacts(ref), nil
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
