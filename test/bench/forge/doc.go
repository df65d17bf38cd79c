// Package forge is a forge for benchmarks: github.com with as many repositories as are wished for, made up
// as they are asked for, in one process and without a disk. Package forgetest is the one for
// tests: it serves what real git makes, and starts processes for it.
//
// A client reaches it as it reaches any forge behind a proxy: HTTPS_PROXY names
// [Forge.ProxyURL], SSL_CERT_FILE a file with [Forge.Certificate].
//
// # What is served
//
// Repositories tree-sitter-grammars/language-00000 and so on, each with branches and version tags whose commits
// follow from their names alone; see [Commit].
//
//   - git smart HTTP, version 2 of the protocol alone, ls-refs alone: a client can
//     list refs and not fetch.
//   - github.com/OWNER/REPO/archive/REV.tar.gz, for any commit ID as REV, redirects to
//     codeload.github.com. Every archive holds the same files, but for the commit ID in its
//     header and in one file.
//
// Over HTTP/2 the forge allows 100 requests at once on one connection, as github.com does.
//
// # What is simulated
//
// The distance of the forge: everything for which a client must wait takes one round trip more. These are
// the connection (the answer to CONNECT stands for TCP's), the handshake of TLS 1.3, and each
// answer. So a new connection's first answer comes after three. Bandwidth, TCP's slow start, and what a
// forge needs to think are not simulated. The redirect and what it leads to are two
// answers of two hosts, hence of two connections.
package forge
