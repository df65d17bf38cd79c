package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
)

// appendSummary appends what became of the pins to a file, in Markdown, as GitHub's and Forgejo's job summaries want it.
func (p *program) appendSummary(path string, outcomes []engine.Outcome) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.WriteString(p.ui.redact(markdown(outcomes))); err != nil {
		return err
	}
	return file.Close()
}

// markdown has a table of the pins that changed, and a list of those that failed.
func markdown(outcomes []engine.Outcome) string {
	var table, failures strings.Builder
	for _, o := range outcomes {
		switch {
		case o.Err != nil:
			fmt.Fprintf(&failures, "- **%s**: %s\n", cell(o.Name), cell(messageOf(o.Err)))
		case o.Status == engine.Updated || o.Status == engine.Outdated:
			old, now, _ := strings.Cut(describeChange(o.Old, o.New), " -> ")
			fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", cell(o.Name), cell(old), cell(now), link(o.Compare))
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

func link(address string) string {
	if address == "" {
		return ""
	}
	return "[compare](" + address + ")"
}

// cell makes text safe within a line or a table of Markdown: what upstream chose must not become a link or HTML.
func cell(text string) string {
	return strings.NewReplacer("\n", " ", "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", "\\", `\\`).Replace(text)
}
