// Forge serves local git repositories as if they were on github.com or any
// other host, for trying pinfetch by hand.
//
//	go run ./test/forgetest/cmd/forge [--host HOST] OWNER/REPO=PATH… [-- COMMAND…]
//
// PATH is a git repository, bare or not, which is only read, or a git bundle.
// With --host only that host shows the repositories; otherwise every host does.
//
// With a COMMAND, forge runs it in an environment in which git, curl, Nix and
// pinfetch reach the repositories under their real addresses, and exits with
// its status:
//
//	forge BurntSushi/ripgrep=ripgrep.git -- git ls-remote https://github.com/BurntSushi/ripgrep
//
// Without one it prints that environment as shell commands and serves until it
// is interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

const usage = "usage: forge [--host HOST] OWNER/REPO=PATH… [-- COMMAND…]"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	host, repos, command, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "forge: %v\n%s\n", err, usage)
		return 1
	}
	forge, err := forgetest.Start(forgetest.Options{Stderr: stderr})
	if err != nil {
		fmt.Fprintf(stderr, "forge: %v\n", err)
		return 1
	}
	defer forge.Stop()
	for _, repo := range repos {
		name, path, _ := strings.Cut(repo, "=")
		if _, err := forge.ImportOn(host, name, path); err != nil {
			fmt.Fprintf(stderr, "forge: %v\n", err)
			return 1
		}
	}
	if len(command) > 0 {
		return execute(forge, command, stdout, stderr)
	}
	for _, variable := range forge.Env() {
		fmt.Fprintf(stdout, "export %s\n", variable)
	}
	<-ctx.Done()
	return 0
}

// parse reads flags before, between and after the repositories.
func parse(args []string, stderr io.Writer) (host string, repos, command []string, err error) {
	if i := slices.Index(args, "--"); i >= 0 {
		args, command = args[:i], args[i+1:]
		if len(command) == 0 {
			return "", nil, nil, errors.New("no command after --")
		}
	}
	flags := flag.NewFlagSet("forge", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&host, "host", "", "the only host that shows the repositories")
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				fmt.Fprintln(stderr, usage)
			}
			return "", nil, nil, err
		}
		if args = flags.Args(); len(args) > 0 {
			repos, args = append(repos, args[0]), args[1:]
		}
	}
	for _, repo := range repos {
		name, path, ok := strings.Cut(repo, "=")
		if !ok || path == "" || !strings.Contains(name, "/") {
			return "", nil, nil, fmt.Errorf("%q is not OWNER/REPO=PATH", repo)
		}
	}
	if len(repos) == 0 {
		return "", nil, nil, errors.New("no repository given")
	}
	return host, repos, command, nil
}

// execute runs a command and returns its status. An interrupt reaches it from
// the terminal, so forge only waits.
func execute(forge *forgetest.Forge, command []string, stdout, stderr io.Writer) int {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), forge.Env()...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, stdout, stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	}
	fmt.Fprintf(stderr, "forge: %v\n", err)
	return 1
}
