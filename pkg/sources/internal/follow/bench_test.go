package follow_test

import (
	"fmt"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
)

// BenchmarkResolve finds the newest of twenty versions.
func BenchmarkResolve(b *testing.B) {
	names := ""
	for i := range 20 {
		names += fmt.Sprintf("v1.%d.0 ", i)
	}
	refs, t := tagsOf(names), sources.Tracking{Tags: "v*"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := follow.Resolve(refs, t); err != nil {
			b.Fatal(err)
		}
	}
}
