// Package lock reads and writes pins.json, the only file of a project that pinfetch changes.
//
// A lock is one JSON object (RFC 8259) in UTF-8, indented by two spaces, with a final newline:
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
// source is what the user asked for ([sources.Spec]) and nothing that was found out. frozen is omitted unless true.
// locked contains what is known about the resolution as a whole ([sources.Facts]); unknown facts are omitted.
//
// fetch is one complete call of one nixpkgs fetcher ([sources.Call]), or one call for each system:
// {"systems": {"x86_64-linux": {…}, …}}. private is omitted unless builds need credentials ([sources.Access]). args has
// these keys in this order, named as in nixpkgs; those marked "?" are omitted if zero:
//
//	fetchurl         url hash executable? name?
//	fetchzip         url hash stripRoot extension name?
//	fetchgit         url rev hash fetchSubmodules fetchLFS? sparseCheckout? rootDir? name?
//	fetchFromGitHub  owner repo rev hash githubBase? name?
//
// Pins are sorted by name in byte order, systems likewise, and all other keys have the order shown here, so that a change
// to one pin is one hunk of a diff.
//
// A pin's name is one or more components that match [A-Za-z_][A-Za-z0-9_+-]*, joined by "/": scopes, and a name within
// them. [ValidateName] and [File.Validate] refuse some of these names.
//
// A lock contains no secrets. [Parse] accepts any layout and order of keys, but refuses an unknown version, an unknown or
// duplicate key, null, a malformed hash, credentials, and anything after the object. All other values concern one pin only:
// [Pin.Validate] checks them, and [Parse] and [File.Format] keep those that are invalid as they are.
package lock
