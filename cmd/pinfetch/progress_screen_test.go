package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	full := snapshot{
		pins: 1000, done: 412, failed: 3, resolving: 64, resolved: 812, downloads: make([]download, 12), bytes: 34 << 20, speed: 5.1 * (1 << 20),
		elapsed: 80 * time.Second, left: 20 * time.Second,
	}
	for _, tt := range []struct {
		width int
		v     snapshot
		want  string
	}{
		{80, snapshot{pins: 1000}, "0/1000 pins, 0:00"},
		{200, full, "412/1000 pins, 3 failed, about 20 s left, resolving 812 of 1000, 12 downloading, 34 MiB, 5.1 MiB/s, 1:20"},
		{79, full, "412/1000 pins, 3 failed, about 20 s left, resolving 812 of 1000, 12 downloading"},
		{40, full, "412/1000 pins, 3 failed, about 20 s left"},
		{39, full, "412/1000 pins, 3 failed"},
		{10, full, "412/1…pins"},
		{0, full, ""},
	} {
		got := fit(tt.width, ", ", append(summary(tt.v), clock(tt.v.elapsed))...)
		if got != tt.want || utf8.RuneCountInString(got) > tt.width {
			t.Errorf("%d columns: got %q, want %q", tt.width, got, tt.want)
		}
	}
}

func TestDownloadLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		width int
		d     download
		want  string
	}{
		{79, download{name: "tree-sitter/rust", bytes: 10 << 20, total: 40 << 20, speed: 1.5 * (1 << 20)},
			"tree-sitter/rust      10 MiB / 40 MiB   1.5 MiB/s  [====>-------------]"},
		{60, download{name: "tree-sitter/rust", bytes: 10 << 20, total: 40 << 20, speed: 1.5 * (1 << 20)},
			"tree-sitter/rust      10 MiB / 40 MiB   1.5 MiB/s"},
		{40, download{name: "tree-sitter/rust", bytes: 10 << 20, total: 40 << 20, speed: 1.5 * (1 << 20)},
			"tree-sitter/rust      10 MiB / 40 MiB"},
		{20, download{name: "tree-sitter/rust", bytes: 10 << 20, total: 40 << 20, speed: 1.5 * (1 << 20)},
			"tree-sitter/rust"},
		{79, download{name: "ripgrep", bytes: 300 << 10, total: -1, speed: 100},
			"ripgrep                       300 KiB     100 B/s"},
		{79, download{name: "waits", total: -1, elapsed: 61 * time.Second},
			"waits                            1:01"},
		{79, download{name: "more-than-total", bytes: 4096, total: 2048, elapsed: time.Second},
			"more-than-total     4.0 KiB / 2.0 KiB       0 B/s  [==================]"},
	} {
		got := downloadLine(tt.d, tt.width, 16)
		if got != tt.want || utf8.RuneCountInString(got) > tt.width {
			t.Errorf("%d columns:\ngot  %q\nwant %q", tt.width, got, tt.want)
		}
	}
}

func TestDownloadLines(t *testing.T) {
	t.Parallel()
	downloads := func(n int) []download {
		var ds []download
		for i := range n {
			ds = append(ds, download{name: fmt.Sprint("pin", i), elapsed: time.Second})
		}
		return ds
	}
	for _, tt := range []struct {
		name      string
		downloads []download
		rows      int
		want      []string // how lines begin
	}{
		{"none", nil, 5, nil},
		{"as many as rows", downloads(3), 3, []string{"pin0 ", "pin1 ", "pin2 "}},
		{"one too many", downloads(4), 3, []string{"pin0 ", "pin1 ", "… and 2 more"}},
		{"one row", downloads(4), 1, []string{"… and 4 more"}},
		{"no row", downloads(4), 0, nil},
		{"terminal of one row", downloads(4), -4, nil},
		{"short downloads", []download{
			{name: "new", total: -1}, {name: "old", total: -1, elapsed: showAfter}, {name: "big", total: bigDownload},
		}, 5, []string{"old ", "big "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := new(screen).downloadLines(tt.downloads, 80, tt.rows)
			if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Columns do not move back and forth with the names that are shown.
func TestDownloadLinesKeepColumns(t *testing.T) {
	t.Parallel()
	var s screen
	long := download{name: "a-rather-long-name", bytes: 1, elapsed: time.Second}
	short := download{name: "short", bytes: 1, elapsed: time.Second}
	want := strings.Index(s.downloadLines([]download{long}, 80, 5)[0], "1 B")
	if got := strings.Index(s.downloadLines([]download{short}, 80, 5)[0], "1 B"); got != want {
		t.Errorf("got column %d, want %d", got, want)
	}
	for _, line := range s.downloadLines([]download{{name: strings.Repeat("x", 500), bytes: 1, elapsed: time.Second}}, 80, 5) {
		if n := utf8.RuneCountInString(line); n > 80 || !strings.Contains(line, "1 B") {
			t.Errorf("got %d columns: %q", n, line)
		}
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text  string
		width int
		want  string
	}{
		{"ripgrep", 7, "ripgrep"},
		{"ripgrep", 6, "rip…ep"},
		{"tree-sitter/rust", 11, "tree-…/rust"},
		{"äöüß", 3, "ä…ß"},
		{"ripgrep", 2, "r…"},
		{"ripgrep", 1, "…"},
		{"ripgrep", 0, ""},
		{"ripgrep", -1, ""},
	} {
		if got := shorten(tt.text, tt.width); got != tt.want {
			t.Errorf("%q in %d: got %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0:00", 59 * time.Second: "0:59", 80 * time.Second: "1:20", 3599 * time.Second: "59:59", 3661 * time.Second: "1:01:01",
	} {
		if got := clock(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}
