package browser

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestModels has three models run in one account and one of them copied into another account, by a server that does not work
// on copies until it is asked to.
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
	again := func(roles string) {
		s.Kill()
		s.Setenv("OWNSIGHT_ROLES", roles)
		s.Restart(t)
	}
	again("api,serve")
	key := keyOf(t, s, "second")
	play(t, s, chapter{
		program: "models.mjs",
		environ: []string{
			"PICTURE=" + write(t, "gear.jpg", pictures[0].File), "LABEL=" + pictures[0].Label,
			"SECOND_KEY_ID=" + key.AccessKeyID, "SECOND_SECRET=" + key.SecretAccessKey,
		},
		deeds: map[string]func(){"copies go on": func() { again("api,train,serve") }},
	})
}
