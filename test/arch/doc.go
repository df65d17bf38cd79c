// Package arch has the rules of this repository that no compiler checks, as tests:
// who may import whom, who may print, exit and read the environment, what Nix code may
// not call, and that the documents' links and list of dependencies are right.
//
// A package that is not in the table of layers fails the test: say there where it belongs.
package arch
