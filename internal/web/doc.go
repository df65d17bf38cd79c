// Package web is the one HTTP client of the program.
//
// Requests go out as curl in nixpkgs' fetchurl (pkgs/build-support/fetchurl/builder.sh)
// sends them: no Accept-Encoding and no decoding of a Content-Encoding, cookies kept along
// one chain of redirects, at most 20 redirects. Beyond that:
//
//   - A redirect from https to http is refused.
//   - Credentials belong to one host. They are sent to it over https alone, and no redirect
//     takes them elsewhere.
//   - Transient faults (a connection that breaks, a stall, 408, 429, 5xx) are tried again with
//     exponential backoff and jitter, honouring Retry-After within [MaxRetryAfter].
//   - Nothing waits for ever: a server that sends no byte for [Options.Stall] has stalled. There
//     is no limit on the total time.
//   - Requests in flight to one host are limited. The first one goes alone, so that those that follow
//     share its connection where the server speaks HTTP/2.
//
// Errors carry no credentials, no query strings, and of a server's own text at most a
// few printable lines.
package web
