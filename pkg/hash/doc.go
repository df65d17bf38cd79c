// Package hash computes, without Nix, the hashes that the fetchers of nixpkgs expect.
//
// There are two kinds of hashes. [File] hashes the bytes of a file, for fetchurl. Everything else
// hashes a Nix archive (NAR): [Archive] for fetchzip and
// the fetchers built on it, [Dir] for fetchgit, [ExecutableFile] for fetchurl with executable = true.
//
// # The NAR format
//
// A NAR holds three kinds of nodes. A directory is its entries, in the byte order of their names; it may be empty. A
// regular file is its bytes and whether its owner may execute it. A symbolic link is its target, byte for byte. Names
// are raw bytes. A NAR does not hold times, owners, other permissions, extended attributes or the identity of hard
// links, and it cannot hold sockets, fifos or devices. It is a sequence of strings, each written as a 64-bit
// little-endian length, the bytes, and zeros up to a multiple of eight bytes:
//
//	archive   = "nix-archive-1" node
//	node      = "(" "type" ( regular | symlink | directory ) ")"
//	regular   = "regular" [ "executable" "" ] "contents" BYTES
//	symlink   = "symlink" "target" TARGET
//	directory = "directory" { "entry" "(" "name" NAME "node" node ")" }
//
// # How fetchzip unpacks an archive
//
// fetchzip runs GNU tar or Info-ZIP's unzip as an ordinary user with umask 022, then
// "chmod -R +w". With stripRoot it takes the contents of the only top-level directory; if the only top-level
// entry is a file, it makes a directory with this file. Archive imitates each step on a tree in memory, including
// the bugs, and returns an [ErrRefused] wherever a step would fail: no hash is better than one that Nix rejects.
// It never creates a file under a name from an archive.
//
// The program depends on fetchzip's extension argument, or else on the URL:
//
//   - .tar.xz, .tar.lzma, .txz: xz, then tar
//   - .tar, .tar.*, .tgz, .tbz2, .tbz: tar, which recognises gzip, bzip2, xz, lzma, lzip and zstd by their first bytes
//   - .zip: unzip; any warning is a failure
//
// With an empty Extension in [ArchiveOptions], Archive chooses by the first bytes of the content.
//
// GNU tar 1.34:
//
//   - A file is executable if its mode has 0100. A hard link is the file that it names, which must precede it.
//   - The last of several members with one name counts. A directory that is not empty is never replaced.
//   - A member's path may lead through an earlier relative symbolic link without "..". A link that
//     is absolute or has ".." is made at the end, and no path can lead through it.
//   - Leading slashes are dropped. A name with ".." is refused. Missing parents are made.
//   - A directory gets its mode when tar continues outside it. Later members cannot be written to a read-only directory.
//   - Long names (GNU and pax), sparse files (GNU and pax), base-256 numbers and unknown types are treated as GNU tar does.
//   - The archive ends at a block of zeros or at the end of the stream. The rest is read and ignored.
//
// Info-ZIP's unzip 6.0:
//
//   - Modes and symbolic links count only in zips made on Unix, and on DOS if they agree with the DOS attributes. Elsewhere, files
//     are not executable and links become files (unix/unix.c, mapattr).
//   - Names are UTF-8 if they are flagged as such and there is an extra field. Names of DOS are converted from code page 850 to Latin-1.
//     Other names are raw bytes.
//   - Control characters, "." and ".." components and VMS version numbers are dropped.
//   - Refused are absolute names, backslashes instead of slashes, duplicates, encryption, bytes before the zip, empty zips,
//     overlapping members, and headers that differ.
//   - Zips made on systems other than DOS, Windows, Unix and macOS are refused as [ErrUnsupported].
//
// # Limits
//
// Contents stay in memory up to a limit; the rest is written to one unnamed file.
// [Limits] bounds the download, the contents, the entries and the paths. A stream that needs a
// dictionary of more than 128 MiB is refused with an [ErrLimit].
package hash
