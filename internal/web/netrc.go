package web

import (
	"regexp"
	"strings"

	"github.com/git-lfs/go-netrc/netrc"
)

// macros matches netrc's macdef, up to the next empty line.
var macros = regexp.MustCompile(`(?m)^[ \t]*macdef\b.*(?:\n.*\S.*)*(?:\n|$)`)

// AddNetrc reads the text of a netrc file (ftp(1)) and adds its entries as [Credentials.Add] does. It ignores
// "default", which would send the password of one host to all others.
func (c Credentials) AddNetrc(text string) error {
	text = macros.ReplaceAllString(text, "\n") // the library would read entries from them
	file, err := netrc.Parse(strings.NewReader(text))
	if err != nil {
		return err
	}
	words := strings.Fields(text)
	for i, word := range words { // the library finds machines by name but does not list them
		if word != "machine" || i+1 == len(words) {
			continue
		}
		if m := file.FindMachine(words[i+1], ""); m != nil && !m.IsDefault() {
			c.Add(m.Name, Credential{User: m.Login, Password: m.Password})
		}
	}
	return nil
}
