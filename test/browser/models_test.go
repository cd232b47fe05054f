package browser

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

// TestModels has three models run in one account and one of them copied: into another account, by a server that does not work
// on copies until it is asked to, into another region, and by a user who may not look at what becomes of it.
func TestModels(t *testing.T) {
	t.Parallel()
	tools(t)
	s := server.Start(t)
	pictures := corpus.Pictures("gears/", 12, corpus.Labels[:2]...)
	files := map[string][]byte{}
	for _, p := range pictures {
		files[p.Key] = p.File
	}
	dataset(t, s, "gears", files, corpus.Manifest(bucket, pictures))
	c, gears := guide.Connect(t, s, "default"), find(t, s, "gears").ProjectArn
	v1 := c.Train(t, gears, "v1", bucket, "out")
	c.Run(t, gears, v1)
	for _, name := range []string{"v2", "v3"} {
		_, err := c.CopyProjectVersion(t.Context(), &rekognition.CopyProjectVersionInput{SourceProjectArn: gears, SourceProjectVersionArn: v1.ProjectVersionArn,
			DestinationProjectArn: gears, VersionName: aws.String(name), OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket), S3KeyPrefix: aws.String("out")}})
		require.NoError(t, err)
		c.Run(t, gears, c.SettledVersion(t, gears, name))
	}
	program(t, s, "account", "create", "444455556666", "--profile", "second")
	far := rekognition.NewFromConfig(s.Config(t, "default"), func(o *rekognition.Options) { o.Region = "eu-west-1" })
	made, err := far.CreateProject(t.Context(), &rekognition.CreateProjectInput{ProjectName: aws.String("far")})
	require.NoError(t, err)
	c.Project(t, "spare")
	user(t, s, "blind")
	program(t, s, "user", "policy", "put", "blind", "spare", write(t, "spare.json", []byte(`{"Version": "2012-10-17", "Statement": [
		{"Effect": "Deny", "Action": "rekognition:DescribeProjectVersions", "Resource": "arn:aws:rekognition:us-east-1:111122223333:project/spare/*"}]}`)))
	again := func(roles string) {
		s.Kill()
		s.Setenv("OWNSIGHT_ROLES", roles)
		s.Restart(t)
	}
	again("api,serve")
	key, blind := keyOf(t, s, "second"), keyOf(t, s, "blind")
	play(t, s, chapter{
		program: "models.mjs",
		environ: []string{
			"PICTURE=" + write(t, "gear.jpg", pictures[0].File), "LABEL=" + pictures[0].Label,
			"SECOND_KEY_ID=" + key.AccessKeyID, "SECOND_SECRET=" + key.SecretAccessKey,
			"BLIND_KEY_ID=" + blind.AccessKeyID, "BLIND_SECRET=" + blind.SecretAccessKey, "FAR=" + *made.ProjectArn,
		},
		deeds: map[string]func(){
			"the bucket goes": func() {
				storage := s3.NewFromConfig(s.Config(t, "second"), func(o *s3.Options) { o.UsePathStyle = true })
				_, err := storage.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("line-7-lost")})
				require.NoError(t, err)
			},
			"copies go on": func() { again("api,train,serve") },
		},
	})
}
