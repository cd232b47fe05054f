package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

const (
	account = "111122223333"
	role    = "arn:aws:iam::" + account + ":role/images"
	europe  = "eu-central-1"
)

// TestImages tells the story of an image with boto3, which speaks JSON, and with the SDK for Go, which speaks CBOR, and
// demands the same answers.
func TestImages(t *testing.T) {
	t.Parallel()
	file := diskFile(t)
	var told [2][]step
	for i, language := range []struct {
		name string
		tell func(*testing.T, *server.Server, string) []step
	}{{"boto3", tellBoto3}, {"Go", tellGo}} {
		t.Run(language.name, func(t *testing.T) {
			s := server.Start(t)
			code, _, problems := s.Program(t, "account", "create", lab, "--data", s.Dir, "--profile", "lab")
			require.Zero(t, code, problems)
			told[i] = language.tell(t, s, file)
			require.Empty(t, s.Complaints())
		})
	}
	if told[0] == nil || told[1] == nil {
		t.Skip("one story alone has nothing to be compared with")
	}
	require.Len(t, told[1], len(told[0]))
	for i := range told[0] {
		require.Equal(t, told[0][i], told[1][i])
	}
}

// step is what the server said to one step of the story, in a form that every language can bring its answers into.
type step struct {
	Step    string `json:"step"`
	Answer  any    `json:"answer"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Status  int    `json:"status"`
}

func tellBoto3(t *testing.T, s *server.Server, file string) []step {
	python := tool(t, "python3")
	if err := exec.Command(python, "-c", "import boto3").Run(); err != nil {
		t.Skip(`python3 has no boto3: run "make test", which installs it, or "pip install boto3"`)
	}
	cmd := exec.CommandContext(t.Context(), python, "images.py", file)
	cmd.Env = s.Environ()
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	require.NoError(t, cmd.Run(), "%s", &problems)
	return steps(t, out.Bytes())
}

// steps reads a story and makes its answers comparable.
func steps(t *testing.T, story []byte) (list []step) {
	t.Helper()
	require.NoError(t, json.Unmarshal(story, &list))
	for i := range list {
		list[i].Answer = comparable(list[i].Answer)
		list[i].Message = unique.ReplaceAllString(list[i].Message, "…")
	}
	return list
}

// unique is what no two servers give alike.
var unique = regexp.MustCompile(`ami-[0-9a-f]{17}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// comparable brings an answer into a form that does not depend on the language: members that languages leave out are
// absent, names begin with a small letter, and what no two servers give alike is the same.
func comparable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		same := map[string]any{}
		for name, member := range v {
			member = comparable(member)
			if name != "ResultMetadata" && member != nil && member != false && member != "" && !reflect.DeepEqual(member, []any{}) {
				same[strings.ToLower(name[:1])+name[1:]] = member
			}
		}
		return same
	case []any:
		same := []any{}
		for _, item := range v {
			same = append(same, comparable(item))
		}
		return same
	case string:
		if _, err := time.Parse(time.RFC3339, v); err == nil {
			return "a time"
		}
		return unique.ReplaceAllString(v, "…")
	case float64:
		if v > 1e9 {
			return "a time"
		}
	}
	return v
}

// diskFile makes a disk of 8 MiB with a partition, as qcow2 where qemu-img is installed, and gives its path.
func diskFile(t *testing.T) string {
	t.Helper()
	raw := filepath.Join(t.TempDir(), "disk.raw")
	require.NoError(t, os.WriteFile(raw, corpus.Disk(8<<20, 1), 0o600))
	program, err := exec.LookPath("qemu-img")
	if err != nil {
		return raw
	}
	out, err := exec.CommandContext(t.Context(), program, "convert", "-f", "raw", "-O", "qcow2", raw, raw+".qcow2").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return raw + ".qcow2"
}

// imageClient is a program's way to the images of one region, as one account.
type imageClient struct {
	*appstream.Client
	wire wire // for the operations on disks
}

func connectImages(t *testing.T, s *server.Server, profile, region string) imageClient {
	t.Helper()
	c := s.Config(t, profile)
	c.Region, c.RetryMaxAttempts = region, 1
	w := connect(t, s, profile).appstream()
	w.target, w.region = "OwnsightDisks", region
	return imageClient{appstream.NewFromConfig(c), w}
}

