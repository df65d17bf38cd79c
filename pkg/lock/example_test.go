package lock_test

import (
	"fmt"
	"log"

	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
)

// Another program reads a lock. It needs the codecs of the kinds that the lock may contain, and no network.
func ExampleParse() {
	data := []byte(`{
  "version": 1,
  "pins": {
    "ripgrep": {
      "source": { "type": "github", "owner": "BurntSushi", "repo": "ripgrep", "tags": "*" },
      "locked": { "date": "2025-10-22", "ref": "refs/tags/15.1.0", "version": "15.1.0" },
      "fetch": {
        "fetcher": "fetchFromGitHub",
        "args": {
          "owner": "BurntSushi",
          "repo": "ripgrep",
          "rev": "af60c2de9d85e7f3d81c78601669468cfdc9bc75",
          "hash": "sha256-0gjwYK8Tv95Gt4LPuJnYPd8TVMT3KASOdbZ0K9lFoTQ="
        }
      }
    }
  }
}
`)
	file, err := lock.Parse(data, sources.Codecs{github.Codec(), url.Codec()})
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range file.Names() {
		locked := file.Pins[name].Locked
		fmt.Println(name, locked.Version, locked.Rev(), locked.Call().Hash)
	}
	// Output:
	// ripgrep 15.1.0 af60c2de9d85e7f3d81c78601669468cfdc9bc75 sha256-0gjwYK8Tv95Gt4LPuJnYPd8TVMT3KASOdbZ0K9lFoTQ=
}
