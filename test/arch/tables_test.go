package arch

// Paths in these tables are relative to the module. Test files are exempt: they
// may import anything.

// layer says which packages a package may import. Patterns are those of
// path.Match.
type layer struct {
	pkg     string
	imports []string
}

// product has the packages that ship, lowest first: a package may import only
// packages of earlier rows.
var product = []layer{
	{"pkg/lazyregexp", nil},
	{"pkg/redact", []string{"pkg/lazyregexp"}},
	{"pkg/terminal", nil},
	{"pkg/hash/internal/fault", nil},
	{"pkg/hash/internal/inflate", nil},
	{"pkg/hash/internal/input", []string{"pkg/hash/internal/fault"}},
	{"pkg/hash/internal/spool", nil},
	{"pkg/hash/internal/tree", []string{"pkg/hash/internal/fault"}},
	{"pkg/hash/internal/decompress", []string{"pkg/hash/internal/fault", "pkg/hash/internal/inflate", "pkg/hash/internal/input", "pkg/hash/internal/spool"}},
	{"pkg/hash/internal/nar", []string{"pkg/hash/internal/fault", "pkg/hash/internal/tree"}},
	{"pkg/hash/internal/untar", []string{"pkg/hash/internal/fault", "pkg/hash/internal/spool", "pkg/hash/internal/tree"}},
	{"pkg/hash/internal/unzip", []string{"pkg/hash/internal/fault", "pkg/hash/internal/inflate", "pkg/hash/internal/tree"}},
	{"pkg/hash/internal/format", []string{"pkg/hash/internal/decompress", "pkg/hash/internal/fault", "pkg/hash/internal/untar", "pkg/hash/internal/unzip"}},
	{"pkg/hash", []string{"pkg/hash/internal/*"}},
	{"pkg/sources/internal/version", []string{"pkg/lazyregexp"}},
	{"pkg/sources", []string{"pkg/hash", "pkg/lazyregexp", "pkg/redact", "pkg/sources/internal/version", "pkg/terminal"}},
	{"pkg/sources/internal/newest", []string{"pkg/sources", "pkg/sources/internal/version"}},
	{"pkg/sources/internal/template", []string{"pkg/sources", "pkg/lazyregexp"}},
	{"pkg/sources/internal/follow", []string{"pkg/lazyregexp", "pkg/redact", "pkg/sources", "pkg/sources/internal/newest", "pkg/sources/internal/version"}},
	{"pkg/sources/internal/registry", []string{"pkg/hash", "pkg/lazyregexp", "pkg/redact", "pkg/sources", "pkg/sources/internal/newest", "pkg/sources/internal/version", "pkg/terminal"}},
	{"pkg/sources/internal/forge", []string{"pkg/lazyregexp", "pkg/redact", "pkg/sources", "pkg/sources/internal/follow"}},
	{"pkg/sources/internal/page", []string{"pkg/lazyregexp", "pkg/redact", "pkg/sources", "pkg/sources/internal/newest", "pkg/sources/internal/registry", "pkg/sources/internal/version"}},
	{"pkg/sources/internal/release", []string{"pkg/hash", "pkg/lazyregexp", "pkg/redact", "pkg/sources", "pkg/sources/internal/follow", "pkg/sources/internal/newest", "pkg/sources/internal/template", "pkg/sources/internal/version", "pkg/terminal"}},
	{"pkg/sources/*", []string{"pkg/hash", "pkg/lazyregexp", "pkg/redact", "pkg/sources", "pkg/sources/internal/*"}},
	{"pkg/lock", []string{"pkg/hash", "pkg/lazyregexp", "pkg/redact", "pkg/sources", "pkg/terminal"}},

	{"internal/nearest", nil},
	{"internal/retry", nil},
	{"internal/cache", []string{"pkg/lazyregexp"}},
	{"internal/importer", []string{"pkg/hash", "pkg/lazyregexp", "pkg/redact", "pkg/sources", "pkg/terminal"}},
	{"internal/config", []string{"pkg/lock", "pkg/sources", "pkg/terminal"}},
	{"internal/web", []string{"internal/retry", "pkg/lazyregexp", "pkg/redact", "pkg/terminal"}},
	{"internal/gitrefs", []string{"internal/web", "pkg/redact", "pkg/sources", "pkg/terminal"}},
	{"internal/gitcmd", []string{"internal/gitrefs", "internal/retry", "internal/web", "pkg/lazyregexp", "pkg/redact", "pkg/sources", "pkg/terminal"}},
	{"internal/prefetch", []string{"internal/cache", "internal/gitcmd", "internal/retry", "internal/web", "pkg/hash", "pkg/lazyregexp", "pkg/redact", "pkg/sources"}},
	{"internal/engine", []string{"internal/nearest", "internal/prefetch", "pkg/hash", "pkg/lock", "pkg/redact", "pkg/sources"}},
	{"internal/markdown", []string{"pkg/lazyregexp", "pkg/terminal"}},
	{"internal/bot/body", []string{"internal/markdown", "pkg/lazyregexp", "pkg/sources", "pkg/terminal"}},
	{"internal/bot", []string{"internal/bot/body", "internal/engine", "internal/gitcmd", "internal/markdown", "internal/web", "pkg/hash", "pkg/lock", "pkg/redact", "pkg/sources"}},
	{"internal/bot/github", []string{"internal/bot", "internal/web", "pkg/sources"}},
	{"internal/bot/gitlab", []string{"internal/bot", "internal/retry", "internal/web", "pkg/redact", "pkg/sources"}},
	{"internal/bot/gitea", []string{"internal/bot", "internal/retry", "internal/web", "pkg/sources", "pkg/terminal"}},
	{"internal/storepath", []string{"pkg/hash", "pkg/sources"}},
	{"internal/nixstore", []string{"pkg/terminal"}},
	{"internal/binarycache", []string{"internal/storepath", "internal/web", "pkg/terminal"}},
	{"internal/mirror", []string{"internal/binarycache", "internal/engine", "internal/gitcmd", "internal/gitrefs", "internal/prefetch", "internal/storepath", "internal/web", "pkg/hash", "pkg/lock", "pkg/sources"}},

	{"nix", nil},
	{"cmd/pinfetch", []string{"internal/*", "internal/bot/*", "nix", "pkg/*", "pkg/sources/*"}},
}