// disk is one, as the server describes it.
type disk struct{ DiskId, S3Uri, Format string } //nolint:revive // as on the wire

// register registers a disk file and gives what the server said.
func (c imageClient) register(t *testing.T, uri string) (disk, answer) {
	t.Helper()
	a := c.wire.call(t, "RegisterDisk", js(members{"S3Uri": uri, "Platform": "WINDOWS_SERVER_2022", "Name": "gold"}))
	var out struct{ Disk disk }
	require.NoError(t, json.Unmarshal(a.body, &out))
	return out.Disk, a
}

// begin begins to import a disk.
func (c imageClient) begin(t *testing.T, name, disk string) {
	t.Helper()
	_, err := c.CreateImportedImage(t.Context(), &appstream.CreateImportedImageInput{Name: &name, SourceAmiId: &disk})
	require.NoError(t, err)
}

// image describes one.
func (c imageClient) image(t *testing.T, name string) types.Image {
	t.Helper()
	out, err := c.DescribeImages(t.Context(), &appstream.DescribeImagesInput{Names: []string{name}})
	require.NoError(t, err)
	require.Len(t, out.Images, 1)
	return out.Images[0]
}

// settled waits until nothing is in progress on an image.
func (c imageClient) settled(t *testing.T, name string) (image types.Image) {
	t.Helper()
	server.Eventually(t, server.Patience, "image "+name+" settled", func(context.Context) bool {
		image = c.image(t, name)
		return image.State == types.ImageStateAvailable || image.State == types.ImageStateFailed
	})
	return image
}

// available is settled, and demands that all went well.
func (c imageClient) available(t *testing.T, name string) types.Image {
	t.Helper()
	image := c.settled(t, name)
	require.Equal(t, types.ImageStateAvailable, image.State, "%+v", image.StateChangeReason)
	return image
}

// remove deletes an image.
func (c imageClient) remove(t *testing.T, name string) types.Image {
	t.Helper()
	out, err := c.DeleteImage(t.Context(), &appstream.DeleteImageInput{Name: &name})
	require.NoError(t, err, name)
	require.Equal(t, types.ImageStateDeleting, out.Image.State)
	return *out.Image
}

// ended waits for an export.
func (c imageClient) ended(t *testing.T, task *types.ExportImageTask) *types.ExportImageTask {
	t.Helper()
	server.Eventually(t, server.Patience, "the export", func(ctx context.Context) bool {
		out, err := c.GetExportImageTask(ctx, &appstream.GetExportImageTaskInput{TaskId: task.TaskId})
		require.NoError(t, err)
		task = out.ExportImageTask
		return task.State != types.ExportImageTaskStateExporting
	})
	require.Equal(t, types.ExportImageTaskStateCompleted, task.State, "%+v", task.ErrorDetails)
	return task
}

// refusedImage demands an error by its code, of a type of its own where the service models it, and gives it as a step.
func refusedImage(t *testing.T, err error, code string, words ...string) step {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode(), "%v", err)
	var plain *smithy.GenericAPIError
	require.Equal(t, code == "AccessDeniedException" || code == "ValidationException", errors.As(err, &plain), "%T", api)
	for _, w := range words {
		require.Contains(t, api.ErrorMessage(), w)
	}
	var response *http.ResponseError
	require.ErrorAs(t, err, &response)
	return step{Code: code, Message: api.ErrorMessage(), Status: response.HTTPStatusCode()}
}

// bucketOf makes a bucket with one file in it.
func bucketOf(t *testing.T, s *server.Server, bucket, key string, content []byte) {
	t.Helper()
	c := guide.Connect(t, s, "default")
	c.Bucket(t, bucket)
	c.Put(t, bucket, key, content)
}

// imageARN names an image of the default account in us-east-1.
func imageARN(name string) string { return "arn:aws:appstream:us-east-1:" + account + ":image/" + name }

// shareWith is what lets an account use an image for fleets.
func shareWith(name, other string) *appstream.UpdateImagePermissionsInput {
	return &appstream.UpdateImagePermissionsInput{Name: &name, SharedAccountId: &other,
		ImagePermissions: &types.ImagePermissions{AllowFleet: aws.Bool(true), AllowImageBuilder: aws.Bool(false)}}
}
