// Package difftest compares pkg/hash with the programs that it imitates: GNU tar, Info-ZIP's unzip, chmod and Nix.
//
// A seed makes a [Case]: an archive or a directory tree, always the same one. [Run] unpacks many of them
// as fetchzip does (nixpkgs, pkgs/build-support/fetchzip and pkgs/stdenv/generic/setup.sh), with these programs, as a user
// without rights, and hashes with Nix what came of it. Then it asks hash.Archive or hash.Dir. What counts is only whether both
// refuse or both give the same hash, for an archive with stripRoot and without.
//
// There are four kinds of cases, for every ten seeds in turn:
//
//   - five tars of few and odd members, in each of the formats v7, ustar, GNU and pax, and compressed or not
//   - three zips
//   - one tar of some MiB, in one of several orders of its members, on which hash.Archive works ahead and has to go back
//   - one directory tree
//
// Most are tame, so that more than half of the comparisons are of hashes: their members do not stand in each other's
// way. A wild one may do anything. A case notes its features, and [Report] counts them.
//
// # Undetermined
//
// GNU tar writes an empty file where a link will be that leads out of the archive, and makes the link at the
// end. It knows these placeholders by the number of their inode. When a later
// member replaces a placeholder, its number is free, and what tar makes of the archive depends on whether the file
// system gives it to the next file: tmpfs never does, ext4 does unless another process comes first, so that the same archive
// gives this hash or that from run to run. hash.Archive refuses such an archive with
// hash.ErrUndetermined, where the answer matters, and Run counts it apart and believes neither. Nothing else is counted so. The only
// other race is not made: damage to a compressed stream behind the end of its archive, which hash.Archive refuses.
package difftest
