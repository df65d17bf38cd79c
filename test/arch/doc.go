// Package arch checks the rules of this repository that no compiler checks:
//
//   - tables_test.go has the tables: which package may import which. A new
//     package fails the test until it has a row.
//   - imports_test.go checks the packages against the tables.
//   - world_test.go checks that only main.go prints, exits or reads the
//     environment.
//   - platforms_test.go checks that lint compiles every file for some platform.
//   - nix_test.go checks that Nix code fetches nothing during evaluation.
//   - documents_test.go checks links, and the list of dependencies.
package arch
