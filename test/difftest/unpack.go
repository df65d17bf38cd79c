package difftest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

//go:embed unpack.sh
var unpackScript string

// Programs are the programs that Run needs besides bash and coreutils.
var Programs = []string{"bash", "tar", "unzip", "gzip", "bzip2", "xz", "zstd", "lzip", "nix-hash", "nix-store"}

// nobody is the user that unpacks if the test runs as root, who may do too much.
const nobody = 65534

// reference is the programs' result for one case: hashes with and without stripRoot,
// zero if they failed.
type reference struct{ whole, stripped hash.SRI }

// unpackAll unpacks and hashes cases, each in its own directory below dir.
func unpackAll(ctx context.Context, dir string, cases []Case) (map[uint64]reference, error) {
	dirs := make(map[string]uint64)
	var archives, wholes []string
	for i := range cases {
		c := &cases[i]
		caseDir := dirOf(dir, c.Seed)
		dirs[caseDir] = c.Seed
		if c.isTree() {
			wholes = append(wholes, c.tree(caseDir))
		} else {
			archives = append(archives, caseDir)
		}
	}
	unpacked, err := runScript(ctx, dir, "whole", archives)
	if err != nil {
		return nil, err
	}
	for _, caseDir := range unpacked {
		wholes = append(wholes, filepath.Join(caseDir, "unpack"))
	}
	found := make(map[uint64]reference)
	err = hashAll(ctx, dir, wholes, func(path string, sri hash.SRI) {
		found[dirs[filepath.Dir(path)]] = reference{whole: sri}
	})
	if err != nil {
		return nil, err
	}
	if unpacked, err = runScript(ctx, dir, "stripped", unpacked); err != nil {
		return nil, err
	}
	outs := make([]string, len(unpacked))
	for i, caseDir := range unpacked {
		outs[i] = filepath.Join(caseDir, "out")
	}
	err = hashAll(ctx, dir, outs, func(path string, sri hash.SRI) {
		seed := dirs[filepath.Dir(path)]
		found[seed] = reference{whole: found[seed].whole, stripped: sri}
	})
	return found, err
}

func dirOf(dir string, seed uint64) string { return filepath.Join(dir, fmt.Sprint(seed)) }

// runScript runs a step of the script on directories, and returns those for which it
// succeeded.
func runScript(ctx context.Context, dir, step string, dirs []string) ([]string, error) {
	if len(dirs) == 0 {
		return nil, nil
	}
	cmd := exec.CommandContext(ctx, "bash", append([]string{"-c", unpackScript, "unpack", step}, dirs...)...)
	cmd.Dir = dir
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || stderr.Len() > 0 {
		return nil, fmt.Errorf("unpack: %w: %.500s", err, &stderr)
	}
	return strings.Fields(string(out)), ctx.Err()
}

// hashAll calls found with the hash of each path's NAR, unless Nix refuses the path.
//
// nix-hash hashes the bytes of "nix-store --dump" for many paths in one process. It
// stops at the first path that it refuses.
func hashAll(ctx context.Context, dir string, paths []string, found func(path string, sri hash.SRI)) error {
	for len(paths) > 0 {
		cmd := exec.CommandContext(ctx, "nix-hash", append([]string{"--type", "sha256"}, paths...)...)
		cmd.Env = append(os.Environ(), "NIX_REMOTE=local", "NIX_CONFIG=build-users-group =", "HOME="+dir)
		for _, name := range []string{"STORE_DIR", "STATE_DIR", "LOG_DIR", "DATA_DIR", "CONF_DIR", "LOCALSTATE_DIR"} {
			cmd.Env = append(cmd.Env, "NIX_"+name+"="+filepath.Join(dir, "nix", name))
		}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		lines := strings.Fields(string(out))
		if len(lines) > len(paths) || err == nil && len(lines) < len(paths) {
			return fmt.Errorf("nix-hash printed %d hashes of %d paths", len(lines), len(paths))
		}
		for i, line := range lines {
			sum, err := hex.DecodeString(line)
			if err != nil {
				return fmt.Errorf("nix-hash: %w", err)
			}
			found(paths[i], hash.NewSRI(hash.SHA256, sum))
		}
		if err == nil {
			return nil
		}
		if !strings.Contains(stderr.String(), "unsupported type") {
			return fmt.Errorf("nix-hash: %w: %.500s", err, &stderr)
		}
		paths = paths[len(lines)+1:]
	}
	return nil
}
