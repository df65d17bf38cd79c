package body_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/pinfetch/pinfetch/internal/bot/body"
	"github.com/pinfetch/pinfetch/internal/markdown"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var update = flag.Bool("update", false, "write the golden files")

const id = "0123456789abcdef0123456789abcdef01234567"

func example() body.Content {
	return body.Content{
		Changes: []body.Change{
			{
				Name: "ripgrep", Old: "14.1.0", New: "14.1.1", Compare: "https://github.com/BurntSushi/ripgrep/compare/14.1.0...14.1.1",
				HeldBack: "15.0.0-rc1 is a pre-release.",
				Notes: sources.Notes{
					Releases: []sources.ReleaseNote{{
						Tag: "14.1.1", URL: "https://github.com/BurntSushi/ripgrep/releases/tag/14.1.1",
						Text: "This is a minor release with a bug fix for a matching bug, which was found by @someone in #2884 and is explained " +
							"at https://github.com/BurntSushi/ripgrep/issues/2884.\r\n\r\n**Bug fixes**:\r\n\r\n```sh\r\nrg -i foo\r\n```\r\n",
					}},
					Commits: []sources.CommitNote{{ID: id, Subject: "ripgrep-14.1.1"}, {ID: id[1:] + "8", Subject: "deps: bump everything (#2885)"}},
					Total:   2,
				},
			},
			{Name: "left_pad", Old: "1.0.0", New: "1.3.0", Notice: "deprecated: use String.prototype.padStart()", Warnings: []string{"names collide on macOS"}},
		},
		Others:  []body.Other{{Name: "fd", Why: "cannot list tags: server answered 503"}},
		Command: "pinfetch freeze ripgrep left_pad",
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	closed := example()
	closed.Close = "ripgrep is frozen"
	for name, content := range map[string]body.Content{"open": example(), "closed": closed} {
		got := body.Join("", body.Render(content, 65536), body.State{To: "14.1.1", Title: "Update ripgrep to 14.1.1"})
		file := "testdata/" + name + ".md"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || got != string(want) {
			t.Errorf("%s: got:\n%s\n%v; -update writes it", name, got, err)
		}
		check(t, got)
	}
}

// hostile are texts that try to be more than text.
var hostile = []string{
	"# Heading\n\n===\n---\n> quote\n- item\n1. item", "![i](https://x.example/i.png) [l](https://x.example) <https://x.example>",
	"[l]: https://x.example\n[l] [^1]\n\n[^1]: note", "https://x.example www.x.example a@x.example mailto:a@x.example", "<img src=x> <script>alert(1)</script> <!-- a",
	"</details></summary></td>", "<details>\n<summary>\n", "-->", "<!-- /pinfetch -->\n<!-- pinfetch: {\"to\":\"1\"} -->", "```\n````\n~~~~\n", "`````` ```` ` \\` ", "``` text",
	"a | b\n| - | - |\n| c | d |", "\\| \\\\| \\", "| ", "*a* **b** _c_ ~~d~~ ~e~", "&lt;b&gt; &#64;ada &nbsp; &amp;", "@ada @o/team #1 GH-1 o/r#1 !1 %1 ~bug &1 $1 " + id,
	"Closes #1, fixes https://gh.example/o/r/issues/1", "/close\n/merge\n /label ~a", "a\x00b\x1b[31m\u202e\u2066\u200b\ufeff\r\nc\rd\u2028e\xff\xfe", "\t- [ ] task\n\n      code",
	"$$x$$ :smile: {{ x }} [[_TOC_]]", strings.Repeat("`", 1000), strings.Repeat("> ", 500), strings.Repeat("word ", 5000), strings.Repeat("é", 30000), "", " ",
	"javascript:alert(1)", "https://x.example/)](y) \"t\" <b>", "https://u:p@x.example/", "https://x.example/a|b\n|",
}

// full is a content in which upstream chose every text.
func full(pins int, next func() string) (c body.Content) {
	for range pins {
		change := body.Change{Name: next(), Old: next(), New: next(), Compare: next(), Notice: next(), Warnings: []string{next()}, HeldBack: next()}
		for range 2 {
			change.Notes.Releases = append(change.Notes.Releases, sources.ReleaseNote{Tag: next(), Text: next(), URL: next()})
			change.Notes.Commits = append(change.Notes.Commits, sources.CommitNote{ID: next(), Subject: next()})
		}
		c.Changes = append(c.Changes, change)
		c.Others = append(c.Others, body.Other{Name: next(), Why: next()})
	}
	return c
}

func TestHostile(t *testing.T) {
	t.Parallel()
	for _, bad := range hostile {
		c := full(2, func() string { return bad })
		check(t, body.Join("before\n", body.Render(c, 1<<20), body.State{To: markdown.Line(bad, 50), Title: markdown.Line(bad, 50)}))
		c.Close = bad
		check(t, body.Render(c, 1<<20))
	}
}

// A body is never longer than its limit, and what is cut is cut whole.
func TestLimit(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	c := full(20, func() string {
		return strings.Repeat(hostile[dice.IntN(len(hostile))]+hostile[dice.IntN(len(hostile))], 1+dice.IntN(3))
	})
	for _, limit := range []int{-1, 0, 100, 300, 1000, 4000, 16_000, 65_536, 100 + dice.IntN(65_437)} {
		got := body.Render(c, limit)
		if len(got) > max(limit, 0) {
			t.Fatalf("got %d bytes, want at most %d", len(got), limit)
		}
		check(t, got)
	}
}

// Commits are cut before notes, notes before rows, and pins share what is left.
func TestOrderOfCuts(t *testing.T) {
	t.Parallel()
	var c body.Content
	for i := range 20 {
		change := body.Change{Name: fmt.Sprintf("pin%d", i), Old: "1", New: "2", Compare: "https://x.example/1...2"}
		lines := 3
		if i == 0 {
			lines = 3000 // must not take the room of others
		}
		change.Notes.Releases = []sources.ReleaseNote{{Tag: "2", Text: strings.Repeat("note\n", lines)}}
		for range 10 {
			change.Notes.Commits = append(change.Notes.Commits, sources.CommitNote{ID: id, Subject: "subject"})
		}
		c.Changes = append(c.Changes, change)
	}
	for _, tt := range []struct{ limit, rows, notes, commits int }{
		{100_000, 20, 20, 20}, {23_500, 20, 20, 20}, {5000, 20, 20, 0}, {3000, 20, 18, 0}, {1300, 20, 0, 0}, {600, 7, 0, 0}, {200, 0, 0, 0},
	} {
		got := body.Render(c, tt.limit)
		rows, notes, commits := strings.Count(got, "[compare]"), strings.Count(got, "release notes of"), strings.Count(got, " commits</summary>")
		if rows != tt.rows || notes != tt.notes || commits != tt.commits {
			t.Errorf("%d bytes: got %d rows, %d notes and %d lists of commits, want %+v", tt.limit, rows, notes, commits, tt)
		}
		if hasMore := strings.Contains(got, fmt.Sprintf("and %d more", 20-rows)); hasMore != (0 < rows && rows < 20) {
			t.Errorf("%d bytes: says how many more: %v", tt.limit, hasMore)
		}
	}
}

func FuzzRender(f *testing.F) {
	for i, text := range hostile {
		if next := hostile[(i+1)%len(hostile)]; len(text)+len(next) < 2000 { // long ones make the fuzzer slow, not the code
			f.Add(text, next, 100+i*2000, i%4)
		}
	}
	f.Fuzz(func(t *testing.T, a, b string, limit, pins int) {
		i := 0
		c := full(pins&7, func() string { i++; return []string{a, b}[i%2] })
		got := body.Render(c, limit&0xffff)
		if len(got) > limit&0xffff {
			t.Errorf("got %d bytes, want at most %d", len(got), limit&0xffff)
		}
		check(t, got)
	})
}

var parser = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList)).Parser()

