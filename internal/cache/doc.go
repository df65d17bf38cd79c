// Package cache keeps values in a directory for later runs: values that never change, and values that are checked
// before they are used again.
//
// A cache is only a convenience: a value that cannot be read or written is treated as absent, never as an error; the
// first such failure is reported to [Options.Log]. A nil [*Store] is a cache without values.
//
// # Files
//
// The directory has mode 0700, its files have mode 0600. The file of an entry is named by the SHA-256 of its key, as 64
// hexadecimal digits, so that the directory reveals no key. It contains
//
//	"pinfetch cache 1\n"      version of this format
//	32 bytes                  SHA-256 of the SHA-256 of the key, and the value
//	the value
//
// An entry that is damaged, truncated, in another format, or under the name of another key is treated as absent and
// removed.
//
// # Processes
//
// Any number of processes may use a directory at the same time, without locks. An entry is written to a temporary file
// and renamed, so that readers see a complete entry or none.
//
// # Limits
//
// A directory is limited in bytes and in entries. Pruning removes the least recently used entries (by modification
// time, which reads update) and temporary files of processes that were killed. It lists the whole
// directory, so writes prune at random, with a probability of their size divided by a sixteenth of the limit: about once
// for every sixteenth that is written. The entry's name decides, so pruning needs no state. The limit can be exceeded by
// about a sixteenth in the meantime.
package cache
