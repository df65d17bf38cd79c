package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// manualFile is what packages install. It is made of the texts that --help prints:
//
//	go test ./cmd/pinfetch -run TestManual -update
var manualFile = filepath.Join("..", "..", "docs", "pinfetch.1")

func TestManual(t *testing.T) {
	t.Parallel()
	p := &program{ui: newUI(&bytes.Buffer{}, &bytes.Buffer{}, func(string) string { return "" })}
	got := manual(p.app(nil))
	if *update {
		if err := os.WriteFile(manualFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(manualFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what --help says: go test ./cmd/pinfetch -run TestManual -update", manualFile)
	}
}

// TestManualFormat asserts that groff accepts the page without warnings.
func TestManualFormat(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("groff"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("groff is not installed")
	}
	cmd := exec.CommandContext(t.Context(), "groff", "-man", "-ww", "-Tutf8", "-K", "utf8", manualFile)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Errorf("groff: %v\n%s", err, &stderr)
	}
	if !strings.Contains(stdout.String(), "pin build-time dependencies") {
		t.Error("the page does not say what pinfetch is")
	}
}

// manual is the program's page of section 1, in the macros of man(7).
func manual(app *cli.App) []byte {
	var page bytes.Buffer
	page.WriteString(".\\\" Made of the texts of --help by TestManual.\n")
	page.WriteString(".TH PINFETCH 1\n.SH NAME\n")
	fmt.Fprintf(&page, "%s \\- %s\n.SH SYNOPSIS\n", app.Name, escape(app.Usage))
	writeText(&page, app.UsageText)
	page.WriteString(".SH DESCRIPTION\n")
	writeText(&page, app.Description)
	page.WriteString(".SH OPTIONS\n")
	writeFlags(&page, app.VisibleFlags())
	page.WriteString(".SH COMMANDS\n")
	for _, command := range app.VisibleCommands() {
		writeCommand(&page, app.Name, command)
	}
	return page.Bytes()
}

func writeCommand(page *bytes.Buffer, parent string, c *cli.Command) {
	name := parent + " " + c.Name
	fmt.Fprintf(page, ".SS %s\n%s.\n.PP\n", escape(name), escape(strings.ToUpper(c.Usage[:1])+c.Usage[1:]))
	writeText(page, c.UsageText)
	writeText(page, c.Description)
	writeFlags(page, c.VisibleFlags())
	for _, sub := range c.Subcommands {
		writeCommand(page, name, sub)
	}
}

// writeText writes paragraphs; lines that are indented stay as they are.
func writeText(page *bytes.Buffer, text string) {
	for _, paragraph := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if strings.HasPrefix(paragraph, "   ") {
			fmt.Fprintf(page, ".PP\n.RS 4\n.nf\n%s\n.fi\n.RE\n", escape(strings.ReplaceAll(paragraph[3:], "\n   ", "\n")))
		} else {
			fmt.Fprintf(page, ".PP\n%s\n", escape(paragraph))
		}
	}
}

func writeFlags(page *bytes.Buffer, flags []cli.Flag) {
	for _, flag := range flags {
		names, usage, _ := strings.Cut(flag.String(), "\t")
		fmt.Fprintf(page, ".TP\n\\fB%s\\fR\n%s\n", escape(names), escape(strings.TrimSpace(usage)))
	}
}

// escape writes text so that roff shows it as it is: hyphens that can be copied, and no line that is a request.
func escape(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "~", `\(ti`, "^", `\(ha`, "\n.", "\n\\&.").Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}
