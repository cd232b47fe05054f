package guide

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/server"
)

// Images is what a user of AppStream's image catalogue has in a region: the AWS SDK, which speaks CBOR, and Ownsight's own
// operations on disks.
type Images struct {
	*appstream.Client
	config aws.Config
	at     *server.Server
}

// ImagesIn gives the catalogue of a region to the one who has a profile.
func ImagesIn(t testing.TB, s *server.Server, profile, region string) Images {
	t.Helper()
	config := s.Config(t, profile)
	config.Region = region
	return Images{appstream.NewFromConfig(config), config, s}
}

// Disk is a disk file in S3 that has a number.
type Disk struct {
	DiskId, S3Uri, Format, ImageArn string
	Size, VirtualSize               int64
}

// Disks calls one of the operations on disks and gives the answer and its status.
func (c Images) Disks(t testing.TB, operation string, in any) (status int, body []byte) {
	t.Helper()
	payload, err := json.Marshal(in)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.at.Endpoint+"/", bytes.NewReader(payload))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "OwnsightDisks."+operation)
	key, err := c.config.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	digest := sha256.Sum256(payload)
	require.NoError(t, v4.NewSigner().SignHTTP(t.Context(), key, r, hex.EncodeToString(digest[:]), "appstream", c.config.Region, time.Now()))
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, body
}

// Register gives a disk file its number.
func (c Images) Register(t testing.TB, uri string) Disk {
	t.Helper()
	status, body := c.Disks(t, "RegisterDisk", map[string]string{"S3Uri": uri, "Platform": "WINDOWS_SERVER_2022"})
	require.Equal(t, http.StatusOK, status, "%s", body)
	var out struct{ Disk Disk }
	require.NoError(t, json.Unmarshal(body, &out))
	return out.Disk
}

// Import makes an image of a disk and waits until it is there.
func (c Images) Import(t testing.TB, disk Disk, name string) types.Image {
	t.Helper()
	_, err := c.CreateImportedImage(t.Context(), &appstream.CreateImportedImageInput{Name: &name, SourceAmiId: &disk.DiskId})
	require.NoError(t, err)
	image := c.Settled(t, name)
	require.Equal(t, types.ImageStateAvailable, image.State, "%+v", image.StateChangeReason)
	return image
}

// Settled waits until nothing is in progress on an image.
func (c Images) Settled(t testing.TB, name string) (image types.Image) {
	t.Helper()
	server.Eventually(t, server.Patience, "image "+name+" settled", func(ctx context.Context) bool {
		out, err := c.DescribeImages(ctx, &appstream.DescribeImagesInput{Names: []string{name}})
		if err != nil {
			return false // the server may be down
		}
		image = out.Images[0]
		return image.State == types.ImageStateAvailable || image.State == types.ImageStateFailed
	})
	return image
}

// Export writes an image's disk to S3 and gives it.
func (c Images) Export(t testing.TB, name string) Disk {
	t.Helper()
	out, err := c.CreateExportImageTask(t.Context(), &appstream.CreateExportImageTaskInput{
		ImageName: &name, AmiName: &name, IamRoleArn: aws.String("arn:aws:iam::111122223333:role/images")})
	require.NoError(t, err)
	var task *types.ExportImageTask
	server.Eventually(t, server.Patience, "image "+name+" exported", func(ctx context.Context) bool {
		got, err := c.GetExportImageTask(ctx, &appstream.GetExportImageTaskInput{TaskId: out.ExportImageTask.TaskId})
		if err != nil {
			return false
		}
		task = got.ExportImageTask
		return task.State != types.ExportImageTaskStateExporting
	})
	require.Equal(t, types.ExportImageTaskStateCompleted, task.State, "%+v", task.ErrorDetails)
	status, body := c.Disks(t, "DescribeDisks", struct{}{})
	require.Equal(t, http.StatusOK, status)
	var list struct{ Disks []Disk }
	require.NoError(t, json.Unmarshal(body, &list))
	for _, d := range list.Disks {
		if d.DiskId == *task.AmiId {
			return d
		}
	}
	require.Fail(t, "the exported disk is not among the disks", "%s", body)
	return Disk{}
}
