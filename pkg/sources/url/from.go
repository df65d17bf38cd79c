package url

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// followOptions are about the source whose versions a URL follows. A branch has none, which the kind explains.
var followOptions = []string{
	"match", "json-path", "dist-tag", "host", "fetch-url", "branch", "tag", "release", "constraint", "prerelease", "min-age", "rev",
}

// lister reads and writes the source from which a URL takes its versions.
type lister struct {
	codecs sources.Codecs // of pages last: every address may be one
}

// parseFrom reads the source that --from and the options beside it name, nil if there is no --from.
func (l lister) parseFrom(r sources.Request) (sources.Spec, error) {
	if r.From == "" {
		return nil, refuseFollowing(r)
	}
	codecs := l.codecs
	for option, value := range map[string]string{"match": r.Match, "json-path": r.Path} {
		if value == "" {
			continue
		}
		if !strings.HasPrefix(r.From, "http") {
			err := &sources.OptionError{Options: []string{option}, Problem: "applies to pages and JSON documents only"}
			return nil, sources.WithSettings(err, sources.Setting{Option: "from", Value: "https://…"})
		}
		codecs = l.codecs[len(l.codecs)-1:]
	}
	asked := sources.Request{Ref: r.From}
	copyFollowing(&asked, r)
	spec, err := codecs.Parse(asked)
	if err != nil {
		return nil, asFrom(r, err)
	}
	return spec, refuseUnversioned(codecs.Request(spec).Tracking)
}

// refuseUnversioned refuses what has no version.
func refuseUnversioned(t sources.Tracking) error {
	what := ""
	switch {
	case t.Branch != "":
		what = fmt.Sprintf("the branch %q", t.Branch)
	case t.Commit() != "":
		what = "the commit " + t.Commit()
	default:
		return nil
	}
	return sources.WithSettings(sources.Invalid("%s has no version to put into the URL", what),
		sources.Setting{Option: "tag", Value: "*"}, sources.Setting{Option: "release"})
}

// askFrom is the inverse of parseFrom.
func (l lister) askFrom(from sources.Spec) (r sources.Request) {
	if from == nil {
		return r
	}
	asked := l.codecs.Request(from)
	r.From = asked.Ref
	copyFollowing(&r, asked)
	return r
}

// copyFollowing copies the followOptions.
func copyFollowing(to *sources.Request, from sources.Request) {
	to.Tracking, to.Host, to.FetchURL, to.DistTag, to.Match, to.Path = from.Tracking, from.Host, from.FetchURL, from.DistTag, from.Match, from.Path
}

// refuseFollowing refuses options that are about a source of versions, because there is none.
func refuseFollowing(r sources.Request) error {
	for _, option := range r.Options() {
		if option.IsSet() && slices.Contains(followOptions, option.Name) {
			err := &sources.OptionError{Options: []string{option.Name}, Problem: "does not apply to URL sources without --from"}
			switch option.Name {
			case "match", "json-path":
				return sources.WithSettings(err, sources.Setting{Option: "from", Value: "https://…"})
			case "dist-tag":
				return sources.WithSettings(err, sources.Setting{Option: "from", Value: "npm:NAME"})
			}
			return sources.DidYouMean(err, asRepository(r))
		}
	}
	return nil
}

// asFrom makes advice about the source of versions advice about the whole request.
func asFrom(r sources.Request, err error) error {
	err = fmt.Errorf("the source of versions: %w", err)
	advised, ok := errors.AsType[*sources.Advised](err)
	if !ok || len(advised.Mean) == 0 {
		return err
	}
	var meant []sources.Request
	for _, other := range advised.Mean {
		request := r
		request.From = other.Ref
		copyFollowing(&request, other)
		meant = append(meant, request)
	}
	return &sources.Advised{Err: err, Next: advised.Next, Try: advised.Try, Mean: meant}
}
