package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// The variables with credentials for S3, as Amazon's programs read them.
const (
	awsKeyID   = "AWS_ACCESS_KEY_ID"
	awsSecret  = "AWS_SECRET_ACCESS_KEY"
	awsSession = "AWS_SESSION_TOKEN"
)

// awsCredential signs requests to a bucket. The zero value is for buckets that everybody may read.
type awsCredential struct{ keyID, secret, session string }

// withAWS returns credentials with those for S3 in the environment, so that no message shows them. No host matches their names.
func (p *program) withAWS(c web.Credentials) (web.Credentials, error) {
	c = maps.Clone(c)
	for _, name := range []string{awsKeyID, awsSecret, awsSession} {
		c.Add(name, web.Credential{Password: p.getenv(name), Source: name})
	}
	return c, checkPrintable(c)
}

// aws finds the credential for a bucket: that of the profile, if one is named; else that of the environment; else that of
// AWS_PROFILE or the default profile.
func (p *program) aws(profile string) (awsCredential, error) {
	env := awsCredential{strings.TrimSpace(p.getenv(awsKeyID)), strings.TrimSpace(p.getenv(awsSecret)), strings.TrimSpace(p.getenv(awsSession))}
	if profile == "" && env.keyID != "" && env.secret != "" {
		return env, nil
	}
	named := cmp.Or(profile, p.getenv("AWS_PROFILE"))
	path := cmp.Or(p.getenv("AWS_SHARED_CREDENTIALS_FILE"), p.inHome(".aws", "credentials"))
	text, err := readSmall(path, maxConfig)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return awsCredential{}, sources.WithHint(fmt.Errorf("AWS credentials: %w", err), "make it a readable file of at most 1 MiB")
	}
	found, ok := awsProfile(text, cmp.Or(named, "default"))
	if !ok && named != "" {
		return awsCredential{}, sources.WithHint(usage("%q has no profile %q with a key", path, named),
			"check the name, or set %s and %s", awsKeyID, awsSecret)
	}
	for name, secret := range map[string]string{"aws key": found.keyID, "aws secret": found.secret, "aws session": found.session} {
		p.ui.credentials.Add(name, web.Credential{Password: secret, Source: path})
	}
	return found, checkPrintable(p.ui.credentials)
}

// awsProfile reads a section of a credentials file: "[name]", and lines "key = value".
func awsProfile(text, name string) (c awsCredential, ok bool) {
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			section = strings.TrimSpace(line[1 : len(line)-1])
		}
		key, value, found := strings.Cut(line, "=")
		if !found || section != name {
			continue
		}
		switch value = strings.TrimSpace(value); strings.ToLower(strings.TrimSpace(key)) {
		case "aws_access_key_id":
			c.keyID = value
		case "aws_secret_access_key":
			c.secret = value
		case "aws_session_token":
			c.session = value
		}
	}
	return c, c.keyID != "" && c.secret != ""
}
