// Package lock is the format of pins.json, the only file of a project that
// pinfetch changes.
//
// A lock is one JSON object (RFC 8259), UTF-8, indented by two spaces, with a final newline:
//
//	{
//	  "version": 1,
//	  "pins": {
//	    "tree-sitter/rust": {
//	      "source": { "type": "github", … },
//	      "frozen": true,
//	      "locked": { "rev", "date", "ref", "version" },
//	      "fetch": { "fetcher": "fetchFromGitHub", "args": { … }, "private": { "varPrefix": … } }
//	    }
//	  }
//	}
//
// source is the intent ([sources.Spec]): what the user asked for and nothing that
// was found out. locked holds facts about what it resolved to ([sources.Facts]), each of
// which may be absent. fetch is one complete call of one nixpkgs fetcher ([sources.Fetch] and
// its hash), or {"systems": {"x86_64-linux": {…}, …}} with one call for each
// system. frozen is absent unless true.
//
// The order is fixed: pins by name in byte order, keys as above, so that a
// change to one pin is one hunk of a diff.
//
// args holds, in this order, what nixpkgs calls them:
//
//	fetchurl         url hash executable? name?
//	fetchzip         url hash stripRoot extension name?
//	fetchgit         url rev hash fetchSubmodules fetchLFS? sparseCheckout? rootDir? name?
//	fetchFromGitHub  owner repo rev hash githubBase? name?
//
// A name is one or more components of [A-Za-z_][A-Za-z0-9_+-]* joined by "/":
// scopes and a name within them; see [ValidateName] and [File.Validate] for the names
// that are refused.
//
// The format holds no secrets. A reader refuses an unknown version, an unknown or
// repeated key, a malformed hash and anything after the object.
package lock
