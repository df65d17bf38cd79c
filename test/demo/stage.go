package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// stopDelay is how long a command that was told to stop may still hold its output open.
const stopDelay = 10 * time.Second

// step is a command that is shown and run, and what it must do.
type step struct {
	say     string   // what to know before; none if empty
	before  func()   // what happens elsewhere in the meantime, nil if nothing does
	command string   // for sh
	exit    int      // its exit code
	prints  []string // parts of its output, in any order
	keeps   bool     // leaves the lock as it was, byte for byte
}

// stage is where steps are played: a project folder and a terminal.
type stage struct {
	dir  string
	lock string // the file that a step with keeps must not change
	env  []string
	out  io.Writer
}

// play plays the steps in their order, up to the first that does not do what it must.
func (s *stage) play(ctx context.Context, steps []step) error {
	for _, step := range steps {
		if err := s.playStep(ctx, step); err != nil {
			return fmt.Errorf("%s: %w", step.command, err)
		}
	}
	return nil
}

func (s *stage) playStep(ctx context.Context, step step) error {
	if step.say != "" {
		s.say(step.say)
	}
	if step.before != nil {
		step.before()
	}
	before, _ := os.ReadFile(s.lock)
	output, exit, err := s.run(ctx, step.command)
	if err != nil {
		return err
	}
	if exit != step.exit {
		return fmt.Errorf("exit code %d, want %d", exit, step.exit)
	}
	for _, part := range step.prints {
		if !strings.Contains(output, part) {
			return fmt.Errorf("the output lacks %q", part)
		}
	}
	if after, err := os.ReadFile(s.lock); step.keeps && (err != nil || !bytes.Equal(before, after)) {
		return errors.New("the lock has changed")
	}
	return nil
}

// say prints text between commands.
func (s *stage) say(text string) {
	fmt.Fprintf(s.out, "\n# %s\n", strings.ReplaceAll(text, "\n", "\n# "))
}

// run shows a command, its output as it comes, and its exit code if it fails.
func (s *stage) run(ctx context.Context, line string) (output string, exit int, err error) {
	fmt.Fprintf(s.out, "\n$ %s\n", line)
	var copied bytes.Buffer
	cmd := command(ctx, "sh", "-c", line)
	cmd.Dir = s.dir
	cmd.Env = append(s.env, "PWD="+s.dir)
	cmd.Stdout = io.MultiWriter(s.out, &copied)
	cmd.Stderr = cmd.Stdout
	err = cmd.Run()
	if ctx.Err() != nil {
		return "", 0, context.Cause(ctx)
	}
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		fmt.Fprintf(s.out, "[exit code %d]\n", failed.ExitCode())
		return copied.String(), failed.ExitCode(), nil
	}
	return copied.String(), 0, err
}

// command is a command that an end of ctx interrupts together with all it has started.
func command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = stopDelay
	return cmd
}
