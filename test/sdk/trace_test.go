package sdk

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"
	collected "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	values "go.opentelemetry.io/proto/otlp/common/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"ownsight/internal/store/postgres/pgtest"
	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// collector takes spans as an OpenTelemetry collector does.
type collector struct {
	*httptest.Server
	mu    sync.Mutex
	spans []span
	wire  bytes.Buffer // all that came
}

// span is what a collector was told of one.
type span struct {
	*traces.Span
	node string
	says map[string]string // attributes
}

func (s span) trace() string { return hex.EncodeToString(s.TraceId) }

func newCollector(t *testing.T) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var said collected.ExportTraceServiceRequest
		if r.URL.Path != "/v1/traces" || err != nil || proto.Unmarshal(body, &said) != nil {
			t.Errorf("the collector was told %q at %s: %v", body, r.URL.Path, err)
			return
		}
		c.take(body, &said)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) take(body []byte, said *collected.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wire.Write(body)
	for _, of := range said.ResourceSpans {
		node := attributes(of.Resource.Attributes)["service.instance.id"]
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, span{s, node, attributes(s.Attributes)})
			}
		}
	}
}

func attributes(list []*values.KeyValue) map[string]string {
	says := map[string]string{}
	for _, a := range list {
		switch v := a.Value.Value.(type) {
		case *values.AnyValue_StringValue:
			says[a.Key] = v.StringValue
		case *values.AnyValue_IntValue:
			says[a.Key] = fmt.Sprint(v.IntValue)
		case *values.AnyValue_ArrayValue:
			says[a.Key] = v.ArrayValue.Values[0].GetStringValue()
		}
	}
	return says
}

// await gives the spans for which wanted holds, once there are as many as that.
func (c *collector) await(t *testing.T, n int, what string, wanted func(span) bool) (list []span) {
	t.Helper()
	server.Eventually(t, server.Patience, what, func(context.Context) bool {
		list = c.find(wanted)
		return len(list) >= n
	})
	require.Len(t, list, n, what)
	return list
}

func (c *collector) find(wanted func(span) bool) (list []span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if wanted(s) {
			list = append(list, s)
		}
	}
	return list
}

func named(name string) func(span) bool { return func(s span) bool { return s.Name == name } }

// parent is what the client's own span is called on the wire: each n is a trace of its own.
func parent(n int, sampled bool) (trace string, option func(*rekognition.Options)) {
	trace = fmt.Sprintf("%032x", 0xabc000+n)
	flag := map[bool]string{true: "01", false: "00"}[sampled]
	return trace, rekognition.WithAPIOptions(smithyhttp.AddHeaderValue("traceparent", "00-"+trace+"-00f067aa0ba902b7-"+flag))
}

// tracedNodes are two servers, of which one takes requests and the other has the models.
type tracedNodes struct {
	collector *collector
	front     *server.Server
	models    *server.Server
	client    guide.Client
	version   *string
	pictures  []corpus.Picture
}

func newTracedNodes(t *testing.T) *tracedNodes {
	database, storage := pgtest.URL(t), server.NewStorage(t)
	n := &tracedNodes{collector: newCollector(t), front: server.New(t, "--role", "api,train"), models: server.New(t, "--role", "serve")}
	for _, s := range []*server.Server{n.front, n.models} {
		storage.Keeps(t, s, "system-of-traced")
		for name, value := range map[string]string{"OWNSIGHT_DATABASE": database, "OWNSIGHT_TRACE": n.collector.URL, "OWNSIGHT_TRACE_SHARE": "0",
			"OWNSIGHT_LOG": "debug", "OTEL_BSP_SCHEDULE_DELAY": "50"} {
			s.Setenv(name, value)
		}
		s.Restart(t)
	}
	n.client = guide.Connect(t, n.front, "default")
	n.client.S3 = guide.Connect(t, storage.Server, "default").S3
	n.client.Bucket(t, bucket)
	n.pictures = corpus.Pictures("traced/", 8, corpus.Labels[:2]...)
	n.client.Upload(t, bucket, n.pictures)
	return n
}

// train makes a model in a traced request, and starts it.
func (n *tracedNodes) train(t *testing.T) (trace string) {
	project := n.client.Project(t, "traced")
	n.client.Dataset(t, project, types.DatasetTypeTrain, bucket, corpus.Manifest(bucket, n.pictures))
	n.client.Dataset(t, project, types.DatasetTypeTest, bucket, corpus.Manifest(bucket, n.pictures))
	trace, option := parent(0, true)
	_, err := n.client.CreateProjectVersion(t.Context(), &rekognition.CreateProjectVersionInput{ProjectArn: project, VersionName: aws.String("v"),
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket), S3KeyPrefix: aws.String("out")}}, option)
	require.NoError(t, err)
	v := n.client.SettledVersion(t, project, "v")
	require.Equal(t, types.ProjectVersionStatusTrainingCompleted, v.Status, aws.ToString(v.StatusMessage))
	n.client.Run(t, project, v)
	n.version = v.ProjectVersionArn
	return trace
}

