// Package markdown puts text that others chose into Markdown of one's own, so that it is shown and does nothing.
//
// Such text comes from upstream. A forge must not read structure, HTML, a link, a mention, a reference to an issue, a closing
// keyword or a quick action in it, and neither must a program that reads the mail which the forge sends. What GitHub, GitLab
// and Gitea understand is in their documents:
// docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls,
// docs.gitlab.com/user/markdown (GitLab-specific references), docs.gitea.com/usage/issues-prs/linked-references.
package markdown

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Line returns text as one printable line of plain text, such as for a title or a commit message: without characters that are
// invisible or control a terminal, cut after limit bytes, and neutral. A zero-width space, the only character that is not
// printable, breaks each mention and reference, so that the result may have three times as many bytes as limit.
func Line(text string, limit int) string { return disarm(oneLine(text, limit)) }

// Inline is [Line], escaped for paragraphs, lists, cells of tables and HTML.
func Inline(text string, limit int) string {
	line := strings.ReplaceAll(Line(text, limit), "://", ":"+gap+"//")
	line = emoji.ReplaceAllString(web.ReplaceAllString(line, "${1}"+gap+"."), ":"+gap+"${1}")
	line = escapes().Replace(line)
	line = within.ReplaceAllString(line, "${1}_${2}")
	if at := beginning.FindStringSubmatchIndex(line); at != nil {
		line = fmt.Sprintf("%s&#x%x;%s", line[:at[2]], line[at[2]], line[at[3]:])
	}
	return line
}

// within matches an underscore within a word, which is only that (CommonMark 0.31, 6.2).
var within = lazyregexp.New(`([A-Za-z0-9])&#x5f;([A-Za-z0-9])`)

// beginning matches the character that makes a line a heading or an item of a list (CommonMark 0.31, 4.2, 4.3 and 5.2).
var beginning = lazyregexp.New(`^[0-9]*([-+#=:]|[.)])(?: |$)`)

// escapes replaces by character references what has a meaning within a line of Markdown or HTML. A reference is text in both,
// which a backslash is not. A decimal one would look like that to an issue.
func escapes() *strings.Replacer {
	return strings.NewReplacer(`\`, "&#x5c;", "`", "&#x60;", "*", "&#x2a;", "_", "&#x5f;", "[", "&#x5b;", "]", "&#x5d;", "<", "&lt;", ">", "&gt;",
		"|", "&#x7c;", "~", "&#x7e;", "&", "&amp;", "$", "&#x24;")
}

// oneLine replaces white space by single spaces, and bounds text before and after, because it may be long.
func oneLine(text string, limit int) string {
	const longest = 4 // bytes of a character, of which not all are kept
	if len(text) > longest*limit {
		text = text[:longest*limit] + "…"
	}
	return terminal.Shorten(strings.Join(strings.Fields(clean(text)), " "), limit)
}

// Code returns a command as a code span. It is not for text of others.
func Code(command string) string {
	command = oneLine(command, maxCode)
	ticks := strings.Repeat("`", longestRun(command)+1)
	if strings.HasPrefix(command, "`") || strings.HasSuffix(command, "`") {
		command = " " + command + " "
	}
	return ticks + command + ticks
}

// maxCode and maxAddress are in bytes.
const (
	maxCode    = 4000
	maxAddress = 2000
)

// Link is [Refer] for addresses that upstream chose: it returns "" for one that would be a reference to an issue.
func Link(label, address string) string {
	if references.MatchString(address) {
		return ""
	}
	return Refer(label, address)
}

// Refer returns a link to an http or https address, "" if that is something else. The label is one's own.
func Refer(label, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(address) > maxAddress {
		return ""
	}
	return "[" + label + "](" + escapeAddress(u.String()) + ")"
}

// escapeAddress escapes whatever is not plainly a part of an address, and so all that ends or changes a link's destination.
func escapeAddress(address string) string {
	const plain = "-._/:?#=%+,;"
	var b strings.Builder
	for i := range len(address) {
		c := address[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(plain, c) >= 0:
			b.WriteByte(c)
		case c == '&':
			b.WriteString("&amp;")
		default:
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
