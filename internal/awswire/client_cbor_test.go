package awswire_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	client "github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/stretchr/testify/require"
)

func catalogueClient(server *httptest.Server, id, secret string) *client.Client {
	return client.New(client.Options{
		Region:           "eu-central-1",
		BaseEndpoint:     aws.String(server.URL),
		Credentials:      credentials.NewStaticCredentialsProvider(id, secret, ""),
		RetryMaxAttempts: 1,
	})
}

func requireStatus(t *testing.T, err error, status int) {
	t.Helper()
	var response *awshttp.ResponseError
	require.ErrorAs(t, err, &response)
	require.Equal(t, status, response.HTTPStatusCode())
	require.NotEmpty(t, response.ServiceRequestID())
}

// The Go SDK speaks nothing but CBOR to AppStream since v1.64.0.
func TestGoSDKOverCBOR(t *testing.T) {
	f := newCatalogue(time.Now)
	server := httptest.NewServer(f)
	defer server.Close()
	root, ctx := catalogueClient(server, "AKIAROOT", "secret/+1"), t.Context()

	listed, err := root.DescribeImages(ctx, &client.DescribeImagesInput{
		Names: []string{"a", "b"}, MaxResults: aws.Int32(25), Type: types.VisibilityTypePrivate,
	})
	require.NoError(t, err)
	require.Equal(t, "more", *listed.NextToken)
	require.Len(t, listed.Images, 2)
	image := listed.Images[1]
	require.Equal(t, "b", *image.Name)
	require.Equal(t, types.ImageStateAvailable, image.State)
	require.Equal(t, types.VisibilityTypePrivate, image.Visibility)
	require.True(t, *image.ImageBuilderSupported)
	require.Equal(t, int64(created), image.CreatedTime.UnixMilli())
	require.Equal(t, int64(created/1000*1000), image.PublicBaseImageReleasedDate.UnixMilli())
	require.Equal(t, &types.ImagePermissions{AllowFleet: aws.Bool(false), AllowImageBuilder: aws.Bool(true)}, image.ImagePermissions)
	require.Equal(t, []string{"a", "ü"}, image.SupportedInstanceFamilies)
	require.Empty(t, image.ImageErrors)
	require.Nil(t, image.Description)

	imported, err := root.CreateImportedImage(ctx, &client.CreateImportedImageInput{
		Name: aws.String("n"), Tags: map[string]string{"Größe": "10 GB"}, DryRun: aws.Bool(false),
		AppCatalogConfig: []types.ApplicationConfig{
			{Name: aws.String("x"), AbsoluteAppPath: aws.String("/x")}, {Name: aws.String("y"), AbsoluteAppPath: aws.String("/y")},
		},
	})
	require.NoError(t, err)
	require.Equal(t, "y", *imported.Image.Name)
	require.Equal(t, "10 GB", *imported.Image.Description)
	_, err = root.CreateImportedImage(ctx, &client.CreateImportedImageInput{Name: aws.String("n"), DryRun: aws.Bool(true)})
	var dry *types.DryRunOperationException
	require.ErrorAs(t, err, &dry)
	require.Equal(t, "it would have worked", dry.ErrorMessage())
	requireStatus(t, err, 412)

	duplicate := func(source string) error {
		_, err := root.CopyImage(ctx, &client.CopyImageInput{
			SourceImageName: aws.String(source), DestinationImageName: aws.String("d"), DestinationRegion: aws.String("eu-west-1"),
		})
		return err
	}
	require.NoError(t, duplicate("s"))
	err = duplicate("taken")
	var taken *types.ResourceAlreadyExistsException
	require.ErrorAs(t, err, &taken)
	require.Equal(t, "d is taken", taken.ErrorMessage())
	requireStatus(t, err, 400)
	err = duplicate("missing")
	var missing *types.ResourceNotFoundException
	require.ErrorAs(t, err, &missing)
	requireStatus(t, err, 404)

	for source, code := range map[string]string{"x y": "ValidationException", "broken": "InternalFailure"} {
		requireCode(t, duplicate(source), code)
	}
	permission := &client.DeleteImagePermissionsInput{Name: aws.String("n"), SharedAccountId: aws.String("444455556666")}
	_, err = root.DeleteImagePermissions(ctx, permission)
	require.NoError(t, err)
	_, err = catalogueClient(server, "AKIAANNA", "secret2").DeleteImagePermissions(ctx, permission)
	requireCode(t, err, "AccessDeniedException")
	require.ErrorContains(t, err, "user/anna may not DeleteImagePermissions")
	_, err = root.DeleteImage(ctx, &client.DeleteImageInput{Name: aws.String("n")})
	requireCode(t, err, "UnknownOperationException")
	require.ErrorContains(t, err, "DeleteImage is not served by this version of Ownsight.")
	_, err = catalogueClient(server, "AKIAROOT", "wrong").DescribeImages(ctx, nil)
	requireCode(t, err, "InvalidSignatureException")
	requireStatus(t, err, 400)
	_, err = catalogueClient(server, "AKIANOBODY", "x").DescribeImages(ctx, nil)
	requireCode(t, err, "UnrecognizedClientException")

	require.Equal(t, "DescribeImages", f.calls[0].Operation)
	require.Equal(t, account, f.calls[0].Caller.Account)
}
