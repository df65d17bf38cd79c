package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/markdown"
)

// appendSummary appends Markdown to a file, as GitHub's and Forgejo's job summaries want it.
func (p *program) appendSummary(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.WriteString(p.ui.redact(text)); err != nil {
		return err
	}
	return file.Close()
}

// summarize returns a table of the pins that changed, and a list of those that failed.
func summarize(outcomes []engine.Outcome) string {
	var table, failures strings.Builder
	for _, o := range outcomes {
		switch {
		case o.Err != nil:
			fmt.Fprintf(&failures, "- **%s**: %s\n", cell(o.Name), cell(messageOf(o.Err)))
		case o.Status == engine.Updated || o.Status == engine.Outdated:
			old, now := engine.Difference(o.Old, o.New)
			fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", cell(o.Name), cell(old), cell(now), markdown.Link("compare", o.Compare))
		}
	}
	var text strings.Builder
	fmt.Fprintf(&text, "### %s\n", countOutcomes(outcomes))
	if table.Len() > 0 {
		fmt.Fprintf(&text, "\n| pin | from | to | changes |\n| --- | --- | --- | --- |\n%s", &table)
	}
	if failures.Len() > 0 {
		fmt.Fprintf(&text, "\nFailed, and kept as they were:\n\n%s", &failures)
	}
	return text.String() + "\n"
}

func cell(text string) string { return markdown.Inline(text, maxCell) }

// maxCell is how many bytes of a text are shown, before they are escaped.
const maxCell = 1000