func (n *tracedNodes) ask(t *testing.T, image types.Image, option func(*rekognition.Options)) error {
	t.Helper()
	_, err := n.client.DetectCustomLabels(t.Context(), &rekognition.DetectCustomLabelsInput{ProjectVersionArn: n.version, Image: &image}, option)
	return err
}

// TestTraces follows requests and a training through two nodes, as a collector sees them.
func TestTraces(t *testing.T) {
	t.Parallel()
	n := newTracedNodes(t)
	asked := n.train(t)
	t.Run("training", func(t *testing.T) { traceTraining(t, n, asked) })
	t.Run("detection", func(t *testing.T) { traceDetection(t, n) })
	t.Run("refusal", func(t *testing.T) { traceRefusal(t, n) })
	t.Run("not in the sample", func(t *testing.T) { traceNothing(t, n) })
	t.Run("no secrets", func(t *testing.T) { traceNoSecrets(t, n) })
	require.Empty(t, n.front.Complaints())
	require.Empty(t, n.models.Complaints())
	t.Run("collector away", func(t *testing.T) { traceInVain(t, n) })
}

// traceTraining finds the training's two jobs, each a trace that refers to who asked for it.
func traceTraining(t *testing.T, n *tracedNodes, asked string) {
	job := n.collector.await(t, 1, "the training", named("job version-train"))[0]
	collect := n.collector.await(t, 1, "its first job", named("job version-collect"))[0]
	require.Equal(t, asked, hex.EncodeToString(collect.Links[0].TraceId), "asked for by a request")
	require.Equal(t, collect.SpanId, job.Links[0].SpanId, "asked for by the first job")
	for _, step := range []string{"training look", "training learn", "training judge", "training publish"} {
		s := n.collector.await(t, 1, step, named(step))[0]
		require.Equal(t, job.SpanId, s.ParentSpanId)
		require.Equal(t, *n.version, s.says["ownsight.version"])
	}
}

// traceDetection asks about a picture in S3, and finds one trace of both nodes.
func traceDetection(t *testing.T, n *tracedNodes) {
	trace, option := parent(1, true)
	require.NoError(t, n.ask(t, types.Image{S3Object: &types.S3Object{Bucket: aws.String(bucket), Name: &n.pictures[0].Key}}, option))
	whole := func(s span) bool { return s.trace() == trace }
	server.Eventually(t, server.Patience, "the request", func(context.Context) bool {
		return slices.ContainsFunc(n.collector.find(whole), named("Rekognition.DetectCustomLabels")) && slices.ContainsFunc(n.collector.find(whole), named("answer node"))
	})
	byName := map[string]span{}
	for _, s := range n.collector.find(whole) {
		byName[s.Name] = s
		require.Equal(t, traces.Status_STATUS_CODE_UNSET, s.Status.GetCode(), s.Name)
	}
	request := byName["Rekognition.DetectCustomLabels"]
	require.Equal(t, "00f067aa0ba902b7", hex.EncodeToString(request.ParentSpanId), "below the client's own span")
	require.Equal(t, traces.Span_SPAN_KIND_SERVER, request.Kind)
	require.Equal(t, map[string]string{"rpc.system": "aws-api", "rpc.service": "Rekognition", "rpc.method": "DetectCustomLabels",
		"aws.request_id": request.says["aws.request_id"], "http.response.status_code": "200", "ownsight.account": "111122223333",
		"ownsight.resources": *n.version}, request.says)
	require.Contains(t, n.front.Log(), "request="+request.says["aws.request_id"], "the log tells more")
	require.Contains(t, n.front.Log(), "trace_id="+trace)
	for child, of := range map[string]string{"get object": "Rekognition.DetectCustomLabels", "call node": "Rekognition.DetectCustomLabels",
		"answer node": "call node", "get model": "answer node", "wait for turn": "answer node", "look at picture": "answer node"} {
		require.NotNil(t, byName[child].Span, child)
		require.Equal(t, byName[of].SpanId, byName[child].ParentSpanId, child)
	}
	require.Equal(t, request.node, byName["call node"].node)
	require.NotEqual(t, request.node, byName["answer node"].node)
	require.Equal(t, byName["answer node"].node, byName["look at picture"].node)
	require.Equal(t, byName["answer node"].node, byName["call node"].says["ownsight.node"])
	require.Equal(t, n.pictures[0].Key, byName["get object"].says["aws.s3.key"])
}

