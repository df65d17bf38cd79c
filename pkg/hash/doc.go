// Package hash computes, without Nix, the hashes that the fetchers of nixpkgs expect.
//
// There are two kinds of hash. [File] hashes a file's bytes, for fetchurl. Everything else
// hashes a Nix archive (NAR) with SHA-256: [Archive] for fetchzip and
// the fetchers built on it, [Dir] for fetchgit, [ExecutableFile] for fetchurl with executable = true.
//
// # What a NAR holds
//
// A NAR knows three things. A directory is its entries, in the byte
// order of their names; an empty one counts. A regular file is its bytes and
// whether its owner may execute it. A symbolic link is its target, byte for byte.
// Names are raw bytes. Times, owners, other permissions, extended attributes
// and the identity of hard links are not in it, and sockets, fifos and devices cannot be.
// It is written as strings, each a 64-bit little-endian length, the bytes, and zeros up to a
// multiple of eight:
//
//	archive   = "nix-archive-1" node
//	node      = "(" "type" ( regular | symlink | directory ) ")"
//	regular   = "regular" [ "executable" "" ] "contents" BYTES
//	symlink   = "symlink" "target" TARGET
//	directory = "directory" { "entry" "(" "name" NAME "node" node ")" }
//
// # What fetchzip makes of an archive
//
// fetchzip runs GNU tar or Info-ZIP's unzip as an ordinary user with umask 022, then
// "chmod -R +w", and with stripRoot takes the content of the one top-level directory, or makes a directory of
// one top-level file. Archive imitates each step on a tree in memory, warts
// included, and returns an [ErrRefused] wherever a step would fail: a hash that Nix will reject is worse than none.
// Nothing is ever made on disk under a name that an archive chose.
//
// Which program runs depends on fetchzip's extension argument (or else on the URL):
//
//   - .tar.xz, .tar.lzma, .txz: xz, then tar
//   - .tar, .tar.*, .tgz, .tbz2, .tbz: tar, which knows gzip, bzip2, xz, lzma, lzip and zstd by their first bytes
//   - .zip: unzip; any warning is a failure
//
// GNU tar, of which [ArchiveOptions] with an empty Extension and a tar's first bytes is the usual case:
//
//   - A file is executable if its mode has 0100. A hard link is the file that it names, which must come before it.
//   - Of several members with one name the last counts; a directory with something in it is not replaced.
//   - A member may lie behind an earlier relative symbolic link without "..". A link that
//     is absolute or has ".." is made at the end, and nothing can lie behind it.
//   - Leading slashes are dropped; a ".." in a name is refused. Parents are made as needed.
//   - A directory gets its mode once tar goes on to another: what comes later cannot go into a read-only one.
//   - Long names (GNU and pax), sparse files (GNU and pax), base-256 numbers and unknown types are as in GNU tar 1.34.
//   - The archive ends at a block of zeros or at the end of the stream; what follows is read and ignored.
//
// Info-ZIP's unzip 6.0:
//
//   - Modes and symbolic links are believed only of some systems: files that MS-DOS, Windows or macOS
//     made are executable in odd cases only, and their links become files (unix/unix.c, mapattr).
//   - Names are UTF-8 if flagged and if there is an extra field; of MS-DOS, code page 850 made into Latin-1; else raw bytes.
//   - Control characters, "." and ".." components and VMS version numbers are dropped.
//   - Refused: absolute names, backslashes for slashes, duplicates, encryption, bytes before the zip, no members,
//     overlapping members, headers that differ.
//
// # Bounds
//
// Contents are held in memory up to a bound, then in one file without a name.
// [Limits] bounds the download, the contents, the entries and the paths; streams that want
// dictionaries of more than 128 MiB are refused as an [ErrLimit].
package hash