// gear has the packages that do not ship: tests, benchmarks, the demo, and what
// they need.
var gear = []layer{
	{"test/arch", nil},
	{"test/built", nil},
	{"test/nixtest", nil},
	{"test/forgetest", nil},
	{"test/forgetest/synthetic", nil},
	{"test/forgetest/cmd/forge", []string{"test/forgetest"}},
	{"test/dial", []string{"internal/gitcmd", "internal/web", "test/forgetest"}},
	{"test/toykind", []string{"pkg/redact", "pkg/sources"}},
	{"pkg/sources/sourcestest", []string{"pkg/sources", "pkg/terminal"}},
	{"test/registrytest", []string{"internal/web", "pkg/sources", "pkg/sources/sourcestest", "pkg/terminal", "test/dial", "test/forgetest"}},
	{"test/demo", []string{"test/forgetest"}},
	{"test/bench", []string{
		"internal/gitrefs", "internal/web", "nix", "pkg/hash", "pkg/lock", "pkg/sources", "pkg/sources/*", "test/forgetest", "test/forgetest/synthetic",
	}},
	{"test/difftest", []string{"pkg/hash"}},
	{"test/difftest/cmd/difftest", []string{"test/difftest"}},
}

// wall forbids imports whatever the layers allow, with the exceptions that still
// exist. A test fails when an exception is no longer needed: delete it then.
type wall struct {
	from   []string // prefixes of importing packages
	to     string   // prefix of imported packages
	reason string
	except []string // "IMPORTING imports IMPORTED"
}

var walls = []wall{
	{[]string{"pkg/"}, "internal/", "pkg/ is for other programs", nil},
	{[]string{"cmd/", "internal/", "nix", "pkg/"}, "test/", "test gear does not ship", nil},
}

// owners says which packages may import anything that begins with a prefix. A
// package that ends in a slash stands for everything below it.
var owners = []struct {
	prefix string
	pkgs   []string
}{
	{"github.com/urfave/cli", []string{"cmd/pinfetch"}},
	{"github.com/BurntSushi/toml", []string{"internal/importer"}},
	{"github.com/google/go-github", []string{"internal/bot/github", "pkg/sources/github"}},
	{"gitlab.com/gitlab-org/api/client-go", []string{"internal/bot/gitlab", "test/forgetest"}},
	{"code.gitea.io/sdk/gitea", []string{"internal/bot/gitea"}},
	{"github.com/getkin/kin-openapi", []string{"test/forgetest"}},
	{"github.com/minio/minio-go", []string{"internal/binarycache"}},
	{"github.com/nix-community/go-nix", []string{"internal/binarycache", "internal/storepath", "pkg/hash"}},
	{"github.com/cenkalti/backoff", []string{"internal/retry"}},
	{"github.com/theory/jsonpath", []string{"pkg/sources/internal/page"}},
	{"os/exec", []string{"internal/gitcmd", "internal/nixstore", "test/"}},
	{"github.com/yuin/goldmark", nil}, // tests only
	{"testing", []string{"pkg/sources/sourcestest", "test/built", "test/dial", "test/nixtest", "test/registrytest"}},
}

// pureImports are the only packages outside the standard library that pkg/hash
// may import: decompressors, encodings, and Go's own repositories. From the
// standard library it may not import anything that reaches a network.
var pureImports = []string{
	"github.com/klauspost/compress/", "github.com/mikelolasagasti/xz", "github.com/sorairolake/lzip-go",
	"github.com/ulikunitz/xz", "github.com/nix-community/go-nix/", "golang.org/x/",
}

// vagueNames are package names that say nothing.
var vagueNames = []string{"base", "common", "helper", "helpers", "misc", "shared", "types", "util", "utils"}
