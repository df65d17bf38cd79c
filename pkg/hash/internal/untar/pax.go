package untar

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
)

// record is one keyword and value of a pax extended header.
type record struct{ key, value string }

func (r record) number() (int64, error) {
	n, err := strconv.ParseUint(cString([]byte(r.value)), 10, 63)
	return int64(n), err
}

// seconds parses a time as GNU tar does (src/misc.c, decode_timespec): digits, after which anything may follow.
func (r record) seconds() (int64, error) {
	digits := strings.TrimPrefix(r.value, "-")
	end := len(r.value) - len(strings.TrimLeft(digits, "0123456789"))
	return strconv.ParseInt(r.value[:end], 10, 64)
}

// parseRecords parses a sequence of "LENGTH KEY=VALUE\n".
func parseRecords(data []byte) ([]record, error) {
	var records []record
	for len(data) > 0 && data[0] != 0 {
		text, rest, found := bytes.Cut(bytes.TrimLeft(data, " \t"), []byte(" "))
		n, err := strconv.Atoi(string(text))
		if !found || err != nil || n <= 0 || n > len(data) || len(data)-len(rest) >= n || data[n-1] != '\n' {
			return nil, fault.Refused(string(data[:min(len(data), 40)]), "malformed extended header")
		}
		key, value, found := strings.Cut(strings.TrimLeft(string(data[len(data)-len(rest):n-1]), " \t"), "=")
		if !found {
			return nil, fault.Refused(key, "malformed extended header: no equal sign")
		}
		records = append(records, record{key, value})
		data = data[n:]
	}
	return records, nil
}
