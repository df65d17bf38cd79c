package hash_test

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// Another program hashes an archive's contents, as nixpkgs' fetchzip does.
func ExampleArchive() {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for name, body := range map[string]string{"tool-1.0/a": "one"} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(body))}); err != nil {
			log.Fatal(err)
		}
		w.Write([]byte(body))
	}
	w.Close()

	result, err := hash.Archive(context.Background(), &archive, hash.ArchiveOptions{StripRoot: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.SRI, result.Extension)
	// Output:
	// sha256-HcVk3yGnJ0aROA+OzX83xl/QC1XCxc6FHYodFdU3sLg= tar
}
