package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pinfetch/pinfetch/nix"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/test/forgetest/synthetic"
)

// Readers in the style of other tools, written for this benchmark: they make the
// same calls and the same values for each pin; see the comments in the files.
var (
	//go:embed testdata/eval/npins-style.nix
	npinsStyle []byte
	//go:embed testdata/eval/niv-style.nix
	nivStyle []byte
)

// layout names the i-th pin.
type layout struct {
	name   string
	of     func(i int) string
	isDeep bool // pins are in scopes
}

func layouts() (flat, scope, scopes layout) {
	flat = layout{"flat", func(i int) string { return fmt.Sprintf("language-%05d", i) }, false}
	scope = layout{"in one scope", func(i int) string { return fmt.Sprintf("tree-sitter/language-%05d", i) }, true}
	scopes = layout{"in as many scopes", func(i int) string { return fmt.Sprintf("scope-%05d/source", i) }, true}
	return flat, scope, scopes
}

// reader turns a file of pins into an attribute set of sources.
type reader struct {
	name       string
	expression string // of the set, in the project's directory, with pkgs
	isFetching bool   // while Nix evaluates
}

func readers() (ours, npins, niv, bare reader) {
	return reader{"pinfetch", "import ./pinfetch { inherit pkgs; }", false},
		reader{"npins-style", "import ./npins-style.nix", true},
		reader{"niv-style", "import ./niv-style.nix", true},
		reader{"bare calls", "import ./bare.nix pkgs", false}
}

// project is a directory with the same pins for every reader.
type project struct {
	dir    string
	layout layout
	pins   int
}

// realPins are pins of so many of the forge's repositories, with the hashes that
// pinfetch computes.
func (b *bench) realPins(count int) ([]lock.Pin, error) {
	// Archives are small: a few KiB.
	if err := b.make("tar", b.path("tail.tar"), pinFiles, pinFileSize); err != nil {
		return nil, err
	}
	path, err := b.makeLock(lockOutdated, count, count)
	if err != nil {
		return nil, err
	}
	if _, _, err := b.updateOnce(path, lockOutdated, count, 0, nil); err != nil {
		return nil, err
	}
	data, err := lock.Read(path + ".copy")
	if err != nil {
		return nil, err
	}
	file, err := lock.Parse(data, kinds())
	if err != nil {
		return nil, err
	}
	var pins []lock.Pin
	for _, name := range file.Names() {
		pins = append(pins, unnamed(file.Pins[name]))
	}
	return pins, nil
}

// madePins are pins with made-up hashes, which is enough for evaluation.
func madePins(count int) []lock.Pin {
	pins := make([]lock.Pin, count)
	for i := range pins {
		pins[i] = unnamed(makePin(lockCurrent, synthetic.Name(i), i, 0))
	}
	return pins
}

// unnamed is the pin with nixpkgs' default store name.
func unnamed(pin lock.Pin) lock.Pin {
	spec := pin.Source.(github.Spec)
	spec.Name = ""
	call := pin.Locked.Calls[0]
	call.Name = ""
	pin.Source, pin.Locked.Calls = spec, []sources.Call{call}
	return pin
}

// newProject makes a directory with the pins, for every reader.
func (b *bench) newProject(pins []lock.Pin, l layout) (project, error) {
	dir, err := os.MkdirTemp(b.dir, "project-")
	if err != nil {
		return project{}, err
	}
	file := &lock.File{Pins: make(map[string]lock.Pin, len(pins))}
	for i, pin := range pins {
		file.Pins[l.of(i)] = pin
	}
	locked, err := file.Format(kinds())
	if err != nil {
		return project{}, err
	}
	npins, err := npinsFile(file)
	if err != nil {
		return project{}, err
	}
	niv, err := nivFile(file)
	if err != nil {
		return project{}, err
	}
	pkgs, err := os.ReadFile(filepath.Join(b.root, "nix", "tests", "pkgs.nix"))
	if err != nil {
		return project{}, err
	}
	err = os.Mkdir(filepath.Join(dir, "pinfetch"), 0o755)
	for name, text := range map[string][]byte{
		"pkgs.nix": pkgs, "pinfetch/default.nix": nix.Reader(), "pinfetch/pins.json": locked, "bare.nix": bareFile(file),
		"npins-style.nix": npinsStyle, "npins-style.json": npins, "niv-style.nix": nivStyle, "niv-style.json": niv,
	} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	return project{dir, l, len(pins)}, err
}

