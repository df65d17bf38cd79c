package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/test/bench/forge"
)

// runForge runs a forge until stdin ends: its arguments are the number of repositories, the round trip, where
// to write its certificate, and what is in its archives. It prints where its proxy is, and at the end
// what it was asked for, as JSON.
func runForge(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	if len(args) != 4 {
		return fmt.Errorf("want repositories, round trip, certificate and tar")
	}
	repositories, err := strconv.Atoi(args[0])
	roundTrip, err2 := time.ParseDuration(args[1])
	tail, err3 := os.ReadFile(args[3])
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	f, err := forge.Start(forge.Options{Repositories: repositories, RoundTrip: roundTrip, Tar: tail})
	if err != nil {
		return err
	}
	defer f.Close()
	if err := os.WriteFile(args[2], f.Certificate(), 0o644); err != nil {
		return err
	}
	fmt.Fprintln(stdout, f.ProxyURL())
	ctx, stop := context.WithCancel(ctx)
	go func() {
		defer stop()
		io.Copy(io.Discard, stdin)
	}()
	<-ctx.Done()
	return json.NewEncoder(stdout).Encode(f.Counts())
}

// forgeProcess is a forge in a process of its own, so that what pinfetch takes is pinfetch's alone.
type forgeProcess struct {
	cmd         *exec.Cmd
	stdin       io.Closer
	stdout      *bufio.Reader
	proxy       string
	certificate string
}

// startForge starts a forge that is a round trip away.
func (b *bench) startForge(repositories int, roundTrip time.Duration) (*forgeProcess, error) {
	tail, certificate := b.path("tail.tar"), b.path("certificate.pem")
	if _, err := os.Stat(tail); err != nil {
		if err := b.make("tar", tail, archiveFiles, archiveSize); err != nil {
			return nil, err
		}
	}
	cmd := b.command(b.self, "forge", strconv.Itoa(repositories), roundTrip.String(), certificate, tail)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &forgeProcess{cmd: cmd, stdin: stdin, stdout: bufio.NewReader(stdout), certificate: certificate}
	p.proxy, err = p.stdout.ReadString('\n')
	p.proxy = strings.TrimSpace(p.proxy)
	if err != nil {
		_, stopErr := p.stop()
		return nil, errors.Join(err, stopErr)
	}
	return p, nil
}

// stop ends the forge and returns what it was asked for.
func (p *forgeProcess) stop() (c forge.Counts, err error) {
	err = errors.Join(p.stdin.Close(), json.NewDecoder(p.stdout).Decode(&c))
	return c, errors.Join(err, p.cmd.Wait())
}

// env is the environment in which every host is the forge, and nothing of the user's plays a part.
func (p *forgeProcess) env(home string) []string {
	env := []string{"HOME=" + home, "XDG_CACHE_HOME=" + home, "XDG_CONFIG_HOME=" + home, "NIX_CONF_DIR=" + home}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		env = append(env, name+"="+p.proxy)
	}
	for _, name := range []string{"SSL_CERT_FILE", "NIX_SSL_CERT_FILE", "GIT_SSL_CAINFO"} {
		env = append(env, name+"="+p.certificate)
	}
	for _, name := range []string{"ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "GITHUB_TOKEN", "GH_TOKEN", "NETRC", "NIX_CONFIG"} {
		env = append(env, name+"=")
	}
	return append(env, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0")
}
