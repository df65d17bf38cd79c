package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

const (
	// showAfter is how long a run, and a download, must last to be shown: a shorter one would flicker.
	showAfter = 300 * time.Millisecond
	// bigDownload is the size in bytes from which a download is shown immediately.
	bigDownload = 16 << 20
	// otherRows is how many rows of the terminal are left to other output.
	otherRows = 4
	// barWidth is the width of a download's bar in columns. A narrow terminal shows no bar.
	barWidth = 20
)

// canDraw reports whether stderr is a terminal whose size is known.
func (u *ui) canDraw() bool {
	if u.terminal == nil {
		return false
	}
	width, height, err := term.GetSize(int(u.terminal.Fd()))
	return err == nil && width > 0 && height > 0
}

// drawProgress draws the progress below all messages, and finally removes it.
func (u *ui) drawProgress(t *tally, finished <-chan struct{}) {
	select {
	case <-time.After(showAfter):
	case <-finished:
		return
	}
	s := &screen{tally: t, terminal: u.terminal}
	u.mu.Lock()
	lines := mpb.New(mpb.WithOutput(u.terminal))
	last, err := lines.Add(0, mpb.BarFillerFunc(s.drawSummary), mpb.BarFillerTrim(), mpb.BarExtender(mpb.BarFillerFunc(s.drawDownloads), true))
	u.progress = lines
	u.mu.Unlock()

	<-finished
	u.mu.Lock() // a message between Wait and nil would be lost
	defer u.mu.Unlock()
	if err == nil {
		last.Abort(true)
	}
	lines.Wait()
	u.progress = nil
}

// screen draws a tally as one bar of mpb: the bar's line is the summary, extended upwards by a line for each download.
type screen struct {
	tally     *tally
	terminal  *os.File
	names     int      // columns for names, wide enough for all names shown so far
	downloads []string // lines above the summary
}

func (s *screen) drawSummary(w io.Writer, _ decor.Statistics) error {
	width, height, err := term.GetSize(int(s.terminal.Fd()))
	if err != nil {
		return err
	}
	width-- // writing to the last column may wrap the line
	v := s.tally.snapshot()
	s.downloads = s.downloadLines(v.downloads, width, height-otherRows-1)
	_, err = io.WriteString(w, fit(width, ", ", append(summary(v), clock(v.elapsed))...))
	return err
}

// drawDownloads writes the lowest line first, as mpb expects.
func (s *screen) drawDownloads(w io.Writer, _ decor.Statistics) error {
	for _, line := range slices.Backward(s.downloads) {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// downloadLines has a line for each long or big download, as far as there are rows.
func (s *screen) downloadLines(downloads []download, width, rows int) []string {
	shown := slices.DeleteFunc(downloads, func(d download) bool { return d.elapsed < showAfter && d.total < bigDownload })
	more := 0
	if rows = max(rows, 0); len(shown) > rows {
		more = len(shown) - max(rows-1, 0)
		shown = shown[:len(shown)-more]
	}
	for _, d := range shown {
		s.names = max(s.names, len(d.name))
	}
	var lines []string
	for _, d := range shown {
		lines = append(lines, downloadLine(d, width, min(s.names, max(width/3, 1))))
	}
	if more > 0 && rows > 0 {
		lines = append(lines, fit(width, "", fmt.Sprintf("… and %d more", more)))
	}
	return lines
}

// downloadLine shows as much of a download as fits into the width, with its name in the given columns.
func downloadLine(d download, width, names int) string {
	amount, rate, bar := size(d.bytes), speed(d.speed), ""
	if d.total > 0 {
		amount += " / " + size(d.total)
		bar = drawBar(d)
	}
	if d.bytes == 0 {
		amount, rate = clock(d.elapsed), ""
	}
	return fit(width, "  ", fmt.Sprintf("%-*s", names, shorten(d.name, names)), fmt.Sprintf("%19s", amount), fmt.Sprintf("%10s", rate), bar)
}

// drawBar shows which part of a download with a known total has arrived.
func drawBar(d download) string {
	const inside = barWidth - 2
	filled := int(inside * min(d.bytes, d.total) / d.total)
	bar := strings.Repeat("=", filled)
	if filled < inside {
		bar += ">" + strings.Repeat("-", inside-filled-1)
	}
	return "[" + bar + "]"
}

// fit joins the parts that fit into the width. The first part is always there, shortened if necessary.
func fit(width int, separator string, parts ...string) string {
	line := shorten(parts[0], width)
	for _, part := range parts[1:] {
		longer := line + separator + part
		if part == "" || utf8.RuneCountInString(longer) > width {
			break
		}
		line = longer
	}
	return strings.TrimRight(line, " ")
}

// shorten cuts text in the middle, because names in one scope differ at their ends.
func shorten(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	if width < 1 {
		return ""
	}
	tail := (width - 1) / 2
	head := width - 1 - tail
	return string(runes[:head]) + "…" + string(runes[len(runes)-tail:])
}

// clock writes a duration as m:ss or h:mm:ss.
func clock(d time.Duration) string {
	seconds := int(d.Seconds())
	if seconds < 3600 {
		return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}