// reference matches what programs that read a body as plain text could act on.
var reference = regexp.MustCompile(`(?i)@\w|[#!$&]\d|\[\[|~[a-z]|\bG[HL]-\d|/(issues|pull|merge_requests)/\d|\b[0-9a-f]{40}\b`)

// check walks a body as a forge reads it: nothing but the bot's own structure may be in it.
func check(t *testing.T, body string) {
	t.Helper()
	source, depth := []byte(body), 0
	if !utf8.ValidString(body) || strings.ContainsAny(body, "\x00\r\x1b\u202e\u2066\ufeff") {
		t.Errorf("characters that are not to be shown:\n%q", body)
	}
	ast.Walk(parser.Parse(text.NewReader(source)), func(n ast.Node, isEntering bool) (ast.WalkStatus, error) {
		problem := ""
		switch n := n.(type) {
		case *ast.Document, *ast.Paragraph, *ast.TextBlock, *ast.Text, *ast.String, *ast.List, *ast.ListItem, *ast.CodeSpan,
			*extast.Table, *extast.TableHeader, *extast.TableRow, *extast.TableCell:
		case *ast.FencedCodeBlock:
			if string(n.Language(source)) != "text" || depth != 1 {
				problem = "code block"
			}
		case *ast.Link:
			//lint:ignore SA1019 links have one text
			label := string(n.Text(source))
			if !slices.Contains([]string{"compare", "page of the release"}, label) || !strings.HasPrefix(string(n.Destination), "http") || n.Title != nil {
				problem = "link"
			}
		case *ast.HTMLBlock:
			if !isEntering {
				break
			}
			html := strings.TrimSpace(string(n.Lines().Value(source)))
			summary, isOpening := strings.CutPrefix(html, "<details><summary>")
			summary, isOpening2 := strings.CutSuffix(summary, "</summary>")
			switch {
			case html == "</details>":
				depth--
			case isOpening && isOpening2 && !strings.ContainsAny(summary, "<>\n"):
				depth++
			case !strings.HasPrefix(html, "<!-- pinfetch: {") && html != "<!-- /pinfetch -->" || strings.Contains(html, "\n"):
				problem = "HTML " + html
			}
		default:
			problem = n.Kind().String()
		}
		if problem != "" && isEntering {
			t.Errorf("%s in:\n%s", problem, body)
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	if depth != 0 {
		t.Errorf("%d details are open in:\n%s", depth, body)
	}
	if found := reference.FindString(body); found != "" {
		t.Errorf("reference %q in:\n%s", found, body)
	}
	for line := range strings.SplitSeq(body, "\n") {
		if action, isSlash := strings.CutPrefix(strings.TrimSpace(line), "/"); isSlash && !strings.HasPrefix(action, "\u200b") {
			t.Errorf("quick action %q", line)
		}
	}
}
