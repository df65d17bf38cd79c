package follow

import (
	"context"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Repository is a Spec of type S that follows refs of a git repository.
type Repository[S any] interface {
	sources.Spec
	// GitURL returns the URL for git, from which refs are listed.
	GitURL() string
	// Follows returns what the Spec follows, and Following the same Spec with t instead.
	Follows() sources.Tracking
	Following(t sources.Tracking) S
	// Fetch returns the call that fetches a commit.
	Fetch(rev string) sources.Fetch
}

// Resolver returns a Resolver for Specs that are git repositories.
func Resolver[S Repository[S]](refs sources.RefLister) sources.Resolver[S] {
	remotes := Remotes{Refs: refs}
	return sources.Resolver[S]{
		Announce: func(s S) { remotes.Announce(s.GitURL(), s.Follows()) },
		Choose: func(ctx context.Context, s S) (S, sources.Choice, error) {
			t, choice, err := remotes.Choose(ctx, s.GitURL(), s.Title(), s.Follows())
			return s.Following(t), choice, err
		},
		Resolve: func(ctx context.Context, s S) (sources.Resolution, error) {
			return remotes.Resolve(ctx, s.GitURL(), s.Follows(), s.Fetch)
		},
		At: func(ctx context.Context, s S, at string) (sources.Resolution, error) {
			return remotes.At(ctx, s.GitURL(), s.Follows(), at, s.Fetch)
		},
		ResolveLike: func(ctx context.Context, s S, version string) (sources.Resolution, error) {
			return remotes.ResolveLike(ctx, s.GitURL(), s.Follows(), version, s.Fetch)
		},
		Name: func(ctx context.Context, s S, locked sources.Resolution) (sources.Facts, error) {
			return remotes.Name(ctx, s.GitURL(), s.Follows(), locked)
		},
	}
}