// traceRefusal asks about no picture: an answer, not a fault.
func traceRefusal(t *testing.T, n *tracedNodes) {
	trace, option := parent(2, true)
	require.Error(t, n.ask(t, types.Image{Bytes: []byte("no picture")}, option))
	request := n.collector.await(t, 1, "the refused request", func(s span) bool {
		return s.trace() == trace && s.Name == "Rekognition.DetectCustomLabels"
	})[0]
	require.Equal(t, "InvalidImageFormatException", request.says["error.type"])
	require.Equal(t, "400", request.says["http.response.status_code"])
	for _, s := range n.collector.find(func(s span) bool { return s.trace() == trace }) {
		require.NotEqual(t, traces.Status_STATUS_CODE_ERROR, s.Status.GetCode(), s.Name)
	}
}

// traceNothing asks in a trace that its client does not record, and in none. What comes later comes to the collector.
func traceNothing(t *testing.T, n *tracedNodes) {
	silent, option := parent(3, false)
	require.NoError(t, n.ask(t, types.Image{Bytes: n.pictures[0].File}, option))
	require.NoError(t, n.ask(t, types.Image{Bytes: n.pictures[0].File}, func(*rekognition.Options) {}))
	last, option := parent(4, true)
	require.NoError(t, n.ask(t, types.Image{Bytes: n.pictures[0].File}, option))
	n.collector.await(t, 1, "the last request", func(s span) bool {
		return s.trace() == last && s.Name == "Rekognition.DetectCustomLabels"
	})
	require.Empty(t, n.collector.find(func(s span) bool { return s.trace() == silent }))
	require.Len(t, n.collector.find(named("Rekognition.DetectCustomLabels")), 3)
	require.Empty(t, n.collector.find(named("Rekognition.DescribeProjectVersions")))
}

// traceNoSecrets looks through all that came.
func traceNoSecrets(t *testing.T, n *tracedNodes) {
	key, err := n.front.Config(t, "default").Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	n.collector.mu.Lock()
	defer n.collector.mu.Unlock()
	for what, secret := range map[string]string{"key": key.SecretAccessKey, "key's id": key.AccessKeyID, "signature": "Signature", "presigned": "X-Amz-",
		"picture": string(n.pictures[0].File[:64]), "no picture": "no picture", "database": "postgres://"} {
		require.NotContains(t, n.collector.wire.String(), secret, what)
	}
}

// traceInVain asks while nobody takes the spans: nobody waits, and the log says so once.
func traceInVain(t *testing.T, n *tracedNodes) {
	n.collector.Close()
	lost := func() int { return strings.Count(n.front.Log(), "traces are lost") }
	var took []time.Duration
	ask := func(i int) {
		_, option := parent(10+i, true)
		began := time.Now()
		require.NoError(t, n.ask(t, types.Image{Bytes: n.pictures[0].File}, option))
		took = append(took, time.Since(began))
	}
	ask(0)
	server.Eventually(t, server.Patience, "a complaint", func(context.Context) bool { return lost() > 0 })
	for i := range 20 {
		ask(1 + i)
	}
	slices.Sort(took)
	require.Less(t, took[len(took)/2], 10*time.Second, "on a machine that stands still for a moment too")
	require.Zero(t, n.front.Terminate(t))
	require.Equal(t, 1, lost())
}

// TestTracesAreSentAtTheEnd has a server that sends nothing for an hour, and ends earlier. Without a word of the client's the
// share decides. A client may send any bytes in a name.
func TestTracesAreSentAtTheEnd(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	s := server.New(t, "--trace", c.URL)
	s.Setenv("OWNSIGHT_TRACE_SHARE", "1")
	s.Setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")
	s.Restart(t)
	client := guide.Connect(t, s, "default")
	for range 3 {
		_, err := client.DescribeProjects(t.Context(), &rekognition.DescribeProjectsInput{})
		require.NoError(t, err)
	}
	answer, err := http.Get(s.Endpoint + "/bucket/%ff%fe?X-Amz-Signature=topsecret")
	require.NoError(t, err)
	answer.Body.Close()
	for range 3 {
		s.Get(t, "/healthz")
	}
	require.Empty(t, c.find(func(span) bool { return true }))
	require.Zero(t, s.Terminate(t))

	requests := c.find(func(s span) bool { return len(s.ParentSpanId) == 0 })
	var names []string
	for _, r := range requests {
		names = append(names, r.Name)
	}
	require.Equal(t, []string{"Rekognition.DescribeProjects", "Rekognition.DescribeProjects", "Rekognition.DescribeProjects", "S3.GetObject"}, names)
	require.NotContains(t, c.wire.String(), "topsecret")
	require.Equal(t, "400", requests[3].says["http.response.status_code"])
	require.NotEmpty(t, requests[3].says["aws.request_id"])
	for _, s := range c.find(named("read database")) {
		require.True(t, slices.ContainsFunc(requests, func(r span) bool { return bytes.Equal(r.SpanId, s.ParentSpanId) }))
	}
	require.NotEmpty(t, c.find(named("read database")))
	require.Empty(t, s.Complaints())
}
