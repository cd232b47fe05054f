package sdk

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestRefused goes through what a server must refuse, request by request: no model and no data is needed for it.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	w := connect(t, s, "default")
	t.Run("constraints", func(t *testing.T) {
		for _, c := range constraints {
			w.call(t, c.operation, with(c.operation, c.changes)).refused(t, "ValidationException", c.words...)
		}
	})
	t.Run("bodies", func(t *testing.T) { refusedBodies(t, w) })
	t.Run("meaning", func(t *testing.T) { refusedMeaning(t, w) })
	t.Run("nothing of that name", func(t *testing.T) {
		for operation, m := range valid {
			if operation != "CreateProject" && operation != "DescribeProjects" {
				w.call(t, operation, js(m)).refused(t, "ResourceNotFoundException")
			}
		}
	})
	t.Run("operations", func(t *testing.T) {
		w.call(t, "DetectFaces", "{}").refused(t, "UnknownOperationException", "DetectFaces")
		w.call(t, "", "{}").refused(t, "UnknownOperationException", "X-Amz-Target")
		w.call(t, "DescribeProjects", "{}", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }).
			refused(t, "UnsupportedMediaTypeException", "application/x-amz-json-1.1")
	})
	t.Run("signatures", func(t *testing.T) { refusedSignatures(t, w) })
	t.Run("strangers", func(t *testing.T) { refusedStrangers(t, s, w) })
	t.Run("quotas", func(t *testing.T) { refusedQuotas(t, w) })
	require.Empty(t, s.Complaints())
}

// refusedBodies sends what is no request at all.
func refusedBodies(t *testing.T, w wire) {
	for name, body := range map[string]string{
		"no JSON":           `ProjectName=p`,
		"cut short":         `{"ProjectName":"p"`,
		"an array":          `["p"]`,
		"a number":          `7`,
		"two objects":       `{"ProjectName":"p"}{}`,
		"a wrong type":      `{"ProjectName":7}`,
		"a list for a text": `{"ProjectName":["p"]}`,
		"tags in a list":    `{"ProjectName":"p","Tags":[{"Key":"a","Value":"b"}]}`,
	} {
		a := w.call(t, "CreateProject", body)
		require.Equal(t, "SerializationException", a.Code, "%s: %s", name, a.body)
		a.refused(t, "SerializationException")
	}
	w.call(t, "DescribeProjects", `{"MaxResults":"ten"}`).refused(t, "SerializationException", "axResults")
	w.call(t, "DescribeProjects", `{"MaxResults":1.5}`).refused(t, "SerializationException", "axResults")
	w.call(t, "DescribeProjects", `{"MaxResults":99999999999}`).refused(t, "SerializationException", "axResults")
	w.call(t, "DetectCustomLabels", with("DetectCustomLabels", members{"Image": members{"Bytes": "!"}})).refused(t, "SerializationException", "ytes")
	w.call(t, "DescribeProjects", `{"Unheard":{"of":[1]},"MaxResults":null}`).accepted(t)
	w.call(t, "DescribeProjects", ``).accepted(t)
	w.call(t, "UpdateDatasetEntries", with("UpdateDatasetEntries", members{"Changes": members{"GroundTruth": make([]byte, 17<<20)}})).
		refused(t, "RequestEntityTooLargeException", "bytes")
}

// accepted demands success.
func (a answer) accepted(t *testing.T) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
}

