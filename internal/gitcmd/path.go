package gitcmd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// absolute copies an environment without the entries of PATH that are empty or relative, and without a relative
// GIT_EXEC_PATH, which git puts before PATH. Such entries name programs in the directory in which a program happens to
// run, and that may be a checkout.
func absolute(env []string) []string {
	var kept []string
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		switch {
		case name == "PATH":
			dirs := slices.DeleteFunc(filepath.SplitList(value), func(dir string) bool { return !filepath.IsAbs(dir) })
			variable = "PATH=" + strings.Join(dirs, string(filepath.ListSeparator))
		case name == "GIT_EXEC_PATH" && !filepath.IsAbs(value):
			continue
		}
		kept = append(kept, variable)
	}
	return kept
}

// find returns the path of a program in the PATH of an environment, or "", which is an error when it is started.
func find(program string, env []string) string {
	for _, variable := range env {
		list, found := strings.CutPrefix(variable, "PATH=")
		if !found {
			continue
		}
		for _, dir := range filepath.SplitList(list) {
			path := filepath.Join(dir, program)
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return path
			}
		}
	}
	return ""
}
