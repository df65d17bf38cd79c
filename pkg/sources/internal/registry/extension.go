package registry

import (
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Universal is the platform of extensions of Visual Studio Code that run everywhere.
const Universal = "universal"

// SplitExtension divides the ID of an extension of Visual Studio Code, PUBLISHER/NAME or PUBLISHER.NAME. The error is a
// [sources.ErrInvalid].
func SplitExtension(id string) (publisher, name string, err error) {
	end := strings.IndexAny(id, "/.")
	if end < 0 {
		return "", "", sources.Invalid("%q is not PUBLISHER/NAME", redact.Reference(id))
	}
	return id[:end], id[end+1:], nil
}

// extensionPattern is the form of publishers and names of extensions (microsoft/vscode-vsce, src/validation.ts), and of Open
// VSX's namespaces, which may have underscores.
var extensionPattern = lazyregexp.New(`^[0-9A-Za-z][0-9A-Za-z_-]*$`)

// ValidateExtension refuses what cannot be the ID of an extension. The error is a [sources.ErrInvalid].
func ValidateExtension(publisher, name string) error {
	const what = "a VS Code marketplace"
	if err := ValidateName(publisher, extensionPattern, what); err != nil {
		return err
	}
	return ValidateName(name, extensionPattern, what)
}
