// Package web is the one HTTP client of the program.
//
// It sends requests as curl does in nixpkgs' fetchurl (pkgs/build-support/fetchurl/builder.sh): without
// Accept-Encoding, without decoding a Content-Encoding, with cookies kept for one chain of redirects, and with at
// most 20 redirects. In addition:
//
//   - A redirect from https to http is refused.
//   - A credential is sent to its own host only, over https or to this machine, and does not follow a redirect to another
//     host.
//   - Requests that fail temporarily (a broken connection, a stall, 408, 429, 5xx) are retried with exponential
//     backoff and jitter, those that write only as [Request.Once] allows. Retry-After is honored up to [MaxRetryAfter].
//   - A server that sends no byte for [Options.Stall] has stalled. One that keeps below [MinSpeed] for twice that time
//     is too slow. The total time is not limited.
//   - Only status 200 and 203 are success: 202, 204, 205 and 206 do not hold what was asked for.
//   - The number of concurrent requests to one host is limited. The first request to a host is sent alone, so that
//     later ones can share its connection if the server speaks HTTP/2.
//
// Errors contain no credentials, no query strings, and at most a few printable lines of a server's own text.
package web
