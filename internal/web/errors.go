package web

import (
	"errors"

	"github.com/pinfetch/pinfetch/internal/retry"
)

// Classes of errors. Those that another attempt may avoid are marked with [retry.Temporary].
var (
	ErrNotFound     = errors.New("not found")                           // 404, 410
	ErrUnauthorized = errors.New("access denied")                       // 401, 403, 407
	ErrRateLimited  = retry.Temporary(errors.New("rate limited"))       // 429, and what Options.RateLimit recognizes
	ErrUnreachable  = retry.Temporary(errors.New("host not reached"))   // DNS, connection, TLS, proxy
	ErrStalled      = retry.Temporary(errors.New("connection stalled")) // no byte for Options.Stall
	ErrInsecure     = errors.New("refused as insecure")                 // https to http, bad certificate
	ErrTruncated    = retry.Temporary(errors.New("response broke off")) // connection lost within a body
	ErrServer       = retry.Temporary(errors.New("server failed"))      // 5xx
	ErrProtocol     = errors.New("unexpected response")                 // a response that makes no sense
	ErrTooLarge     = errors.New("response is too large")               // more bytes than a limit
	ErrRedirects    = errors.New("too many redirects")                  // more than MaxRedirects
	ErrStatus       = errors.New("unexpected status")                   // any other status
)
