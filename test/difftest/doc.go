// Package difftest compares pkg/hash with the programs that it imitates: GNU tar,
// Info-ZIP's unzip, chmod and Nix.
//
// A seed determines a [Case], an archive or a directory tree. [Run] unpacks many
// cases with these programs as fetchzip does (nixpkgs, pkgs/build-support/fetchzip
// and pkgs/stdenv/generic/setup.sh), as an unprivileged user, and hashes the results
// with Nix. Then it calls hash.Archive, with stripRoot and without, or hash.Dir. Both
// sides must refuse the case, or both must give the same hash.
//
// Of every ten seeds,
//
//   - five make a tar of few, odd members, in the format v7, ustar, GNU or pax,
//     compressed or not;
//   - three make a zip;
//   - one makes a tar of a few MiB whose order of members makes hash.Archive
//     speculate and roll back;
//   - one makes a directory tree.
//
// Most cases are tame: their members do not conflict, so that more than half of the
// comparisons are of hashes. Wild cases may do anything. A case notes its features,
// and [Report] counts them.
//
// # Undetermined
//
// When GNU tar finds a symbolic link that leads out of the archive, it first writes
// an empty file as a placeholder and makes the link at the end. It recognizes
// placeholders by inode number. When a later member replaces a placeholder, the file
// system may give its number to the next file: tmpfs never does, ext4 does unless
// another process is faster. So tar's result, and the hash, may differ from run to
// run. hash.Archive refuses such archives with hash.ErrUndetermined if it matters,
// and Run counts them separately, believing neither side. Nothing else is counted as
// undetermined. One other race exists, damage to a compressed stream after the end of
// its archive, which hash.Archive refuses; no case has it.
package difftest
