package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pinfetch/pinfetch/internal/engine"
)

func noEnv(string) string { return "" }

func TestLogLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v    snapshot
		want string
	}{
		{snapshot{pins: 1000}, "0/1000 pins"},
		{snapshot{pins: 1000, done: 812, resolved: 812, resolving: 64, left: 300 * time.Millisecond},
			"812/1000 pins, about 1 s left, resolving"},
		{snapshot{pins: 1000, done: 400, resolved: 812, resolving: 64, downloads: make([]download, 1)},
			"400/1000 pins, resolving 812 of 1000, 1 downloading"},
		{snapshot{
			pins: 1000, done: 412, resolved: 1000, failed: 3, downloads: make([]download, 12),
			bytes: 34 << 20, speed: 5.1 * (1 << 20), left: 20 * time.Second,
		}, "412/1000 pins, 3 failed, about 20 s left, 12 downloading, 34 MiB, 5.1 MiB/s"},
		{snapshot{pins: 2, done: 1, resolved: 2, bytes: 100, speed: 50},
			"1/2 pins, 100 B"},
	} {
		if got := strings.Join(summary(tt.v), ", "); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestApproximate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{time.Millisecond, "about 1 s"},
		{time.Second, "about 1 s"},
		{90 * time.Second, "about 90 s"},
		{91 * time.Second, "about 2 min"},
		{90 * time.Minute, "about 90 min"},
		{91 * time.Minute, "about 2 h"},
	} {
		if got := approximate(tt.d); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.d, got, tt.want)
		}
	}
}

// watched returns what is printed without a terminal during a run of ten pins.
func watched(t *testing.T, prepare func(*ui), run func(watch func(engine.Event))) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	synctest.Test(t, func(*testing.T) {
		u := newUI(&stdout, &stderr, noEnv)
		prepare(u)
		watch, stop := u.showProgress(10)
		run(watch)
		stop()
	})
	if stdout.Len() > 0 {
		t.Errorf("stdout got %q, want nothing", stdout.String())
	}
	return stderr.String()
}

// half finishes some of ten pins, within a little more than two intervals.
func half(watch func(engine.Event)) {
	pin := func(i int) string { return fmt.Sprint("pin", i) }
	for i := range 10 {
		watch(stage(pin(i), engine.Resolving))
	}
	time.Sleep(time.Second)
	for i := range 10 {
		watch(stage(pin(i), engine.Waiting))
	}
	for i := range 5 {
		watch(received(pin(i), 0, -1))
	}
	time.Sleep(2 * time.Second)
	for i := range 3 {
		watch(received(pin(i), 30<<10, -1))
		watch(stage(pin(i), engine.Done))
	}
	time.Sleep(logInterval)
	watch(failed(pin(3), errors.New("no")))
	time.Sleep(logInterval - time.Second)
}

func TestLog(t *testing.T) {
	t.Parallel()
	got := watched(t, func(*ui) {}, half)
	want := []string{
		"pinfetch: 3/10 pins, about 3 s left, 2 downloading, 90 KiB, 18 KiB/s",
		"pinfetch: 4/10 pins, 1 failed, about 9 s left, 1 downloading, 90 KiB, 4.8 KiB/s",
	}
	if got != strings.Join(want, "\n")+"\n" {
		t.Errorf("got\n%swant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestLogOfShortRun(t *testing.T) {
	t.Parallel()
	got := watched(t, func(*ui) {}, func(watch func(engine.Event)) {
		watch(received("a", 1, 2))
		time.Sleep(logInterval - 1)
		watch(stage("a", engine.Done))
	})
	if got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestLogVerbose(t *testing.T) {
	t.Parallel()
	got := watched(t, func(u *ui) { u.verbose = true }, func(watch func(engine.Event)) {
		watch(stage("a", engine.Resolving))
		watch(received("a", 1, 2048))
		watch(received("b", 1, -1))
		time.Sleep(1234567 * time.Microsecond)
		watch(received("a", 2048, 2048))
		watch(stage("a", engine.Done))
		watch(failed("b", errors.New("no")))
		watch(stage("c", engine.Resolving))
		watch(stage("c", engine.Done))
	})
	if want := "pinfetch: a: downloaded 2.0 KiB in 1.235s\npinfetch: b: failed after 1 B in 1.235s\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestQuietShowsNothing(t *testing.T) {
	t.Parallel()
	u := newUI(&bytes.Buffer{}, &bytes.Buffer{}, noEnv)
	u.quiet = true
	if watch, stop := u.showProgress(10); watch != nil {
		t.Error("got a function that watches, want none")
	} else {
		stop()
	}
}
