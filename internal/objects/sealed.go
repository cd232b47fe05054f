package objects

import (
	"errors"
	"net/http"
	"path"

	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/versity/versitygw/s3err"

	"ownsight"
	"ownsight/internal/kms"
)

// sealMark is the user metadata that marks a sealed object of the embedded
// server, with the key's ARN. Content alone proves nothing: anybody may upload
// a copy of a sealed file.
const sealMark = "ownsight-kms-key"

// place is what an object is sealed for. The file backend takes a key for a
// path, in which two slashes are one.
func place(bucket, key string) string { return path.Join(bucket, key) }

// encrypt has an upload kept encrypted with a key. Another server is asked to do
// it (SSE-KMS), and must know the key by its ARN; for the embedded one the
// client seals, so that parts of a large upload need no thought.
func (c *Client) encrypt(upload *transfermanager.UploadObjectInput, key *kms.Key) error {
	arn := key.ARN()
	if !c.seals {
		upload.ServerSideEncryption, upload.SSEKMSKeyID = types.ServerSideEncryptionAwsKms, &arn
		return nil
	}
	sealed, err := key.Seal(upload.Body, place(*upload.Bucket, *upload.Key))
	if err != nil {
		return err
	}
	upload.Body, upload.Metadata = sealed, map[string]string{sealMark: arn}
	return nil
}

// showKey says of a sealed object what S3 says of one with SSE-KMS.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_ResponseSyntax
func showKey(header http.Header) {
	arn := header.Get("X-Amz-Meta-" + sealMark)
	if arn == "" {
		return
	}
	header.Del("X-Amz-Meta-" + sealMark)
	header.Set("X-Amz-Server-Side-Encryption", "aws:kms")
	header.Set("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", arn)
}

// sealFailure is what a reader of a sealed object that does not open is told.
func sealFailure(err error) error {
	code := ""
	switch {
	case ownsight.CodeOf(err) == ownsight.AccessDenied:
		code = "KMS.DisabledException" // as S3 passes KMS's refusals on
	case errors.Is(err, kms.ErrDamaged):
		code = "KMS.InvalidCiphertextException"
	default:
		return err
	}
	return s3err.APIError{Code: code, Description: err.Error(), HTTPStatusCode: http.StatusBadRequest}
}
