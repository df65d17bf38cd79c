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

// stopDelay is how long a stopped command may keep its output open.
const stopDelay = 10 * time.Second

// step is a command to show and run, and its expected result.
type step struct {
	say     string   // shown before the command, unless empty
	before  func()   // what happens upstream before, may be nil
	command string   // for sh
	exit    int      // its exit code
	prints  []string // parts of its output, in any order
	keeps   bool     // leaves the lock unchanged, byte for byte
}

// stage is where steps are played: a project directory and a terminal.
type stage struct {
	dir  string
	lock string // the file that a step with keeps must not change
	env  []string
	out  io.Writer
}

// play plays the steps in order and stops at the first that fails.
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

// run shows a command, its output, and its exit code if it fails.
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

// command is a command that is interrupted, with everything it started, when ctx
// ends.
func command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = stopDelay
	return cmd
}
