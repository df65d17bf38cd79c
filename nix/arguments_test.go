package nix_test

import (
	"regexp"
	"testing"

	"github.com/pinfetch/pinfetch/test/nixtest"
)

// refusal matches Nix's errors about a call with wrong arguments.
var refusal = regexp.MustCompile(`called with unexpected argument|called without required argument|assertion .* failed`)

// The tests' package set refuses the arguments that nixpkgs refuses. Otherwise it would prove nothing about the reader.
func TestArguments(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf())
	const (
		file   = `url = "https://example.org/a.tar.gz"; hash = "` + hash + `"; `
		clone  = `url = "https://example.org/a.git"; rev = "0123456"; hash = "` + hash + `"; `
		github = `owner = "o"; repo = "r"; rev = "0123456"; hash = "` + hash + `"; `
	)
	for _, test := range []struct {
		fetcher, args string
		in22, in25    bool
	}{
		{"fetchurl", file, true, true},
		{"fetchurl", file + `executable = true; name = "x"; passthru = { }; nativeBuildInputs = [ ];`, true, true},
		{"fetchurl", file + `netrcPhase = "id"; netrcImpureEnvVars = [ "A" ];`, true, true},
		{"fetchurl", file + `stripRoot = true;`, false, false},
		{"fetchurl", file + `extension = "zip";`, false, false},
		{"fetchurl", file + `derivationArgs = { };`, false, true},
		{"fetchurl", file + `md5 = "";`, true, false},
		{"fetchzip", file + `stripRoot = false; extension = "zip"; nativeBuildInputs = [ ];`, true, true},
		{"fetchzip", file + `netrcPhase = "id"; netrcImpureEnvVars = [ "A" ];`, true, true},
		{"fetchzip", file + `rev = "0123456";`, false, false},
		{"fetchzip", file + `private = true;`, false, false},
		{"fetchgit", clone + `fetchSubmodules = false; fetchLFS = true; name = "x";`, true, true},
		{"fetchgit", clone + `netrcPhase = "id"; netrcImpureEnvVars = [ "A" ];`, true, true},
		{"fetchgit", clone + `sparseCheckout = [ "a" ];`, true, true},
		{"fetchgit", clone + `sparseCheckout = "a";`, true, false},
		{"fetchgit", clone + `rootDir = "a";`, false, true},
		{"fetchgit", clone + `passthru = { };`, false, true},
		{"fetchgit", clone + `private = true;`, false, false},
		{"fetchgit", clone + `stripRoot = true;`, false, false},
		{"fetchFromGitHub", github + `githubBase = "example.org"; name = "x";`, true, true},
		{"fetchFromGitHub", github + `private = true; varPrefix = "A";`, true, true},
		{"fetchFromGitHub", github + `fetchSubmodules = true;`, true, true},
		{"fetchFromGitHub", github + `rootDir = "a";`, false, true},
		{"fetchFromGitHub", `owner = "o"; repo = "r"; tag = "v1"; hash = "` + hash + `"; `, false, true},
		{"fetchFromGitHub", github + `tag = "v1";`, false, false},
		{"fetchFromGitHub", github + `ref = "v1";`, false, false},
	} {
		for release, accepted := range map[string]bool{"22.11": test.in22, "25.11": test.in25} {
			t.Run(release+" "+test.fetcher+" "+test.args, func(t *testing.T) {
				t.Parallel()
				value, err := p.on(release).eval(`(pkgs.` + test.fetcher + ` { ` + test.args + ` }).drvPath`)
				if accepted && err != nil {
					t.Error(err)
				}
				if !accepted && (err == nil || !refusal.MatchString(err.Error())) {
					t.Errorf("got %s and error %v, want a refused argument", value, err)
				}
			})
		}
	}
	t.Run("override", func(t *testing.T) {
		t.Parallel()
		const has = `map (source: [ (source ? override) (source ? overrideAttrs) ]) [ (pkgs.fetchurl { ` + file + ` }) (pkgs.fetchzip { ` + file + ` }) (pkgs.fetchgit { ` + clone + ` }) (pkgs.fetchFromGitHub { ` + github + ` }) ]`
		p.on("22.11").wantEval(t, has, `[[false,true],[false,true],[false,true],[false,true]]`)
		p.on("25.11").wantEval(t, has, `[[false,true],[false,true],[true,true],[true,true]]`)
	})
}
