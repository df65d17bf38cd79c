package forgetest

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Import serves an existing repository on every host. A directory, bare or
// with a working tree, is served in place and never written to; a file must be
// a git bundle, whose content is copied.
func (f *Forge) Import(name, path string) (*Repo, error) { return f.ImportOn("", name, path) }

// ImportOn is [Forge.Import] for one host.
func (f *Forge) ImportOn(host, name, path string) (*Repo, error) {
	r, err := f.importRepo(host, name, path)
	if err != nil {
		return nil, fmt.Errorf("import %q from %q: %w", name, path, err)
	}
	return r, nil
}

func (f *Forge) importRepo(host, name, path string) (*Repo, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	exists := f.exact(host, name) != nil
	f.mu.Unlock()
	switch {
	case exists:
		return nil, fmt.Errorf("the forge has this repository already")
	case !info.IsDir():
		return f.unbundle(host, name, path)
	}
	if git := filepath.Join(path, ".git"); isGitDir(git) {
		path = git
	}
	if !isGitDir(path) {
		return nil, fmt.Errorf("neither a git repository nor a git bundle")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.add(host, name, path), nil
}

func isGitDir(dir string) bool {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// unbundle makes a repository from a bundle. Its default branch is main or
// master, if the bundle has it at HEAD, else any branch at HEAD.
func (f *Forge) unbundle(host, name, path string) (*Repo, error) {
	sha256, err := bundleIsSHA256(path)
	if err != nil {
		return nil, err
	}
	var opts []RepoOption
	if sha256 {
		opts = append(opts, SHA256())
	}
	r := f.RepoOn(host, name, opts...)
	out, err := f.git.output(f.ctx, r.dir, nil, "bundle", "unbundle", path)
	if err != nil {
		return nil, err
	}
	refs := map[string]string{}
	for line := range strings.Lines(out) {
		id, ref, _ := strings.Cut(strings.TrimSpace(line), " ")
		refs[ref] = id
	}
	var branch string
	for ref, id := range refs {
		if ref == "HEAD" {
			continue
		}
		r.setRef(ref, id)
		if b, ok := strings.CutPrefix(ref, "refs/heads/"); ok && id == refs["HEAD"] && (branch == "" || b < branch) {
			branch = b
		}
	}
	for _, usual := range []string{"main", "master"} {
		if id, ok := refs["refs/heads/"+usual]; ok && id == refs["HEAD"] {
			branch = usual
			break
		}
	}
	if branch != "" {
		r.DefaultBranch(branch)
	}
	return r, nil
}

// bundleIsSHA256 reads the header that gitformat-bundle(5) describes.
func bundleIsSHA256(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	if !lines.Scan() || !strings.HasSuffix(lines.Text(), " git bundle") {
		return false, fmt.Errorf("neither a git repository nor a git bundle")
	}
	for lines.Scan() && strings.HasPrefix(lines.Text(), "@") {
		if lines.Text() == "@object-format=sha256" {
			return true, nil
		}
	}
	return false, nil
}
