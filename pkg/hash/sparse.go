package hash

import (
	"io"
	"strconv"
	"strings"
)

// maxRegions bounds the map of a sparse file.
const maxRegions = 1 << 20

// sparseRecords is what the extended headers of a sparse file say (GNU tar's manual, "Storing Sparse Files").
type sparseRecords struct {
	named   bool // GNU.sparse.name was read
	major   int64
	offset  int64
	regions []region
}

func (s *sparseRecords) set(r record) (err error) {
	switch r.key {
	case "GNU.sparse.major":
		s.major, err = r.number()
	case "GNU.sparse.minor", "GNU.sparse.realsize", "GNU.sparse.size", "GNU.sparse.numblocks":
		_, err = r.number()
	case "GNU.sparse.offset":
		s.offset, err = r.number()
	case "GNU.sparse.numbytes":
		var size int64
		if size, err = r.number(); err == nil {
			s.regions = append(s.regions, region{at: s.offset, size: size})
		}
	case "GNU.sparse.map":
		s.regions, err = parseMap(strings.Split(r.value, ","))
	}
	if err != nil {
		return refused(r.key, "malformed extended header of a sparse file")
	}
	return nil
}

// parseMap parses pairs of an offset and a size.
func parseMap(numbers []string) ([]region, error) {
	if len(numbers)%2 != 0 {
		return nil, strconv.ErrSyntax
	}
	var regions []region
	for i := 0; i < len(numbers); i += 2 {
		at, err := strconv.ParseUint(numbers[i], 10, 62)
		if err != nil {
			return nil, err
		}
		size, err := strconv.ParseUint(numbers[i+1], 10, 62)
		if err != nil {
			return nil, err
		}
		regions = append(regions, region{at: int64(at), size: int64(size)})
	}
	return regions, nil
}

// readSparseMap reads the map of version 1.0, which stands before the data:
// decimal numbers, one a line, filled up to a block.
func (t *tarReader) readSparseMap(m *member) error {
	var numbers []string
	var line []byte
	want := -1
	for want != len(numbers) {
		b, err := t.dataBlock()
		if err != nil {
			return err
		}
		m.size -= blockSize
		for _, c := range b {
			if want == len(numbers) {
				break
			}
			if c != '\n' {
				line = append(line, c)
				continue
			}
			text := string(line)
			line = line[:0]
			if want >= 0 {
				numbers = append(numbers, text)
				continue
			}
			if want, err = strconv.Atoi(text); err != nil || want < 0 || want > maxRegions {
				return refused(m.name, "malformed map of a sparse file")
			}
			want *= 2
		}
		if len(line) > 20 || m.size < 0 {
			return refused(m.name, "malformed map of a sparse file")
		}
	}
	regions, err := parseMap(numbers)
	if err != nil {
		return refused(m.name, "malformed map of a sparse file")
	}
	m.sparse, m.regions = true, regions
	return nil
}

// oldSparse reads the map of GNU tar's old format: four regions in the
// header, twenty-one in each block that follows.
func (t *tarReader) oldSparse(m *member, h header) error {
	m.sparse = true
	more, err := m.addRegions(h[386:482])
	extended := h[482] != 0
	for err == nil && more && extended {
		var b []byte
		if b, err = t.dataBlock(); err != nil {
			return err
		}
		more, err = m.addRegions(b[:504])
		extended = b[504] != 0
	}
	return err
}

// addRegions adds the regions of a header; more is false after the last.
func (m *member) addRegions(entries []byte) (more bool, err error) {
	for ; len(entries) >= 24; entries = entries[24:] {
		if entries[12] == 0 {
			return false, nil
		}
		at, ok := parseNumber(entries[:12])
		size, ok2 := parseNumber(entries[12:24])
		if !ok || !ok2 || at < 0 || size < 0 || len(m.regions) >= maxRegions {
			return false, refused(m.name, "malformed map of a sparse file")
		}
		m.regions = append(m.regions, region{at: at, size: size})
	}
	return true, nil
}

// copySparse spools the regions of a sparse file, and returns them and the
// file's size: GNU tar makes the file as long as its last region reaches.
func (t *tarReader) copySparse(m *member, s *spool) (regions []region, size int64, err error) {
	left := m.size
	for _, r := range m.regions {
		if r.at < size {
			return nil, 0, refused(m.name, "regions of a sparse file out of order are not supported")
		}
		r.off = s.size
		if err := t.copyData(s, r.size); err != nil {
			return nil, 0, err
		}
		left -= r.size + (-r.size & (blockSize - 1))
		size = r.at + r.size
		if r.size > 0 {
			regions = append(regions, r)
		}
		if size > t.limits.Unpacked {
			return nil, 0, passed("of unpacked contents", t.limits.Unpacked, "bytes")
		}
	}
	return regions, size, t.copyData(io.Discard, left)
}
