package github

import (
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
)

// syntax is that of "github:OWNER/REPO[?host=HOST]", for which "gh:" may stand too, and of addresses in a browser.
func syntax() forge.Syntax {
	return forge.Syntax{
		Kind: Spec{}.Kind(), Name: "GitHub", Schemes: []string{"github", "gh"}, Path: "OWNER/REPO",
		Host: DefaultHost, DotGit: true, AnyHost: true, Release: true, Token: "GITHUB_TOKEN",
	}
}

func parse(r sources.Request) (Spec, error) {
	h, err := syntax().Parse(r)
	return Spec(h), err
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request { return syntax().Ask(sources.Hosted(s)) }
