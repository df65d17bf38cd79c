package forgetest

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// git runs the git program without the user's and the system's settings.
type git struct {
	program string // absolute path
	home    string // a directory that does not exist
}

// settings are given to every git process through its environment, because an
// imported repository must not be written to.
func settings() [][2]string {
	return [][2]string{
		{"safe.directory", "*"},
		{"uploadpack.allowAnySHA1InWant", "true"},
		{"uploadpack.allowFilter", "true"},
		{"http.getanyfile", "false"},
		{"http.receivepack", "false"},
		{"tar.umask", "0002"}, // GitHub's archives have modes 0664 and 0775
		{"fastimport.unpackLimit", "1"},
		{"gc.auto", "0"},
	}
}

func (g git) env() []string {
	env := []string{
		"HOME=" + g.home,
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_ATTR_NOSYSTEM=1",
		"GIT_OPTIONAL_LOCKS=0",
		"LC_ALL=C",
		"TZ=UTC",
	}
	settings := settings()
	env = append(env, "GIT_CONFIG_COUNT="+strconv.Itoa(len(settings)))
	for i, s := range settings {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, s[0]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, s[1]))
	}
	return env
}

func (g git) command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, g.program, args...)
	cmd.Dir = dir
	cmd.Env = append(g.env(), "GIT_DIR="+dir)
	return cmd
}

// output runs git in the repository at dir with the given standard input.
func (g git) output(ctx context.Context, dir string, stdin []byte, args ...string) (string, error) {
	cmd := g.command(ctx, dir, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}
