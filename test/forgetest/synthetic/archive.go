package synthetic

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"time"

	"github.com/klauspost/compress/flate"
)

// files are the files of every archive, compressed once: archives differ only
// in the entries before them.
type files struct {
	tar        []byte
	compressed []byte // deflate blocks that refer to nothing before them
}

func compress(tar []byte) (files, error) {
	var out bytes.Buffer
	z, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return files{}, err
	}
	if _, err := z.Write(tar); err != nil {
		return files{}, err
	}
	err = z.Close()
	return files{tar, out.Bytes()}, err
}

// archive makes the archive of a commit as git archive and gzip(1) write it: a
// pax header with the commit ID, then the files.
func (f files) archive(commit string) ([]byte, error) {
	head, err := headOf(commit)
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(make([]byte, 0, len(f.compressed)+2*len(head)))
	out.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}) // RFC 1952: deflate, no name, no time, Unix
	z, err := flate.NewWriter(out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(head); err != nil {
		return nil, err
	}
	if err := z.Flush(); err != nil { // ends on a byte boundary, so other blocks can follow
		return nil, err
	}
	out.Write(f.compressed)
	sum := crc32.Update(crc32.ChecksumIEEE(head), crc32.IEEETable, f.tar)
	end := binary.LittleEndian.AppendUint32(nil, sum)
	out.Write(binary.LittleEndian.AppendUint32(end, uint32(len(head)+len(f.tar))))
	return out.Bytes(), nil
}

// headOf makes a tar file without an end. Its COMMIT file gives every archive
// another hash.
func headOf(commit string) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	text := commit + "\n"
	for _, header := range []*tar.Header{
		{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": commit}},
		{Typeflag: tar.TypeDir, Name: "tree/", Mode: 0o775, ModTime: time.Unix(committed, 0)},
		{Typeflag: tar.TypeReg, Name: "tree/COMMIT", Mode: 0o664, Size: int64(len(text)), ModTime: time.Unix(committed, 0)},
	} {
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return nil, err
	}
	err := w.Flush()
	return out.Bytes(), err
}
