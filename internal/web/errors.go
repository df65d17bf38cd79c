package web

import (
	"errors"
	"fmt"

	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Classes of errors. Those that another attempt may avoid are marked with [retry.Temporary].
var (
	ErrNotFound     = errors.New("not found")                           // 404, 410
	ErrUnauthorized = errors.New("access denied")                       // 401, 403, 407
	ErrRateLimited  = retry.Temporary(errors.New("rate limited"))       // 429, and what Options.RateLimit recognizes
	ErrUnreachable  = retry.Temporary(errors.New("host not reached"))   // DNS, connection, TLS, proxy
	ErrStalled      = retry.Temporary(errors.New("connection stalled")) // no byte for Options.Stall
	ErrSlow         = retry.Temporary(fmt.Errorf("connection is slower than %d bytes a second", MinSpeed))
	ErrInsecure     = errors.New("refused as insecure") // a redirect from https to another protocol, or an ErrCertificate
	ErrCertificate  = fmt.Errorf("certificate not trusted: %w", ErrInsecure)
	ErrTruncated    = retry.Temporary(errors.New("response broke off")) // connection lost within a body
	ErrServer       = retry.Temporary(errors.New("server failed"))      // 5xx
	ErrProtocol     = errors.New("unexpected response")                 // a response that makes no sense
	ErrTooLarge     = errors.New("response is too large")               // more bytes than a limit
	ErrRedirects    = errors.New("too many redirects")                  // more than MaxRedirects
	ErrPending      = retry.Temporary(errors.New("not ready"))          // 202
	ErrEmpty        = errors.New("empty answer")                        // 204, 205
	ErrStatus       = errors.New("unexpected status")                   // any other status
)

// maxCause is how many bytes are shown of an error that may quote a server.
const maxCause = 300

// brief makes the text of an error short and printable. Those of net/http quote certificates, headers and HTTP/2 frames.
type brief struct{ error }

func (b brief) Error() string { return terminal.Shorten(terminal.Clean(b.error.Error(), ""), maxCause) }
func (b brief) Unwrap() error { return b.error }
