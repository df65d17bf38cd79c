package forgejo

import (
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
)

// syntax is that of "forgejo:OWNER/REPO[?host=HOST]", for which "gitea:" may stand too, and of addresses in a browser.
func syntax() forge.Syntax {
	return forge.Syntax{
		Kind: Spec{}.Kind(), Name: "Forgejo", Schemes: []string{"forgejo", "gitea"}, Path: "OWNER/REPO", Host: DefaultHost, Release: true, Token: "FORGEJO_TOKEN",
	}
}

// withHost matches "forgejo:HOST/OWNER/REPO".
var withHost = lazyregexp.New(`^((?:forgejo|gitea):)([^/?]+\.[^/?]+|[^/?]+:[0-9]+)/([^/?]+/[^/?]+.*)$`)

// parse also reads "codeberg:OWNER/REPO" and "forgejo:HOST/OWNER/REPO".
func parse(r sources.Request) (Spec, error) {
	host := ""
	if rest, found := strings.CutPrefix(r.Ref, "codeberg:"); found {
		r.Ref, host = "forgejo:"+rest, DefaultHost
	} else if m := withHost.FindStringSubmatch(r.Ref); m != nil {
		r.Ref, host = m[1]+m[3], m[2]
	}
	if host != "" && r.Host != "" && r.Host != host {
		return Spec{}, &sources.OptionError{Options: []string{"host"}, Problem: r.Host + " contradicts the reference"}
	}
	if host != "" {
		r.Host = host
	}
	h, err := syntax().Parse(r)
	return Spec(h), err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request { return syntax().Ask(sources.Hosted(s)) }
