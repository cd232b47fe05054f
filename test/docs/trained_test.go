package docs

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// trained starts a server with a project whose version v1 runs. The pictures lie in the bucket "pictures"; without some to test
// with, the training sets them aside.
func trained(t testing.TB, name string, pictures, training, testing []corpus.Picture) (*server.Server, guide.Client, types.ProjectVersionDescription) {
	t.Helper()
	s := server.Start(t)
	c := guide.Connect(t, s, "default")
	c.Bucket(t, "pictures")
	c.Upload(t, "pictures", pictures)
	project := c.Project(t, name)
	c.Dataset(t, project, types.DatasetTypeTrain, "pictures", corpus.Manifest("pictures", training))
	if testing != nil {
		c.Dataset(t, project, types.DatasetTypeTest, "pictures", corpus.Manifest("pictures", testing))
	}
	v := c.Train(t, project, "v1", "pictures", "out")
	c.Run(t, project, v)
	return s, c, v
}