// refusedMeaning sends what the model allows and the service does not.
func refusedMeaning(t *testing.T, w wire) {
	const invalid = "InvalidParameterException"
	there := field(t, w.call(t, "CreateProject", js(members{"ProjectName": "there"})), "ProjectArn")
	for _, c := range []struct {
		operation string
		changes   members
		code      string
		words     []string
	}{
		{"CreateProject", members{"Feature": "CONTENT_MODERATION"}, invalid, []string{"CONTENT_MODERATION"}},
		{"CreateProject", members{"AutoUpdate": "ENABLED"}, invalid, []string{"AutoUpdate"}},
		{"CreateDataset", members{"DatasetSource": members{"DatasetArn": noDataset, "GroundTruthManifest": members{}}}, invalid, []string{"DatasetSource", "one of"}},
		{"CreateDataset", members{"DatasetSource": members{"GroundTruthManifest": members{}}}, invalid, []string{"S3Object"}},
		{"CreateDataset", members{"DatasetSource": members{"GroundTruthManifest": members{"S3Object": members{"Bucket": "parts"}}}}, invalid, []string{"S3Object.Name"}},
		{"CreateDataset", members{"ProjectArn": there, "DatasetSource": members{"GroundTruthManifest": members{"S3Object": members{"Bucket": "none", "Name": "m"}}}}, "InvalidS3ObjectException", []string{"none"}},
		{"CreateDataset", members{"ProjectArn": there, "DatasetSource": members{"GroundTruthManifest": members{"S3Object": members{"Bucket": "...", "Name": "../m"}}}}, "InvalidS3ObjectException", nil},
		{"DistributeDatasetEntries", members{"Datasets": []members{{"Arn": noDataset}, {"Arn": noDataset}}}, invalid, []string{"Datasets", "each once"}},
		{"CreateProjectVersion", members{"OutputConfig": members{}}, invalid, []string{"OutputConfig.S3Bucket"}},
		{"CreateProjectVersion", members{"TrainingData": members{"Assets": []any{}}}, invalid, []string{"TrainingData"}},
		{"CreateProjectVersion", members{"KmsKeyId": "alias/k"}, invalid, []string{"KmsKeyId"}},
		{"CreateProjectVersion", members{"FeatureConfig": members{"ContentModeration": members{"ConfidenceThreshold": 50}}}, invalid, []string{"FeatureConfig"}},
		{"StartProjectVersion", members{"MinInferenceUnits": 3, "MaxInferenceUnits": 2}, invalid, []string{"MaxInferenceUnits (2)", "MinInferenceUnits (3)"}},
		{"StartProjectVersion", members{"MinInferenceUnits": 6}, "LimitExceededException", []string{"inference units"}},
		{"DetectCustomLabels", members{"Image": members{}}, invalid, []string{"Image", "exactly one of Bytes and S3Object"}},
		{"DetectCustomLabels", members{"Image": members{"Bytes": "AAAA", "S3Object": members{"Bucket": "parts", "Name": "k"}}}, invalid, []string{"Image", "exactly one of Bytes and S3Object"}},
		{"DetectCustomLabels", members{"Image": members{"S3Object": members{"Bucket": "parts"}}}, invalid, []string{"Image.S3Object.Name"}},
		{"DetectCustomLabels", members{"Image": members{"Bytes": make([]byte, 4<<20+1)}}, "ImageTooLargeException", []string{"Image.Bytes", "4194304"}},
		{"DetectCustomLabels", members{"Image": members{"S3Object": members{"Bucket": "...", "Name": "../k"}}}, "InvalidS3ObjectException", nil},
	} {
		w.call(t, c.operation, with(c.operation, c.changes)).refused(t, c.code, c.words...)
	}
	for _, token := range []string{"x", "%", "1", "AAAA", "-1", "1-1-1", "\u0000"} {
		w.call(t, "DescribeProjects", js(members{"NextToken": token})).refused(t, "InvalidPaginationTokenException", "NextToken")
	}
}

// refusedSignatures makes every mistake that a signature can have; each has its own name.
func refusedSignatures(t *testing.T, w wire) {
	call := func(w wire, change ...func(*http.Request)) answer {
		return w.call(t, "DescribeProjects", "{}", change...)
	}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	call(w).accepted(t)
	call(w, func(r *http.Request) { r.Header.Del("Authorization") }).refused(t, "MissingAuthenticationTokenException", "Missing Authentication Token")
	call(w, header("Authorization", "Basic YTpi")).refused(t, "MissingAuthenticationTokenException")
	call(w, header("Authorization", "AWS4-HMAC-SHA256 Credential=x")).refused(t, "IncompleteSignatureException", "'Signature'", "'SignedHeaders'")
	call(w, func(r *http.Request) { r.Header.Del("X-Amz-Date") }).refused(t, "IncompleteSignatureException", "X-Amz-Date")
	call(w, header("X-Amz-Target", "RekognitionService.DeleteProject")).refused(t, "InvalidSignatureException", "does not match")
	call(w, func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader("{ }")), 3 }).refused(t, "InvalidSignatureException")
	for what, c := range map[string]struct {
		change func(*wire)
		code   string
		word   string
	}{
		"unknown key":      {func(w *wire) { w.key.AccessKeyID = "AKIAXXXXXXXXXXXXXXXX" }, "UnrecognizedClientException", "security token"},
		"wrong secret":     {func(w *wire) { w.key.SecretAccessKey += "x" }, "InvalidSignatureException", "secret"},
		"session token":    {func(w *wire) { w.key.SessionToken = "token" }, "UnrecognizedClientException", "security token"},
		"slow clock":       {func(w *wire) { w.at = w.at.Add(-20 * time.Minute) }, "InvalidSignatureException", "Signature expired"},
		"fast clock":       {func(w *wire) { w.at = w.at.Add(20 * time.Minute) }, "InvalidSignatureException", "not yet current"},
		"other service":    {func(w *wire) { w.service = "s3" }, "InvalidSignatureException", "correct service: 'rekognition'"},
		"no such region":   {func(w *wire) { w.region = "mars" }, "InvalidSignatureException", "valid region"},
		"a second account": {func(w *wire) { w.key.AccessKeyID = strings.ToLower(w.key.AccessKeyID) }, "UnrecognizedClientException", "security token"},
	} {
		other := w
		c.change(&other)
		a := call(other)
		require.Equal(t, c.code, a.Code, "%s: %s", what, a.body)
		require.Contains(t, strings.ToLower(a.Message), strings.ToLower(c.word))
		a.refused(t, c.code)
	}
}

