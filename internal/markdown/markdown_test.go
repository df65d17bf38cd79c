package markdown_test

import (
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/markdown"
)

const id = "0123456789abcdef0123456789abcdef01234567"

// "·" stands for the zero-width space that breaks what a forge would act on.
func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                      "",
		"v1.2.3-rc.1+b":         "v1.2.3-rc.1+b",
		"a  b\n\tc\u00a0d\r\ne": "a b c d e",
		"thanks @ada, @o/team, a@example.org @ b":                           "thanks @·ada, @·o/team, a@·example.org @ b",
		"#1 o/r#22 ##3 C# a#b":                                              "#·1 o/r#·22 ##·3 C# a#·b",
		"GH-1 gh-22 xGH-1 GL-1":                                             "GH-·1 gh-·22 xGH-1 GL-·1",
		`!1 g/r!22 %1 %"a b" 5% ~bug ~"x y" ~/a`:                            `!·1 g/r!·22 %·1 %·"a b" 5% ~·bug ~·"x y" ~/a`,
		"&1 a&b $1 $HOME [vulnerability:1] 1 [a] [[b]]":                     "&·1 a&b $·1 $HOME [·vulnerability:1] 1 [a] [·[b]]",
		"Fixes https://gh.example.org/o/r/issues/1":                         "Fixes https://gh.example.org/o/r/issues/·1",
		"gh.com/o/r/pull/1 x/-/merge_requests/2":                            "gh.com/o/r/pull/·1 x/-/merge_requests/·2",
		"closes: KEY-1, CVE-2024-1, UTF-8":                                  "closes: KEY-·1, CVE-2024-1, UTF-8",
		"in " + id + " and " + id + "0":                                     "in 0123·456789abcdef0123456789abcdef01234567 and " + id + "0",
		"/close":                                                            "/·close",
		"<!-- /pinfetch -->":                                                "<!-·- /pinfetch -->",
		"\x1b[31m\x00a\u202eb\u2066\u200b\ufeffc\xff\u034f\U000e0041\ufe0f": "[31mabc",
		"@\u200dada #\u20601":                                               "@·ada #·1",
		strings.Repeat("é", 51):                                             strings.Repeat("é", 50) + "…",
	} {
		if got := strings.ReplaceAll(markdown.Line(text, 100), "\u200b", "·"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestInline(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a|b `c` *d* _e_ ~~f~~": "a&#x7c;b &#x60;c&#x60; &#x2a;d&#x2a; &#x5f;e&#x5f; &#x7e;&#x7e;·f&#x7e;&#x7e;",
		"![a](b) <i> &lt; \\":   "!&#x5b;a&#x5d;(b) &lt;i&gt; &amp;lt; &#x5c;",
		"https://a.b www.c.d":   "https:·//a.b www·.c.d",
		":octocat: 12:30":       ":·octocat: 12:30",
		"$x$":                   "&#x24;x&#x24;",
		"a_b _c_":               "a_b &#x5f;c&#x5f;",
		"@ada #1":               "@·ada #·1",
		"# a":                   "&#x23; a",
		"- - a":                 "&#x2d; - a",
		"12. a":                 "12&#x2e; a",
		"12)":                   "12&#x29;",
		"1.2.3":                 "1.2.3",
	} {
		if got := strings.ReplaceAll(markdown.Inline(text, 80), "\u200b", "·"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://a.example/o/r/compare/v1...v2":          "[x](https://a.example/o/r/compare/v1...v2)",
		"http://a.example:8080/?a=b&lt=c#d":              "[x](http://a.example:8080/?a=b&amp;lt=c#d)",
		"https://a.example/a)b <c>|*_@ada\\":             "[x](https://a.example/a%29b%20%3Cc%3E%7C%2A_%40ada%5C)",
		"https://a.example/o/r/issues/1":                 "",
		"https://u:p4ss@a.example/":                      "",
		"javascript:alert(1)":                            "",
		"//a.example":                                    "",
		"https://a.example/\n":                           "",
		"https://":                                       "",
		"https://a.example/" + strings.Repeat("a", 2000): "",
	} {
		if got := markdown.Link("x", address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{"a b": "`a b`", "a`b``c": "```a`b``c```", "`a": "`` `a ``", "a\nb": "`a b`"} {
		if got := markdown.Code(command); got != want {
			t.Errorf("%q: got %q, want %q", command, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	word := strings.Repeat("w", 60)
	for text, want := range map[string]string{
		"\n\na\r\n\n  b\t \n\n":                          "a||  b",
		word + " " + word:                                word + "|" + word,
		word + " x  y " + word:                           word + " x  y|" + word,
		strings.Repeat("a", 450):                         strings.Repeat("a", 200) + "|" + strings.Repeat("a", 200) + "|" + strings.Repeat("a", 50),
		word + " " + strings.Repeat("a", 120) + " b":     word + "|" + strings.Repeat("a", 120) + "|b",
		"    " + strings.Repeat("a", 120):                "    " + strings.Repeat("a", 120),
		word + " " + strings.Repeat("w", 39) + " /close": word + " " + strings.Repeat("w", 39) + "|/·close",
		"a\n/close\n  /merge":                            "a|/·close|  /·merge",
	} {
		if got := strings.ReplaceAll(strings.Join(markdown.Lines(text), "|"), "\u200b", "·"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()
	for text, fence := range map[string]string{"": "```", "a": "```", "a ``` b": "````", "~~~\n`````": "``````"} {
		if got, want := markdown.Block(strings.Split(text, "\n")), fence+"text\n"+text+"\n"+fence; got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
