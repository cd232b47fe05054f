package sdk

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"ownsight/internal/audit"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// trail reads the records of a server as they come.
type trail struct {
	dir string
	was int
}

// since gives the records that have come since it was asked last.
func (tr *trail) since(t *testing.T) (fresh []audit.Record) {
	t.Helper()
	var all []audit.Record
	spoiled, err := audit.Reader{Dir: tr.dir}.Read(t.Context(), func(_ []byte, r *audit.Record) error {
		all = append(all, *r)
		return nil
	})
	require.NoError(t, err)
	require.Zero(t, spoiled)
	fresh, tr.was = all[tr.was:], len(all)
	return fresh
}

// one demands that there is one new record, and what is in it.
func (tr *trail) one(t *testing.T, who, source, operation, code string, arns ...string) *audit.Record {
	t.Helper()
	fresh := tr.since(t)
	require.Len(t, fresh, 1, "%+v", fresh)
	r := &fresh[0]
	require.Equal(t, []string{who, source + ".amazonaws.com", operation, code},
		[]string{r.Identity.ARN, r.Source, r.Name, r.ErrorCode})
	var named []string
	for _, resource := range r.Resources {
		named = append(named, resource.ARN)
	}
	for _, arn := range arns {
		require.Contains(t, named, arn)
	}
	require.NotEmpty(t, r.RequestID)
	require.NotEmpty(t, r.ID)
	require.Equal(t, "127.0.0.1", r.Address)
	require.WithinDuration(t, time.Now(), r.When(), server.Patience)
	return r
}

