package forge

import "regexp"

var bitbucket = forge{generated: regexp.MustCompile(`^https?://bitbucket\.org/[^/]+/[^/]+/get/`)}
