package url

import (
	"context"
	"fmt"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// resolver finds out what Specs mean.
type resolver struct {
	locator Locator
	listers *sources.Set
}

func (r resolver) functions() sources.Resolver[Spec] {
	return sources.Resolver[Spec]{
		Announce: func(s Spec) {
			if s.From != nil {
				r.listers.Announce(s.From)
			}
		},
		Choose: func(ctx context.Context, s Spec) (_ Spec, choice sources.Choice, err error) {
			s.From, choice, err = r.listers.Choose(ctx, s.From)
			if err == nil && r.listers.Request(s.From).Branch != "" {
				err = sources.WithSettings(fmt.Errorf("version tags of %q: %w", s.From.Title(), sources.ErrNotFound),
					sources.Setting{Option: "tag"}, sources.Setting{Option: "from"})
			}
			return s, choice, err
		},
		Resolve: r.resolve,
		ResolveLike: func(ctx context.Context, s Spec, version string) (sources.Resolution, error) {
			if s.From == nil {
				return r.resolve(ctx, s)
			}
			return s.following(r.listers.ResolveLike(ctx, s.From, version))
		},
		At: func(ctx context.Context, s Spec, at string) (sources.Resolution, error) {
			switch {
			case s.From == nil:
				return sources.Resolution{}, sources.WithHint(fmt.Errorf("URL: %w", sources.ErrFixed), "give the address of that version with pinfetch set --source")
			case sources.IsCommit(at):
				return sources.Resolution{}, sources.WithHint(fmt.Errorf("commit %q: %w", at, sources.ErrFixed), "give a version or a tag")
			}
			return s.following(r.listers.At(ctx, s.From, at))
		},
		// What is locked is of the version that the facts name, or the Spec would not accept it.
		Name: func(_ context.Context, s Spec, locked sources.Resolution) (sources.Facts, error) {
			if s.From == nil || s.Accepts(locked) != nil {
				return sources.Facts{}, nil
			}
			return versionFacts(locked.Facts), nil
		},
		Compare: func(s Spec, from, to sources.Resolution) string {
			if s.From == nil {
				return ""
			}
			return r.listers.Compare(s.From, tagged(from), tagged(to))
		},
		Notes: func(ctx context.Context, s Spec, from, to sources.Resolution) (sources.Notes, error) {
			if s.From == nil {
				return sources.Notes{}, nil
			}
			return r.listers.Notes(ctx, s.From, from, to)
		},
	}
}

func (r resolver) resolve(ctx context.Context, s Spec) (sources.Resolution, error) {
	if s.From != nil {
		return s.following(r.listers.Resolve(ctx, s.From))
	}
	files, err := s.files(sources.Facts{})
	if err != nil {
		return sources.Resolution{}, err
	}
	var calls []sources.Call
	for _, file := range files {
		call := sources.Call{System: file.system, Fetch: file.fetch()}
		if s.Redirect {
			if call.Fetch, err = file.locate(ctx, r.locator); err != nil {
				return sources.Resolution{}, withSystem(file.system, err)
			}
		}
		calls = append(calls, call)
	}
	return resolution(calls), nil
}

// resolution returns what the files mean, with the version that all of their addresses name.
func resolution(calls []sources.Call) sources.Resolution {
	r := sources.Resolution{Calls: calls}
	for i, call := range calls {
		_, number := split(call.URL)
		if i == 0 {
			r.Version = number
		} else if number != r.Version {
			r.Version = "" // a version is a fact only if all files share it
		}
	}
	return r
}

// following returns the resolution of s at the version of what it follows.
func (s Spec) following(version sources.Resolution, err error) (sources.Resolution, error) {
	if err != nil {
		return sources.Resolution{}, err
	}
	r := sources.Resolution{Facts: versionFacts(version.Facts), Aside: version.Aside}
	if r.Calls, err = s.calls(r.Facts); err != nil {
		return sources.Resolution{}, fmt.Errorf("versions of %q: %w: %w", s.From.Title(), err, sources.ErrAnswer)
	}
	return r, nil
}

// versionFacts leaves out the commit of a version, because it is not what is fetched.
func versionFacts(f sources.Facts) sources.Facts {
	f.Rev = ""
	return f
}

// tagged returns a resolution for comparing, of the tag of a version.
func tagged(r sources.Resolution) sources.Resolution {
	tag := ""
	if v, err := values(r.Facts); err == nil {
		tag = v.Tag
	}
	return sources.Resolution{Facts: sources.Facts{Rev: tag}}
}
