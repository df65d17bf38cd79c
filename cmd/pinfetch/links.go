package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

var errLink = errors.New("pinfetch follows no link out of the project")

// checkLinks refuses a path that leads out of the project through links: a project that somebody else made must not choose
// which of the user's files are read or written. The project is the git checkout around the directory home, without one
// home itself. A path that does not exist is accepted.
func checkLinks(home, path string) error {
	target, err := realPath(path)
	if err != nil {
		return nil // reading the path has a better error
	}
	root, err := projectRoot(home)
	if err != nil {
		return err
	}
	if inside, err := filepath.Rel(root, target); err != nil || !filepath.IsLocal(inside) {
		return fmt.Errorf("%q leads to %q: %w", path, target, errLink)
	}
	return nil
}

// projectRoot is the nearest directory at or above home that contains .git, else home; without links.
func projectRoot(home string) (string, error) {
	home, err := realPath(home)
	if err != nil {
		return "", err
	}
	for dir := home; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return home, nil
		}
	}
}

// realPath is the absolute path without links. [filepath.Abs] alone takes the shell's name of the working directory,
// where ".." may mean another parent.
func realPath(path string) (string, error) {
	if filepath.IsAbs(path) {
		return filepath.EvalSymlinks(path)
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if here, err = filepath.EvalSymlinks(here); err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(here + string(filepath.Separator) + path) // not cleaned: see above
}
