package cluster

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
)

// lookedAt is what a node at level debug logs of a shard that it has looked at, and whether for another node.
var lookedAt = regexp.MustCompile(`msg="pictures looked at" .*version=\S+/version/(\S+?)/\d+ file=(\S+) .*helping=(\w+)`)

// TestSharedTraining trains on one node alone, and then on two, of which the one that helps is killed in the middle. The
// models are the same, and the training waits for nothing.
func TestSharedTraining(t *testing.T) {
	// One thread each, so that there are more shards than both have at work at a time.
	c := newCluster(t, 2, func(int) []string { return []string{"--log", "debug"} }, func(int, string) string { return "threads: 1\n" })
	g := newClients(t, c).guide
	g.Bucket(t, bucket)
	// Four shards to train on, of which the last one has four pictures: the node that helps is soon done with that, and killed
	// while it is at another.
	training, testing := corpus.Pictures("train/", 98, corpus.Labels[:2]...), corpus.Pictures("test/", 33, corpus.Labels[:2]...)
	g.Upload(t, bucket, training)
	g.Upload(t, bucket, testing)
	project := g.Project(t, "gears")
	g.Dataset(t, project, types.DatasetTypeTrain, bucket, corpus.Manifest(bucket, training))
	g.Dataset(t, project, types.DatasetTypeTest, bucket, corpus.Manifest(bucket, testing))
	const shards = 4 + 2

	c.nodes[1].kill()
	g.Train(t, project, "alone", bucket, "out")
	byNode := looks(c, "alone")
	require.Len(t, byNode[0].own, shards)
	require.Empty(t, byNode[0].helping)
	c.start(c.nodes[1])
	c.await("the other node is ready", func(ctx context.Context) bool { return c.ready(ctx, c.nodes[1]) })

	shared, helper := helped(t, c, g, project)
	c.nodes[helper].kill()
	killed := time.Now()
	v := g.SettledVersion(t, project, shared)
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	byNode = looks(c, shared)
	own, others := byNode[1-helper].own, byNode[helper].helping
	t.Logf("%d shards looked at by the node that trained, %d by the one that was killed; ended %.1f s after that", len(own), len(others), time.Since(killed).Seconds())
	require.NotEmpty(t, own)
	all := map[string]bool{}
	for _, file := range append(own, others...) {
		all[file] = true
	}
	require.GreaterOrEqual(t, len(all), shards-1, "of one it may have kept all, and was killed before it said so")
	require.NotContains(t, c.nodes[1-helper].Log(), "training goes on", "one attempt was enough")
	model := func(version string) []byte {
		return g.Read(t, &types.S3Object{Bucket: aws.String(bucket), Name: aws.String("out/Model-gears-" + version + ".onnx")})
	}
	require.True(t, bytes.Equal(model("alone"), model(shared)), "it makes no difference who looked")
}

// helped begins a training, gives its name and the node that helps with it as soon as one does. A node that was slow to
// answer an invitation is left alone for a while, and the training may be over by then: another one is begun.
func helped(t *testing.T, c *cluster, g guide.Client, project *string) (name string, helper int) {
	t.Helper()
	for n := range 5 {
		name = fmt.Sprintf("shared-%d", n)
		g.BeginTraining(t, project, name, bucket, "out")
		over := false
		c.await("a node helps", func(context.Context) bool {
			over = g.Version(t, project, name).Status != types.ProjectVersionStatusTrainingInProgress
			helper = slices.IndexFunc(looks(c, name), func(n looked) bool { return len(n.helping) > 0 })
			return over || helper >= 0
		})
		if !over {
			return name, helper
		}
	}
	require.Fail(t, "no node helps with a training")
	return "", 0
}

// looked is which shards of a training a node has looked at.
type looked struct{ own, helping []string }

// looks reads the logs of all nodes.
func looks(c *cluster, version string) []looked {
	list := make([]looked, len(c.nodes))
	for i, n := range c.nodes {
		for _, m := range lookedAt.FindAllStringSubmatch(n.Log(), -1) {
			switch {
			case m[1] != version:
			case m[3] == "true":
				list[i].helping = append(list[i].helping, m[2])
			default:
				list[i].own = append(list[i].own, m[2])
			}
		}
	}
	return list
}
