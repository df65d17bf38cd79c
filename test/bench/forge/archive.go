package forge

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"
)

// Folder is the top folder of every archive.
const Folder = "tree"

// archive makes archives that differ in their first entries alone: what follows is compressed once.
type archive struct {
	tail       []byte // the tar that follows, as it is
	compressed []byte // the same, as blocks of deflate that refer to nothing before them
}

func newArchive(tail []byte) (archive, error) {
	var out bytes.Buffer
	z, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return archive{}, err
	}
	if _, err := z.Write(tail); err != nil {
		return archive{}, err
	}
	err = z.Close()
	return archive{tail, out.Bytes()}, err
}

// of makes the archive of a commit, as "git archive" and gzip(1) write it: a pax header with the commit's ID, then
// the files. A file that holds the ID makes every archive another.
func (a archive) of(commit string) ([]byte, error) {
	head, err := headOf(commit)
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(make([]byte, 0, len(a.compressed)+2*len(head)))
	out.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}) // RFC 1952: deflate, no name, no time, Unix
	z, err := flate.NewWriter(out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(head); err != nil {
		return nil, err
	}
	if err := z.Flush(); err != nil { // ends on a byte, so that blocks made elsewhere can follow
		return nil, err
	}
	out.Write(a.compressed)
	sum := crc32.Update(crc32.ChecksumIEEE(head), crc32.IEEETable, a.tail)
	end := binary.LittleEndian.AppendUint32(nil, sum)
	out.Write(binary.LittleEndian.AppendUint32(end, uint32(len(head)+len(a.tail))))
	return out.Bytes(), nil
}

// headOf makes a tar without an end.
func headOf(commit string) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	text := commit + "\n"
	for _, header := range []*tar.Header{
		{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": commit}},
		{Typeflag: tar.TypeDir, Name: Folder + "/", Mode: 0o775, ModTime: time.Unix(committed, 0)},
		{Typeflag: tar.TypeReg, Name: Folder + "/COMMIT", Mode: 0o664, Size: int64(len(text)), ModTime: time.Unix(committed, 0)},
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

// committed is the time of every commit, in seconds since 1970.
const committed = 1_761_134_400

// Date is the day of every commit.
func Date() string { return time.Unix(committed, 0).UTC().Format(time.DateOnly) }

var commitPattern = regexp.MustCompile(`^[0-9a-f]{40}$`)

// redirect answers OWNER/REPO/archive/REV.tar.gz.
func (f *Forge) redirect(w http.ResponseWriter, r *http.Request, name, file string) {
	commit, isTar := strings.CutSuffix(file, ".tar.gz")
	if !isTar || !f.repositories[name] || !commitPattern.MatchString(commit) {
		f.refuse(w, http.StatusNotFound, "no such archive")
		return
	}
	f.tally.redirects.Add(1)
	http.Redirect(w, r, "https://"+codeloadHost+"/"+name+"/tar.gz/"+commit, http.StatusFound)
}

// codeload answers OWNER/REPO/tar.gz/REV on the host of archives.
func (f *Forge) codeload(w http.ResponseWriter, r *http.Request, path string) {
	name, commit, ok := strings.Cut(path, "/tar.gz/")
	if r.Method != http.MethodGet || !ok || !f.repositories[name] || !commitPattern.MatchString(commit) {
		f.refuse(w, http.StatusNotFound, "no such archive")
		return
	}
	data, err := f.archive.of(commit)
	if err != nil {
		f.refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	f.tally.downloads.Add(1)
	w.Header().Set("Content-Type", "application/x-gzip")
	w.Write(data)
}
