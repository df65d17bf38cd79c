package binarycache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// S3Options says where a bucket is and who asks.
type S3Options struct {
	Endpoint     string // host and perhaps port; default: Amazon's
	Region       string // default: us-east-1, as in Nix
	Scheme       string // https (default) or http
	AccessKey    string // "" for none
	SecretKey    string
	SessionToken string
	Transport    http.RoundTripper // default: minio's
	TempDir      string            // for files before they are put; default: the system's
	Tries        int               // of a request that fails temporarily; default: 4
}

// S3 is a Bucket in a bucket of S3 or of a server that speaks its language.
type S3 struct {
	client         *minio.Client
	bucket, prefix string
	tempDir        string
}

// NewS3 returns the Bucket below a prefix of a bucket. It sends nothing.
func NewS3(bucket, prefix string, o S3Options) (*S3, error) {
	client, err := minio.New(cmp.Or(o.Endpoint, "s3.amazonaws.com"), &minio.Options{
		Creds:  credentials.NewStaticV4(o.AccessKey, o.SecretKey, o.SessionToken),
		Secure: o.Scheme != "http", Transport: o.Transport, Region: cmp.Or(o.Region, "us-east-1"), MaxRetries: cmp.Or(o.Tries, 4),
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDestination, err)
	}
	return &S3{client, bucket, strings.Trim(prefix, "/"), o.TempDir}, nil
}

func (s *S3) key(key string) string { return path.Join(s.prefix, key) }

// Get implements [Bucket].
func (s *S3) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	body, _, _, err := (&minio.Core{Client: s.client}).GetObject(ctx, s.bucket, s.key(key), minio.GetObjectOptions{})
	if err != nil {
		return nil, explainS3(err)
	}
	return body, nil
}

// Size implements [Bucket].
func (s *S3) Size(ctx context.Context, key string) (int64, error) {
	info, err := s.client.StatObject(ctx, s.bucket, s.key(key), minio.StatObjectOptions{})
	return info.Size, explainS3(err)
}

// Create implements [Bucket] with a temporary file: a bucket wants to know the size and the name first.
func (s *S3) Create(context.Context) (Upload, error) {
	f, err := unnamed(cmp.Or(s.tempDir, os.TempDir()))
	if err != nil {
		return nil, err
	}
	return &s3Upload{&temporary{f}, s}, nil
}

// Delete implements [Bucket].
func (s *S3) Delete(ctx context.Context, key string) error {
	return explainS3(s.client.RemoveObject(ctx, s.bucket, s.key(key), minio.RemoveObjectOptions{}))
}

// List implements [Bucket].
func (s *S3) List(ctx context.Context, dir string) iter.Seq2[File, error] {
	prefix := ""
	if full := s.key(dir); full != "" && full != "." {
		prefix = full + "/"
	}
	return func(yield func(File, error) bool) {
		for object := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix}) {
			key := strings.TrimPrefix(strings.TrimPrefix(object.Key, s.prefix), "/")
			if strings.HasSuffix(key, "/") {
				continue
			}
			if !yield(File{key, object.Size, object.LastModified}, explainS3(object.Err)) || object.Err != nil {
				return
			}
		}
	}
}

// s3Upload is a temporary file until it is put.
type s3Upload struct {
	*temporary
	s3 *S3
}

// Restart implements [Upload].
func (u *s3Upload) Restart() error { return u.restart() }

// Commit implements [Upload].
func (u *s3Upload) Commit(ctx context.Context, key string) error {
	size, err := u.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := u.Seek(0, io.SeekStart); err != nil {
		return err
	}
	kind := "application/octet-stream"
	if strings.HasSuffix(key, ".narinfo") {
		kind = "text/x-nix-narinfo"
	}
	// Without TLS, minio would sign chunks, and some servers then serve the object with the Content-Encoding aws-chunked.
	options := minio.PutObjectOptions{ContentType: kind, DisableContentSha256: true}
	_, err = u.s3.client.PutObject(ctx, u.s3.bucket, u.s3.key(key), u.File, size, options)
	if err != nil {
		return fmt.Errorf("put %s: %w", key, explainS3(err))
	}
	return nil
}

// Abort implements [Upload].
func (u *s3Upload) Abort() { u.Close() }

// explainS3 gives an error its class: by what the server answered, or by why it did not.
func explainS3(err error) error {
	var network net.Error
	answer, ok := errors.AsType[minio.ErrorResponse](err)
	switch {
	case !ok && errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w: %w", web.ErrStalled, err)
	case !ok && errors.As(err, &network):
		return fmt.Errorf("%w: %w", web.ErrUnreachable, err)
	case !ok:
		return err
	}
	class := web.ErrStatus
	switch status := answer.StatusCode; {
	case answer.Code == minio.NoSuchBucket:
		class = ErrDestination
	case status == http.StatusNotFound:
		class = fs.ErrNotExist
	case status == http.StatusForbidden, status == http.StatusUnauthorized:
		class = ErrRefused
	case status == http.StatusTooManyRequests:
		class = web.ErrRateLimited
	case status >= http.StatusInternalServerError:
		class = web.ErrServer
	}
	return fmt.Errorf("%w: %s", class, terminal.Shorten(terminal.Clean(answer.Error(), ""), maxAnswer))
}

// maxAnswer is how many bytes of an answer an error shows.
const maxAnswer = 300
