package objects_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/objects"
)

// The callers of the matrix, all of the first account. The policies name no
// bucket: which bucket it is must decide by itself.
const (
	allowAll    = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	denySecrets = `{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::*/secret/*"}`
	readPhotos  = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::*/photos/*"},
		{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringLike":{"s3:prefix":"photos/*"}}}`
)

// The buckets of the matrix, in the order of a row's signs.
var matrixBuckets = []struct {
	name, owner, policy string // the policy has ACCOUNT, USERS and BUCKET to fill in
}{
	{"own", first, ""},
	{"own, its policy names the users", first, `{"Effect":"Allow","Principal":{"AWS":USERS},"Action":"s3:*","Resource":BUCKET}`},
	{"own, its policy allows the account", first, `{"Effect":"Allow","Principal":{"AWS":ACCOUNT},"Action":"s3:*","Resource":BUCKET}`},
	{"own, its policy denies the account secrets", first, `{"Effect":"Deny","Principal":{"AWS":ACCOUNT},"Action":"s3:GetObject","Resource":SECRETS}`},
	{"other's", other, ""},
	{"other's, its policy allows the account", other, `{"Effect":"Allow","Principal":{"AWS":ACCOUNT},"Action":"s3:*","Resource":BUCKET}`},
	{"other's, its policy names the users", other, `{"Effect":"Allow","Principal":{"AWS":USERS},"Action":"s3:*","Resource":BUCKET}`},
	{"other's, its policy allows a third account", other, `{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"s3:*","Resource":BUCKET}`},
}

// A row's signs: + done, - refused, 1 only the first of two objects.
var matrix = []struct {
	operation                           string
	do                                  func(t *testing.T, c *s3.Client, bucket string) (string, error)
	root, none, reader, full, noSecrets string
}{
	//                                           own policies: -, users, account, denies; other's: -, account, users, third
	{"get", get("photos/a"), "++++-+--", "-+------", "++++-++-", "++++-++-", "++++-++-"},
	{"get a secret", get("secret/a"), "+++--+--", "-+------", "-+------", "+++--++-", "--------"},
	{"head", head("photos/a"), "++++-+--", "-+------", "++++-++-", "++++-++-", "++++-++-"},
	{"presigned get", presigned("photos/a"), "++++-+--", "-+------", "++++-++-", "++++-++-", "++++-++-"},
	{"presigned get of a secret", presigned("secret/a"), "+++--+--", "-+------", "-+------", "+++--++-", "--------"},
	{"presigned put", presignedPut("photos/new"), "++++-+--", "-+------", "-+------", "++++-++-", "++++-++-"},
	{"put", put("photos/new"), "++++-+--", "-+------", "-+------", "++++-++-", "++++-++-"},
	{"put a secret", put("secret/new"), "++++-+--", "-+------", "-+------", "++++-++-", "--------"},
	{"delete", remove("photos/x"), "++++-+--", "-+------", "-+------", "++++-++-", "++++-++-"},
	{"delete two", removeTwo("photos/x", "secret/x"), "++++-+--", "-+------", "-+------", "++++-++-", "1111-11-"},
	{"copy", duplicate("photos/a", "photos/copy"), "++++-+--", "-+------", "-+------", "++++-++-", "++++-++-"},
	{"copy a secret", duplicate("secret/a", "photos/copy"), "+++--+--", "-+------", "-+------", "+++--++-", "--------"},
	{"copy to a secret", duplicate("photos/a", "secret/copy"), "++++-+--", "-+------", "-+------", "++++-++-", "--------"},
	{"upload in parts", inParts("photos/big"), "++++-+--", "-+------", "-+------", "++++-++-", "++++-++-"},
	{"upload a secret in parts", inParts("secret/big"), "++++-+--", "-+------", "-+------", "++++-++-", "--------"},
	{"list below a prefix", list("photos/"), "++++-+--", "-+------", "++++-++-", "++++-++-", "++++-++-"},
	{"list all", list(""), "++++-+--", "-+------", "-+------", "++++-++-", "++++-++-"},
	{"head of the bucket", headBucket, "++++-+--", "-+------", "-+------", "++++-++-", "++++-++-"},
	{"versioning of the bucket", versioning, "++++-+--", "-+------", "-+------", "++++-++-", "++++-++-"},
	{"read the bucket's policy", bucketPolicy, "++++----", "-+------", "-+------", "++++----", "++++----"},
}

func TestEveryCallerOperationAndBucket(t *testing.T) {
	callers := []ownsight.Principal{
		root(first),
		user(t, first, "none"),
		user(t, first, "reader", readPhotos),
		user(t, first, "full", allowAll),
		user(t, first, "no-secrets", allowAll, denySecrets),
	}
	var buckets []string
	for _, b := range matrixBuckets {
		buckets = append(buckets, matrixBucket(t, b.owner, b.policy, callers[1:]))
	}
	cells := 0
	for _, row := range matrix {
		for i, signs := range []string{row.root, row.none, row.reader, row.full, row.noSecrets} {
			require.Len(t, signs, len(buckets), row.operation)
			client := api(callers[i])
			for j, bucket := range buckets {
				sign, err := row.do(t, client, bucket)
				require.Equal(t, string(signs[j]), sign, "%s: %s in the bucket %q: %v", callers[i].ARN(), row.operation, matrixBuckets[j].name, err)
				cells++
			}
		}
	}
	t.Logf("%d cells", cells)
}

func matrixBucket(t *testing.T, owner, policy string, users []ownsight.Principal) string {
	inside := embedded.Store().As(root(owner))
	bucket := "matrix-" + uuid.NewString()
	require.NoError(t, inside.EnsureBucket(t.Context(), bucket))
	for _, key := range []string{"photos/a", "secret/a"} {
		_, err := inside.Put(t.Context(), bucket, key, strings.NewReader(key), objects.PutOptions{})
		require.NoError(t, err)
	}
	if policy == "" {
		return bucket
	}
	var arns []string
	for _, u := range users {
		arns = append(arns, `"`+u.ARN()+`"`)
	}
	setPolicy(t, owner, bucket, strings.NewReplacer(
		"ACCOUNT", `"`+root(first).ARN()+`"`, "USERS", "["+strings.Join(arns, ",")+"]",
		"BUCKET", fmt.Sprintf(`["arn:aws:s3:::%s","arn:aws:s3:::%s/*"]`, bucket, bucket), "SECRETS", fmt.Sprintf(`"arn:aws:s3:::%s/secret/*"`, bucket),
	).Replace(policy))
	return bucket
}

func setPolicy(t testing.TB, owner, bucket, statements string) {
	t.Helper()
	document := `{"Version":"2012-10-17","Statement":[` + statements + `]}`
	_, err := api(root(owner)).PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &document})
	require.NoError(t, err)
}

// sign tells a refusal from anything else that may go wrong.
func sign(err error) (string, error) {
	var said smithy.APIError
	var response *awshttp.ResponseError
	switch {
	case err == nil:
		return "+", nil
	case errors.As(err, &said) && said.ErrorCode() == "AccessDenied":
		return "-", err
	case errors.As(err, &said) && said.ErrorCode() == "Forbidden" && errors.As(err, &response) && response.HTTPStatusCode() == http.StatusForbidden:
		return "-", err // HEAD has no body
	}
	return "?", err
}

type operation = func(*testing.T, *s3.Client, string) (string, error)

func get(key string) operation {
	return func(t *testing.T, c *s3.Client, bucket string) (string, error) {
		out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err == nil {
			content, err := io.ReadAll(out.Body)
			require.NoError(t, errors.Join(err, out.Body.Close()))
			require.Equal(t, key, string(content))
		}
		return sign(err)
	}
}

func head(key string) operation {
	return func(t *testing.T, c *s3.Client, bucket string) (string, error) {
		_, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
		return sign(err)
	}
}

func put(key string) operation {
	return func(t *testing.T, c *s3.Client, bucket string) (string, error) {
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("x")})
		return sign(err)
	}
}

func presigned(key string) operation {
	return func(t *testing.T, c *s3.Client, bucket string) (string, error) {
		request, err := s3.NewPresignClient(c).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		require.NoError(t, err)
		return follow(t, http.MethodGet, request.URL)
	}
}

func presignedPut(key string) operation {
	return func(t *testing.T, c *s3.Client, bucket string) (string, error) {
		request, err := s3.NewPresignClient(c).PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key})
		require.NoError(t, err)
		return follow(t, http.MethodPut, request.URL)
	}
}

// follow opens a URL as anybody can who has it.
func follow(t *testing.T, method, url string) (string, error) {
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, errors.Join(err, answer.Body.Close()))
	switch {
	case answer.StatusCode == http.StatusOK:
		return "+", nil
	case answer.StatusCode == http.StatusForbidden && strings.Contains(string(content), "<Code>AccessDenied</Code>"):
		return "-", nil
	}
	return "?", fmt.Errorf("%d: %s", answer.StatusCode, content)
}

func remove(key string) operation {
	return func(t *testing.T, c *s3.Client, bucket string) (string, error) {
		_, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
		return sign(err)
	}
}

func removeTwo(one, two string) operation {
	return func(t *testing.T, c *s3.Client, bucket string) (string, error) {
		out, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{
			Objects: []types.ObjectIdentifier{{Key: &one}, {Key: &two}},
		}})
		if err != nil {
			return sign(err)
		}
		var refused []string
		for _, e := range out.Errors {
			require.Equal(t, "AccessDenied", *e.Code)
			refused = append(refused, *e.Key)
		}
		switch {
		case len(refused) == 0:
			return "+", nil
		case slices.Equal(refused, []string{two}):
			return "1", nil
		case len(refused) == 2:
			return "-", nil
		}
		return "?", fmt.Errorf("refused: %v", refused)
	}
}

func duplicate(from, to string) operation {
	return func(t *testing.T, c *s3.Client, bucket string) (string, error) {
		_, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &bucket, Key: &to, CopySource: aws.String(bucket + "/" + from)})
		return sign(err)
	}
}

// inParts uploads a part, copies another, lists them and makes an object of
// one; and gives up a second upload. Each step must meet the same answer.
func inParts(key string) operation {
	return func(t *testing.T, c *s3.Client, bucket string) (string, error) {
		var upload s3.CreateMultipartUploadOutput
		create := func() error {
			out, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
			if err == nil {
				upload = *out
			} else {
				upload.UploadId = aws.String(uuid.NewString())
			}
			return err
		}
		creating := create()
		_, uploading := c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: &bucket, Key: &key, UploadId: upload.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("x")})
		part, copying := c.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{Bucket: &bucket, Key: &key, UploadId: upload.UploadId, PartNumber: aws.Int32(2), CopySource: aws.String(bucket + "/photos/a")})
		_, listing := c.ListParts(t.Context(), &s3.ListPartsInput{Bucket: &bucket, Key: &key, UploadId: upload.UploadId})
		var parts []types.CompletedPart
		if copying == nil {
			parts = append(parts, types.CompletedPart{PartNumber: aws.Int32(2), ETag: part.CopyPartResult.ETag})
		}
		_, completing := c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{Bucket: &bucket, Key: &key, UploadId: upload.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}})
		creatingAgain := create()
		_, aborting := c.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: &key, UploadId: upload.UploadId})
		answer, err := sign(creating)
		for i, err := range []error{uploading, copying, listing, completing, creatingAgain, aborting} {
			again, _ := sign(err)
			require.Equal(t, answer, again, "step %d: %v", i, err)
		}
		return answer, err
	}
}

func list(prefix string) operation {
	return func(t *testing.T, c *s3.Client, bucket string) (string, error) {
		in := s3.ListObjectsV2Input{Bucket: &bucket}
		if prefix != "" {
			in.Prefix = &prefix
		}
		_, err := c.ListObjectsV2(t.Context(), &in)
		return sign(err)
	}
}

func headBucket(t *testing.T, c *s3.Client, bucket string) (string, error) {
	_, err := c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &bucket})
	return sign(err)
}

func versioning(t *testing.T, c *s3.Client, bucket string) (string, error) {
	_, err := c.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: &bucket})
	return sign(err)
}

func bucketPolicy(t *testing.T, c *s3.Client, bucket string) (string, error) {
	_, err := c.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &bucket})
	var said smithy.APIError
	if errors.As(err, &said) && said.ErrorCode() == "NoSuchBucketPolicy" {
		err = nil
	}
	return sign(err)
}
