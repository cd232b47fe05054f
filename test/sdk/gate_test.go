package sdk

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"

	"ownsight/test/guide"
	"ownsight/test/server"
)

// gate holds back the jobs that move entries, of which a server does two at a time, so that what they would change can be
// seen in between.
type gate struct {
	client guide.Client
	*server.Hold
}

const movers = 2 // jobs that a server does at a time of those that move entries

// newGate starts a server that cannot read the manifests of projects named held-N.
func newGate(t *testing.T) (*gate, *server.Server) {
	t.Helper()
	storage := server.NewStorage(t)
	s := server.New(t)
	storage.Keeps(t, s, "system-of-another")
	s.Restart(t)
	g := &gate{guide.Connect(t, s, "default"), storage.Hold("GET /" + bucket + "/held-")}
	g.client.S3 = guide.Connect(t, storage.Server, "default").S3
	return g, s
}

// close makes the server busy with datasets that it cannot read.
func (g *gate) close(t *testing.T) {
	t.Helper()
	for i := range movers {
		g.client.BeginDataset(t, g.client.Project(t, fmt.Sprintf("held-%d", i)), types.DatasetTypeTrain, bucket, joined(lines(1, "a", "b")))
	}
	g.Await(t, movers)
}
