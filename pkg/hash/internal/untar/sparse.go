package untar

import (
	"io"
	"strconv"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/hash/internal/fault"
	"github.com/pinfetch/pinfetch/pkg/hash/internal/spool"
)

// maxRegions bounds the map of a sparse file.
const maxRegions = 1 << 20

// region is a run of bytes of a sparse file. The rest of the file is zeros.
type region struct {
	at     int64 // offset in the file
	offset int64 // offset in the spool
	size   int64
}

// sparseRecords are the records of a sparse file in extended headers (GNU tar's manual, "Storing Sparse Files").
type sparseRecords struct {
	named   bool // GNU.sparse.name was read
	major   int64
	isSized bool // the file's size was read
	size    int64
	offset  int64
	regions []region
}

func (s *sparseRecords) set(r record) (err error) {
	switch r.key {
	case "GNU.sparse.major":
		s.major, err = r.number()
	case "GNU.sparse.realsize", "GNU.sparse.size":
		s.isSized = true
		s.size, err = r.number()
	case "GNU.sparse.minor", "GNU.sparse.numblocks":
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
		return fault.Refused(r.key, "malformed extended header of a sparse file")
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

// readSparseMap reads the map of version 1.0, which precedes the data:
// decimal numbers, one per line, padded to a block.
func (r *reader) readSparseMap(m *member) error {
	var numbers []string
	var line []byte
	want := -1
	for want != len(numbers) {
		b, err := r.dataBlock()
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
				return fault.Refused(m.name, "malformed map of a sparse file")
			}
			want *= 2
		}
		if len(line) > 20 || m.size < 0 {
			return fault.Refused(m.name, "malformed map of a sparse file")
		}
	}
	regions, err := parseMap(numbers)
	if err != nil {
		return fault.Refused(m.name, "malformed map of a sparse file")
	}
	m.sparse, m.regions = true, regions
	return nil
}

// readOldSparse reads the map of GNU tar's old format: four regions in the header, 21 in each block that follows.
func (r *reader) readOldSparse(m *member, h header) error {
	m.sparse = true
	more, err := m.addRegions(h[386:482])
	extended := h[482] != 0
	for err == nil && more && extended {
		var b []byte
		if b, err = r.dataBlock(); err != nil {
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
			return false, fault.Refused(m.name, "malformed map of a sparse file")
		}
		m.regions = append(m.regions, region{at: at, size: size})
	}
	return true, nil
}

// copySparse spools the regions of a sparse file and returns them and the
// file's size. GNU tar ends the file where its last region ends.
func (r *reader) copySparse(m *member, s *spool.Spool) (regions []region, size int64, err error) {
	left := m.size
	for _, g := range m.regions {
		if g.at < size {
			return nil, 0, fault.Refused(m.name, "sparse files with unordered regions are not supported")
		}
		g.offset = s.Size()
		if err := r.copyData(s, g.size); err != nil {
			return nil, 0, err
		}
		left -= g.size + (-g.size & (blockSize - 1))
		size = g.at + g.size
		if g.size > 0 {
			regions = append(regions, g)
		}
		if size > r.limits.Unpacked {
			return nil, 0, fault.Exceeded(fault.ErrUnpacked, r.limits.Unpacked, "bytes of unpacked contents")
		}
	}
	return regions, size, r.copyData(io.Discard, left)
}
