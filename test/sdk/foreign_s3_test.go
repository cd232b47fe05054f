package sdk

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestForeignS3 trains and runs a model on a server whose objects lie in another S3 server; here, that of a second
// Ownsight.
func TestForeignS3(t *testing.T) {
	t.Parallel()
	storage := server.Start(t)
	key, err := storage.Config(t, "default").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	s := server.New(t)
	for name, value := range map[string]string{
		"ENDPOINT": storage.Endpoint, "ACCESS_KEY": key.AccessKeyID, "SECRET_KEY": key.SecretAccessKey, "BUCKET": "system-of-another",
	} {
		s.Setenv("OWNSIGHT_S3_"+name, value)
	}
	s.Restart(t)
	c := guide.Connect(t, s, "default")
	c.S3 = guide.Connect(t, storage, "default").S3

	pictures := corpus.Pictures("foreign/", 6, "rust", "good")
	c.Bucket(t, "pictures")
	c.Upload(t, "pictures", pictures)
	project := c.Project(t, "foreign")
	c.Dataset(t, project, types.DatasetTypeTrain, "pictures", corpus.Manifest("pictures", pictures))
	v := c.Train(t, project, "v1", "pictures", "out")
	c.Run(t, project, v)
	require.Len(t, c.Detect(t, v.ProjectVersionArn, pictures[0].File, aws.Float32(0)), 2)

	// Nothing but the rule separates accounts there.
	var denied *types.InvalidS3ObjectException
	_, err = c.CreateDataset(t.Context(), &rekognition.CreateDatasetInput{ProjectArn: project, DatasetType: types.DatasetTypeTest,
		DatasetSource: &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{S3Object: &types.S3Object{
			Bucket: aws.String("system-of-another"), Name: aws.String("any")}}}})
	require.ErrorAs(t, err, &denied)

	_, err = guide.Connect(t, s, "default").S3.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	require.ErrorContains(t, err, storage.Endpoint, "the answer says where the objects are")
}
