package main

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// chart is a group of bars with its own scale.
type chart struct {
	title string
	bars  []bar
}

// bar is a time.
type bar struct {
	name   string
	time   time.Duration
	isOurs bool
}

// Sizes in a plot, in pixels.
const (
	plotWidth  = 720
	namesWidth = 180 // on the left of the bars
	timesWidth = 70  // on their right
	barHeight  = 18
	barStep    = 26
	titleStep  = 30
	pairGap    = 8
	plotMargin = 12
)

// The colours are readable on white and on black; dark mode gets lighter ones.
const plotStyle = `  <style>
    text { font: 13px sans-serif; fill: #1f2328 }
    .title { font-weight: bold }
    .ours { fill: #0969da }
    .other { fill: #8c959f }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .ours { fill: #4493f8 }
      .other { fill: #7d8590 }
    }
  </style>
`

// plot draws horizontal bars as SVG. The longest bar of each chart fills the width.
// A gap precedes our bars that follow others', so that pairs stay together.
func plot(title string, charts []chart) string {
	var body strings.Builder
	y := plotMargin
	for _, c := range charts {
		fmt.Fprintf(&body, "  <text class=\"title\" x=\"%d\" y=\"%d\">%s</text>\n", plotMargin, y+barHeight-5, html.EscapeString(c.title))
		y += titleStep
		for i, b := range c.bars {
			if i > 0 && b.isOurs && !c.bars[i-1].isOurs {
				y += pairGap
			}
			class := "other"
			if b.isOurs {
				class = "ours"
			}
			length := c.length(b)
			fmt.Fprintf(&body, "  <text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", plotMargin+namesWidth-8, y+barHeight-5, html.EscapeString(b.name))
			fmt.Fprintf(&body, "  <rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", class, plotMargin+namesWidth, y, length, barHeight)
			fmt.Fprintf(&body, "  <text x=\"%d\" y=\"%d\">%s</text>\n", plotMargin+namesWidth+length+8, y+barHeight-5, seconds(b.time))
			y += barStep
		}
		y += plotMargin
	}
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\">\n  <title>%s</title>\n%s%s</svg>\n",
		plotWidth, y, plotWidth, html.EscapeString(title), plotStyle, &body)
}

// length is the length of a bar, at least one pixel.
func (c chart) length(b bar) int {
	var longest time.Duration
	for _, other := range c.bars {
		longest = max(longest, other.time)
	}
	const room = plotWidth - 2*plotMargin - namesWidth - timesWidth
	if longest == 0 {
		return 1
	}
	return max(1, int(float64(room)*b.time.Seconds()/longest.Seconds()+0.5))
}
