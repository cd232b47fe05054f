package awswire_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
)

func goClient(server *httptest.Server, id, secret string) *rekognition.Client {
	return rekognition.New(rekognition.Options{
		Region:           "eu-central-1",
		BaseEndpoint:     aws.String(server.URL),
		Credentials:      credentials.NewStaticCredentialsProvider(id, secret, ""),
		RetryMaxAttempts: 1,
	})
}

func TestGoSDK(t *testing.T) {
	server := httptest.NewServer(newFixture(time.Now))
	defer server.Close()
	client, ctx := goClient(server, "AKIAROOT", "secret/+1"), t.Context()

	created, err := client.CreateProject(ctx, &rekognition.CreateProjectInput{
		ProjectName: aws.String("p"), Feature: types.CustomizationFeatureCustomLabels, Tags: map[string]string{"a": "ü"},
	})
	require.NoError(t, err)
	require.Equal(t, "arn:aws:rekognition:eu-central-1:111122223333:project/p/1", *created.ProjectArn)

	listed, err := client.DescribeProjects(ctx, &rekognition.DescribeProjectsInput{ProjectNames: []string{"x", "y"}})
	require.NoError(t, err)
	require.Len(t, listed.ProjectDescriptions, 2)
	require.Equal(t, types.ProjectStatusCreated, listed.ProjectDescriptions[1].Status)
	require.True(t, time.UnixMilli(1690556751958).Equal(*listed.ProjectDescriptions[1].CreationTimestamp))

	detected, err := client.DetectCustomLabels(ctx, &rekognition.DetectCustomLabelsInput{
		ProjectVersionArn: aws.String(versionARN), Image: &types.Image{Bytes: []byte("bytes")}, MinConfidence: aws.Float32(0.1),
	})
	require.NoError(t, err)
	require.Equal(t, "bytes", *detected.CustomLabels[0].Name)
	require.Equal(t, float32(0.1), *detected.CustomLabels[0].Confidence)

	_, err = client.CreateProject(ctx, &rekognition.CreateProjectInput{ProjectName: aws.String("taken")})
	var taken *types.ResourceInUseException
	require.ErrorAs(t, err, &taken)
	require.Equal(t, "taken is taken", taken.ErrorMessage())
	require.Equal(t, "ResourceInUseException", *taken.Code)
	require.NotEmpty(t, *taken.Logref)

	for name, code := range map[string]string{"x y": "ValidationException", "broken": "InternalServerError"} {
		_, err = client.CreateProject(ctx, &rekognition.CreateProjectInput{ProjectName: aws.String(name)})
		requireCode(t, err, code)
	}
	_, err = client.DeleteDataset(ctx, &rekognition.DeleteDatasetInput{DatasetArn: aws.String(datasetARN)})
	requireCode(t, err, "UnknownOperationException")
	_, err = goClient(server, "AKIAROOT", "wrong").DescribeProjects(ctx, nil)
	requireCode(t, err, "InvalidSignatureException")
	_, err = goClient(server, "AKIANOBODY", "x").DetectCustomLabels(ctx, &rekognition.DetectCustomLabelsInput{
		ProjectVersionArn: aws.String(versionARN), Image: &types.Image{Bytes: bytes.Repeat([]byte("x"), 4_000_000)},
	})
	requireCode(t, err, "UnrecognizedClientException")
}

func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode())
	require.NotEmpty(t, api.ErrorMessage())
}

func TestBotocore(t *testing.T) {
	if out, err := exec.Command("python3", "-c", "import boto3").CombinedOutput(); err != nil {
		t.Skipf("needs python3 with boto3 (pip install boto3): %v %s", err, out)
	}
	for script, handler := range map[string]http.Handler{
		"client.py": newFixture(time.Now), "cbor_client.py": newCatalogue(time.Now),
	} {
		t.Run(script, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			out, err := exec.Command("python3", "testdata/"+script, server.URL).CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}
