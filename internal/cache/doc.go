// Package cache keeps values in one folder for later runs: values that never change, and values that are asked
// about again before they are used.
//
// A cache is a convenience. What cannot be read or written is a value that is not there, never an error, and is told
// once to [Options.Log]. A nil [*Store] is a cache that holds nothing.
//
// # Files
//
// The folder has mode 0700, its files 0600. An entry is the file whose name is the SHA-256 of its key, in 64 hexadecimal
// digits: nothing of a key can be read from the folder. It holds
//
//	"pinfetch cache 1\n"      the version of this format
//	32 bytes                  SHA-256 of the SHA-256 of the key, and the value
//	the value
//
// An entry that is damaged, cut short, of another format, or another key's is not there, and is removed.
//
// # Processes
//
// Any number of processes may use a folder at once, without locks. An entry is written beside its place and renamed,
// so that a reader finds a whole one or none.
//
// # Bounds
//
// A folder holds a number of bytes and of entries. Pruning removes those that have not been used for longest (by
// the time of modification, which a read renews), and temporary files of processes that were killed.
// It lists the whole folder, so writes prune by chance: each with the odds of its size in a sixteenth of the bound, which
// is once for every sixteenth that is written. The dice are the entry's name, and so nothing needs to be remembered.
// Meanwhile the bound may be passed by about as much.
package cache