// refusedStrangers asks for what belongs to another account or another region.
func refusedStrangers(t *testing.T, s *server.Server, w wire) {
	code, _, problems := s.Program(t, "account", "create", "444455556666", "--data", s.Dir, "--profile", "lab")
	require.Zero(t, code, problems)
	own := guide.Connect(t, s, "default")
	project := own.Project(t, "mine")
	stranger := connect(t, s, "lab")
	elsewhere := w
	elsewhere.region = "eu-west-1"
	for operation, m := range valid {
		switch operation {
		case "CreateProject", "DescribeProjects":
			continue
		}
		changed := members{}
		for k, v := range m {
			changed[k] = v
		}
		if changed["ProjectArn"] != nil {
			changed["ProjectArn"] = *project
		}
		a := stranger.call(t, operation, js(changed))
		a.refused(t, "AccessDeniedException", "arn:aws:iam::444455556666:", "rekognition:"+operation)
		a = elsewhere.call(t, operation, js(changed))
		a.refused(t, "ResourceNotFoundException", "us-east-1", "eu-west-1")
	}
	require.NotContains(t, string(stranger.call(t, "DescribeProjects", "{}").body), "mine")
	require.NotContains(t, string(elsewhere.call(t, "DescribeProjects", "{}").body), "mine")
	require.Contains(t, string(w.call(t, "DescribeProjects", "{}").body), "mine")

	own.Bucket(t, "mine")
	own.Put(t, "mine", "m.manifest", joined(lines(2, "a", "b")))
	lab := guide.Connect(t, s, "lab")
	theirs := lab.Project(t, "theirs")
	lab.Bucket(t, "theirs")
	for name, client := range map[string]guide.Client{"mine": own, "theirs": lab} {
		out, err := client.S3.ListBuckets(t.Context(), &s3.ListBucketsInput{})
		require.NoError(t, err)
		require.Len(t, out.Buckets, 1)
		require.Equal(t, name, *out.Buckets[0].Name)
	}
	_, err := lab.S3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("mine"), Key: aws.String("m.manifest")})
	require.ErrorContains(t, err, "AccessDenied")
	_, err = lab.S3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("mine")})
	require.ErrorContains(t, err, "AccessDenied")
	_, err = own.S3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("ownsight-system")})
	require.ErrorContains(t, err, "AccessDenied")
	for _, at := range []members{{"Bucket": "mine", "Name": "m.manifest"}, {"Bucket": "ownsight-system", "Name": "versions/1/model.json"}} {
		stranger.call(t, "CreateDataset", js(members{"ProjectArn": *theirs, "DatasetType": "TRAIN",
			"DatasetSource": members{"GroundTruthManifest": members{"S3Object": at}}})).refused(t, "InvalidS3ObjectException")
	}
}

// refusedQuotas fills a region with projects.
func refusedQuotas(t *testing.T, w wire) {
	w.region = "ap-south-1"
	for i := range 100 {
		w.call(t, "CreateProject", js(members{"ProjectName": fmt.Sprintf("p%d", i)})).accepted(t)
	}
	w.call(t, "CreateProject", js(members{"ProjectName": "p100"})).refused(t, "LimitExceededException", "100")
}