// TestAudit tells a story with every kind of outcome and reads what an auditor would.
func TestAudit(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	code, _, problems := s.Program(t, "account", "create", "444455556666", "--data", s.Dir, "--profile", "lab")
	require.Zero(t, code, problems)
	const root, lab, nobody = "arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root", ""
	config := s.Config(t, "default")
	config.RetryMaxAttempts = 1
	client, theirs := guide.Connect(t, s, "default"), guide.Connect(t, s, "lab")
	w := connect(t, s, "default")
	w.key.SessionToken = ""
	log := &trail{dir: filepath.Join(s.Dir, "audit")}
	before := log.since(t)
	require.Len(t, before, 1, "what the server does by itself is no request of a client")
	require.Equal(t, "CreateAccount", before[0].Name, "by the operator")
	secrets := map[string]string{"secret key": w.key.SecretAccessKey}

	t.Run("Rekognition", func(t *testing.T) {
		created, err := client.CreateProject(t.Context(), &rekognition.CreateProjectInput{ProjectName: aws.String("gears"), Tags: map[string]string{"note": "tag-value"}})
		require.NoError(t, err)
		secrets["value of a tag"] = "tag-value"
		r := log.one(t, root, "rekognition", "CreateProject", "", *created.ProjectArn)
		id, _ := awsmiddleware.GetRequestIDMetadata(created.ResultMetadata)
		require.Equal(t, id, r.RequestID)
		require.Equal(t, "Root", r.Identity.Type)
		require.Equal(t, w.key.AccessKeyID, r.Identity.AccessKeyID)
		require.Equal(t, "us-east-1", r.Region)
		require.Contains(t, r.Agent, "aws-sdk-go-v2")
		require.False(t, r.ReadOnly)
		require.Equal(t, 200, r.Additional.Status)
		require.Positive(t, r.Additional.Milliseconds)

		_, err = client.DescribeProjects(t.Context(), nil)
		require.NoError(t, err)
		require.True(t, log.one(t, root, "rekognition", "DescribeProjects", "").ReadOnly)

		a := w.call(t, "CreateProject", `{"ProjectName":"not a name"}`)
		r = log.one(t, root, "rekognition", "CreateProject", "ValidationException")
		require.Equal(t, a.Logref, r.RequestID)
		require.Equal(t, a.Message, r.ErrorText)

		picture := corpus.Blank(64, 64)
		secrets["picture"] = base64.StdEncoding.EncodeToString(picture)[:40]
		version := *created.ProjectArn + "/version/v/1690556751958"
		version = strings.Replace(version, "/"+last(*created.ProjectArn)+"/version", "/version", 1)
		_, err = client.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: &version, Image: &types.Image{Bytes: picture}})
		require.Error(t, err)
		log.one(t, root, "rekognition", "DetectCustomLabels", "ResourceNotFoundException", version)

		_, err = theirs.DeleteProject(t.Context(), &rekognition.DeleteProjectInput{ProjectArn: created.ProjectArn})
		require.Error(t, err)
		r = log.one(t, lab, "rekognition", "DeleteProject", "AccessDeniedException", *created.ProjectArn)
		require.Equal(t, "111122223333", r.Resources[0].AccountID)
		require.True(t, r.Denied())
	})

	t.Run("nobody", func(t *testing.T) {
		for name, c := range map[string]struct {
			change          func(*http.Request)
			operation, code string
			key             string
		}{
			"forged": {func(r *http.Request) {
				secrets["forged signature"] = strings.Repeat("0123456789abcdef", 4)
				h := r.Header.Get("Authorization")
				r.Header.Set("Authorization", h[:strings.Index(h, "Signature=")]+"Signature="+secrets["forged signature"])
			}, "DescribeProjects", "InvalidSignatureException", w.key.AccessKeyID},
			"session token": {func(r *http.Request) {
				secrets["session token"] = "FwoGZXIvYXdzEJr"
				r.Header.Set("X-Amz-Security-Token", secrets["session token"])
			}, "DescribeProjects", "UnrecognizedClientException", w.key.AccessKeyID},
			"unsigned":        {func(r *http.Request) { r.Header.Del("Authorization") }, "DescribeProjects", "MissingAuthenticationTokenException", ""},
			"another service": {func(r *http.Request) { r.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables") }, "ListTables", "UnknownOperationException", w.key.AccessKeyID},
			"no such":         {func(r *http.Request) { r.Header.Set("X-Amz-Target", "RekognitionService.DetectFaces") }, "DetectFaces", "UnknownOperationException", w.key.AccessKeyID},
			"ill-formed":      {func(r *http.Request) { r.Header.Set("X-Amz-Target", "RekognitionService.<b>\t;") }, "Unknown", "UnknownOperationException", w.key.AccessKeyID},
			"halves exchanged": {func(r *http.Request) {
				h := r.Header.Get("Authorization")
				r.Header.Set("Authorization", strings.Replace(h, w.key.AccessKeyID, strings.ReplaceAll(w.key.SecretAccessKey, "/", "x"), 1))
				secrets["exchanged"] = strings.ReplaceAll(w.key.SecretAccessKey, "/", "x")
			}, "DescribeProjects", "UnrecognizedClientException", ""},
		} {
			r := w.signed(t, "DescribeProjects", "{}", c.change)
			a := w.send(t, r)
			require.Equal(t, c.code, a.Code, name)
			fresh := log.since(t)
			require.Len(t, fresh, 1, name)
			require.Equal(t, audit.Identity{Type: "Unknown", AccessKeyID: c.key}, fresh[0].Identity, name)
			require.Equal(t, []string{c.operation, c.code, a.Logref}, []string{fresh[0].Name, fresh[0].ErrorCode, fresh[0].RequestID}, name)
			require.Empty(t, fresh[0].RecipientID, name)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Endpoint+"/service/PhotonAdminProxyService/operation/CopyImage", nil)
		require.NoError(t, err)
		r.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
		r.Header.Set("Content-Type", "application/cbor")
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		server.Eventually(t, server.Patience, "the record of a refusal", func(context.Context) bool {
			fresh := log.since(t)
			return len(fresh) == 1 && fresh[0].Name == "CopyImage" && fresh[0].ErrorCode == "MissingAuthenticationTokenException"
		})
	})

	t.Run("STS", func(t *testing.T) {
		_, err := sts.NewFromConfig(config).GetCallerIdentity(t.Context(), nil)
		require.NoError(t, err)
		log.one(t, root, "sts", "GetCallerIdentity", "")
		_, err = sts.NewFromConfig(config).GetSessionToken(t.Context(), nil)
		require.Error(t, err)
		log.one(t, root, "sts", "GetSessionToken", "InvalidAction")
	})

	t.Run("S3", func(t *testing.T) {
		client.Bucket(t, "pictures")
		r := log.one(t, root, "s3", "CreateBucket", "", "arn:aws:s3:::pictures")
		require.True(t, r.Management)
		put, err := client.S3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("pictures"), Key: aws.String("a b/ü.jpg"), Body: strings.NewReader("the bytes of a picture")})
		require.NoError(t, err)
		secrets["object"] = "the bytes of"
		r = log.one(t, root, "s3", "PutObject", "", "arn:aws:s3:::pictures/a b/ü.jpg")
		id, _ := awsmiddleware.GetRequestIDMetadata(put.ResultMetadata)
		require.Equal(t, id, r.RequestID)
		require.Equal(t, []string{"Data", "AWS::S3::Object", "AuthHeader"}, []string{r.Category, r.Resources[0].Type, r.Additional.Authentication})

		_, err = client.S3.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String("pictures"), Key: aws.String("copy"), CopySource: aws.String("pictures/a%20b/%C3%BC.jpg")})
		require.NoError(t, err)
		log.one(t, root, "s3", "CopyObject", "", "arn:aws:s3:::pictures/copy", "arn:aws:s3:::pictures/a b/ü.jpg")
		_, err = client.S3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("pictures")})
		require.NoError(t, err)
		require.True(t, log.one(t, root, "s3", "ListObjectsV2", "").ReadOnly)

		signed, err := s3.NewPresignClient(client.S3).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("pictures"), Key: aws.String("copy")})
		require.NoError(t, err)
		_, signature, _ := strings.Cut(signed.URL, "X-Amz-Signature=")
		secrets["presigned signature"] = signature
		for url, want := range map[string][3]string{
			signed.URL: {root, "GetObject", ""},
			strings.Replace(signed.URL, signature[:8], "00000000", 1): {nobody, "GetObject", "SignatureDoesNotMatch"},
			strings.Replace(signed.URL, "/copy", "/nothing", 1):       {nobody, "GetObject", "SignatureDoesNotMatch"},
			s.Endpoint + "/pictures/copy":                             {nobody, "GetObject", "AccessDenied"},
			s.Endpoint + "/pictures/copy?acl":                         {nobody, "GetObjectAcl", "AccessDenied"},
		} {
			response, err := http.Get(url) //nolint:noctx // the plainest client there is
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			r := log.one(t, want[0], "s3", want[1], want[2], "arn:aws:s3:::pictures/copy"[:len("arn:aws:s3:::pictures/")]+last(response.Request.URL.Path))
			require.Equal(t, response.Header.Get("X-Amz-Request-Id"), r.RequestID)
		}

		_, err = client.S3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("pictures"), Key: aws.String("none")})
		require.Error(t, err)
		log.one(t, root, "s3", "GetObject", "NoSuchKey")
		_, err = client.S3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("pictures"), Key: aws.String("none")})
		require.Error(t, err)
		log.one(t, root, "s3", "HeadObject", "NotFound")
		_, err = theirs.S3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("pictures"), Key: aws.String("copy")})
		require.Error(t, err)
		require.True(t, log.one(t, lab, "s3", "GetObject", "AccessDenied").Denied())
		_, err = theirs.S3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("pictures"), Key: aws.String("a b/ü.jpg")})
		require.Error(t, err)
		require.True(t, log.one(t, lab, "s3", "HeadObject", "Forbidden").Denied())

		// Nobody's name is on record for what another has signed.
		forger := s3.NewFromConfig(config, func(o *s3.Options) {
			o.UsePathStyle, o.Credentials = true, credentials.NewStaticCredentialsProvider(w.key.AccessKeyID, "wrong", "")
		})
		for range 2 {
			_, err = forger.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("pictures"), Key: aws.String("copy")})
			require.Error(t, err)
			require.Equal(t, w.key.AccessKeyID, log.one(t, nobody, "s3", "HeadObject", "Forbidden").Identity.AccessKeyID)
		}
		old, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Endpoint+"/pictures/copy", nil)
		require.NoError(t, err)
		old.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
		require.NoError(t, v4.NewSigner().SignHTTP(t.Context(), w.key, old, "UNSIGNED-PAYLOAD", "s3", "us-east-1", time.Now().Add(-time.Hour)))
		response, err := http.DefaultClient.Do(old)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		log.one(t, nobody, "s3", "GetObject", "RequestTimeTooSkewed")
	})

	t.Run("inside", func(t *testing.T) { // what the server reads on behalf of a client is that client's request, and no other
		project := client.Project(t, "inside")
		log.since(t)
		client.Dataset(t, project, types.DatasetTypeTrain, "pictures", corpus.Manifest("pictures", corpus.Pictures("p", 2, "crack", "good")))
		seen := map[string]int{}
		for _, r := range log.since(t) {
			seen[r.Name]++
		}
		require.Equal(t, 1, seen["PutObject"])
		require.Equal(t, 1, seen["CreateDataset"])
		delete(seen, "DescribeDataset")
		require.Len(t, seen, 2, "%v", seen)
	})

	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		s.Get(t, path)
	}
	require.Empty(t, log.since(t), "a probe is not a request of a client")
	_, metrics := s.Get(t, "/metrics")
	require.Contains(t, metrics, "ownsight_audit_lost_total 0")
	require.Contains(t, metrics, `ownsight_calls_total{code="",operation="PutObject",service="s3"}`)

	files, err := filepath.Glob(filepath.Join(log.dir, "*"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for what, secret := range secrets {
			require.GreaterOrEqual(t, len(secret), 8, what)
			require.False(t, bytes.Contains(text, []byte(secret)), "%s is on record", what)
		}
		for _, word := range []string{"Signature=", "X-Amz-", "AWS4"} {
			require.False(t, bytes.Contains(text, []byte(word)), word)
		}
	}
	code, out, problems := s.Program(t, "audit", "--data", s.Dir, "--denied", "--account", "444455556666")
	require.Zero(t, code, problems)
	require.Equal(t, 4, strings.Count(out, "\n"), out)
	require.Contains(t, out, "AccessDeniedException")
	require.Empty(t, s.Complaints())
}

func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func TestAuditOff(t *testing.T) {
	t.Parallel()
	s := server.New(t)
	s.Setenv("OWNSIGHT_AUDIT", "off")
	s.Restart(t)
	guide.Connect(t, s, "default").Project(t, "gears")
	_, err := os.Stat(filepath.Join(s.Dir, "audit"))
	require.ErrorIs(t, err, os.ErrNotExist)
	code, _, problems := s.Program(t, "audit", "--data", s.Dir)
	require.Equal(t, 1, code)
	require.Contains(t, problems, "audit is off")
	_, metrics := s.Get(t, "/metrics")
	require.Contains(t, metrics, "ownsight_audit_lost_total 0")
	require.Contains(t, fmt.Sprint(s.Complaints()), "[]")
}
