package sources_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
)

// remotes stands for whatever lists the refs of a repository, such as "git ls-remote".
type remotes map[string]sources.Refs

func (r remotes) Refs(_ context.Context, remoteURL string, _ ...string) (sources.Refs, error) {
	refs, found := r[remoteURL]
	if !found {
		return sources.Refs{}, sources.ErrNotFound
	}
	return refs, nil
}

// Another program resolves a GitHub pin: it parses a reference, lets the kind choose what to follow, and learns which call
// of which fetcher that means now.
func Example() {
	refs := remotes{"https://github.com/BurntSushi/ripgrep.git": {
		Head: "refs/heads/master",
		List: []sources.Ref{
			{Name: "refs/heads/master", ID: "0a88cccd5188074de96f54a4b6b44a63971ac157"},
			{Name: "refs/tags/14.1.1", ID: "4649aa9700619f94cf9c66876e9549d83420e16c"},
			{Name: "refs/tags/15.1.0", ID: "bcd3bc6ee9c8e50a6f62d4ec7cd9f8ff1fd5b2bc", Peeled: "af60c2de9d85e7f3d81c78601669468cfdc9bc75"},
		},
	}}
	set := sources.NewSet(github.New(refs, http.DefaultTransport))
	spec, err := set.Parse(sources.Request{Ref: "github:BurntSushi/ripgrep"})
	if err != nil {
		log.Fatal(err)
	}
	spec, choice, err := set.Choose(context.Background(), spec)
	if err != nil {
		log.Fatal(err)
	}
	resolution, err := set.Resolve(context.Background(), spec)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(choice.Note)
	fmt.Println(resolution.Version, resolution.Rev())
	fmt.Println(resolution.Call().Fetcher, resolution.Call().Fetch)
	// Output:
	// follows version tags "*", newest 15.1.0
	// 15.1.0 af60c2de9d85e7f3d81c78601669468cfdc9bc75
	// fetchFromGitHub github.com/BurntSushi/ripgrep@af60c2de9d85e7f3d81c78601669468cfdc9bc75
}