// sources is the expression of a reader's set, with the fetchers of a release of
// nixpkgs.
func (p project) sources(r reader, release string) string {
	set := r.expression
	for _, path := range []string{"./pinfetch", "./npins-style.nix", "./niv-style.nix", "./bare.nix"} {
		set = strings.Replace(set, path, filepath.Join(p.dir, path), 1)
	}
	return fmt.Sprintf("let pkgs = import %s { release = %q; }; in %s", filepath.Join(p.dir, "pkgs.nix"), release, set)
}

// list is the expression of a list of all sources. It calls only builtins, so all
// function calls are the reader's or the fetchers'.
func (p project) list(r reader, release string) string {
	values := fmt.Sprintf("builtins.attrValues (%s)", p.sources(r, release))
	if p.layout.isDeep {
		return fmt.Sprintf("builtins.concatLists (map builtins.attrValues (%s))", values)
	}
	return values
}

// all is the expression of all store paths; first, of the first pin's path.
func (p project) all(r reader, release string) string {
	return fmt.Sprintf(`builtins.concatStringsSep "\n" (%s)`, p.list(r, release))
}

func (p project) first(r reader, release string) string {
	return fmt.Sprintf(`"${(%s).%s}"`, p.sources(r, release), attributePath(p.layout.of(0)))
}

func attributePath(name string) string { return strings.ReplaceAll(name, "/", ".") }

// bareFile is what people write without a tool: a call for each source.
func bareFile(f *lock.File) []byte {
	out := []byte("pkgs: {\n")
	for _, name := range f.Names() {
		call := f.Pins[name].Locked.Call()
		out = fmt.Appendf(out, "  %s = pkgs.fetchFromGitHub { owner = %s; repo = %s; rev = %s; hash = %s; };\n", attributePath(name),
			strconv.Quote(call.Owner), strconv.Quote(call.Repo), strconv.Quote(call.Rev), strconv.Quote(call.Hash.String()))
	}
	return append(out, "}\n"...)
}

func archiveURL(call sources.Call) string {
	return fmt.Sprintf("https://github.com/%s/%s/archive/%s.tar.gz", call.Owner, call.Repo, call.Rev)
}

// npinsFile has what npins' sources.json has for a GitHub repository.
func npinsFile(f *lock.File) ([]byte, error) {
	pins := make(map[string]any, len(f.Pins))
	for name, pin := range f.Pins {
		call := pin.Locked.Call()
		pins[name] = map[string]any{
			"type": "Git", "repository": map[string]any{"type": "GitHub", "owner": call.Owner, "repo": call.Repo},
			"branch": "main", "submodules": false, "revision": call.Rev, "url": archiveURL(call), "hash": call.Hash.String(),
		}
	}
	return json.MarshalIndent(map[string]any{"pins": pins, "version": 5}, "", "  ")
}

// nivFile has what niv's sources.json has for a GitHub repository.
func nivFile(f *lock.File) ([]byte, error) {
	pins := make(map[string]any, len(f.Pins))
	for name, pin := range f.Pins {
		call := pin.Locked.Call()
		pins[name] = map[string]any{
			"branch": "main", "description": "", "homepage": "", "owner": call.Owner, "repo": call.Repo, "rev": call.Rev,
			"sha256": call.Hash.String(), "type": "tarball", "url": archiveURL(call),
			"url_template": "https://github.com/<owner>/<repo>/archive/<rev>.tar.gz",
		}
	}
	return json.MarshalIndent(pins, "", "    ")
}
