package sdk

import (
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/guide"
	"ownsight/test/server"
)

// TestImagesRefused asks for what cannot be done with disks and images.
func TestImagesRefused(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	c := connectImages(t, s, "default", "us-east-1")
	bucketOf(t, s, "disks", "gold", corpus.Disk(2<<20, 1))
	files := guide.Connect(t, s, "default")
	gold, _ := c.register(t, "s3://disks/gold")
	c.begin(t, "gold", gold.DiskId)
	c.available(t, "gold")
	t.Run("disks", func(t *testing.T) { refusedDisks(t, c, files) })
	t.Run("imports", func(t *testing.T) { refusedImports(t, c, gold.DiskId) })
	t.Run("regions", func(t *testing.T) { refusedRegions(t, c, connectImages(t, s, "default", europe), gold.DiskId) })
	t.Run("names", func(t *testing.T) { refusedNames(t, c, gold.DiskId) })
	t.Run("failures", func(t *testing.T) { failedImports(t, c, files) })
	t.Run("policies", func(t *testing.T) { refusedUsers(t, s, c) })
}

// refusedDisks registers what is no disk.
func refusedDisks(t *testing.T, c imageClient, files guide.Client) {
	refuse := func(key string, content []byte, code, words string) {
		t.Helper()
		if content != nil {
			files.Put(t, "disks", key, content)
		}
		_, a := c.register(t, "s3://disks/"+key)
		require.Equal(t, code, a.Type, "%s", a.body)
		require.Contains(t, a.Message, words)
	}
	const unfit = "IncompatibleImageException"
	refuse("none", nil, imageMissing, "There is no s3://disks/none")
	refuse("text", []byte("this is no disk"), unfit, "s3://disks/text")
	refuse("bare", make([]byte, 1<<20), unfit, "partition")
	refuse("cut", corpus.Disk(2<<20, 1)[:1<<20], unfit, "s3://disks/cut")
	whole, err := os.ReadFile(diskFile(t)) // qcow2, if it can be made
	require.NoError(t, err)
	refuse("half", whole[:len(whole)/2], unfit, "s3://disks/half")
	_, a := c.register(t, "s3://disk s/gold")
	require.Equal(t, imageInvalid, a.Type, "%s", a.body)
	require.Equal(t, imageMissing, c.wire.call(t, "DeregisterDisk", js(members{"DiskId": "ami-00000000"})).Type)
}

// refusedImports asks for imports of nothing, and of what AWS has and we have not.
func refusedImports(t *testing.T, c imageClient, disk string) {
	for _, wrong := range []struct {
		code, words string
		in          appstream.CreateImportedImageInput
	}{
		{combination, "SourceAmiId is missing", appstream.CreateImportedImageInput{}},
		{combination, "cannot be given together", appstream.CreateImportedImageInput{SourceAmiId: &disk, WorkspaceImageId: aws.String("wsi-12345678")}},
		{"OperationNotPermittedException", "image register", appstream.CreateImportedImageInput{WorkspaceImageId: aws.String("wsi-12345678")}},
		{imageMissing, "There is no disk", appstream.CreateImportedImageInput{SourceAmiId: aws.String("ami-00000000000000000")}},
		{imageInvalid, "sourceAmiId", appstream.CreateImportedImageInput{SourceAmiId: aws.String("gold")}},
		{"InvalidRoleException", "not the ARN of a role", appstream.CreateImportedImageInput{SourceAmiId: &disk, IamRoleArn: aws.String("arn:aws:iam::" + account + ":user/x")}},
	} {
		wrong.in.Name = aws.String("new")
		_, err := c.CreateImportedImage(t.Context(), &wrong.in)
		refusedImage(t, err, wrong.code, wrong.words)
	}
	_, err := c.GetExportImageTask(t.Context(), &appstream.GetExportImageTaskInput{})
	refusedImage(t, err, imageInvalid, "TaskId is missing")
	_, err = c.ListExportImageTasks(t.Context(), &appstream.ListExportImageTasksInput{Filters: []types.Filter{{Name: aws.String("colour"), Values: []string{"red"}}}})
	refusedImage(t, err, imageInvalid, `no filter "colour"`)
}

// refusedRegions asks in one region for what is in another.
func refusedRegions(t *testing.T, c, there imageClient, disk string) {
	ctx, gold, arn := t.Context(), aws.String("gold"), aws.String(imageARN("gold"))
	_, err := there.DeleteImage(ctx, &appstream.DeleteImageInput{Name: gold})
	refusedImage(t, err, imageMissing, europe)
	_, err = there.DescribeImages(ctx, &appstream.DescribeImagesInput{Arns: []string{*arn}})
	refusedImage(t, err, imageMissing, europe)
	_, err = there.TagResource(ctx, &appstream.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"a": "b"}})
	refusedImage(t, err, imageMissing, "signed for "+europe)
	_, err = there.CreateImportedImage(ctx, &appstream.CreateImportedImageInput{Name: gold, SourceAmiId: &disk})
	refusedImage(t, err, imageMissing, disk, europe)
	_, err = there.CopyImage(ctx, &appstream.CopyImageInput{SourceImageName: gold, DestinationImageName: aws.String("new"), DestinationRegion: aws.String("us-east-1")})
	refusedImage(t, err, imageMissing, europe)
	for _, region := range []string{"mars-north-1", "EU", "eu-central-1 "} {
		_, err = c.CopyImage(ctx, &appstream.CopyImageInput{SourceImageName: gold, DestinationImageName: gold, DestinationRegion: &region})
		refusedImage(t, err, imageMissing, "There is no region "+region)
	}
}

// refusedNames takes a name twice.
func refusedNames(t *testing.T, c imageClient, disk string) {
	ctx, gold := t.Context(), aws.String("gold")
	_, err := c.CreateImportedImage(ctx, &appstream.CreateImportedImageInput{Name: gold, SourceAmiId: &disk})
	refusedImage(t, err, imageThere, "gold")
	_, err = c.CreateUpdatedImage(ctx, &appstream.CreateUpdatedImageInput{ExistingImageName: gold, NewImageName: gold})
	refusedImage(t, err, imageThere, "gold")
	_, err = c.CopyImage(ctx, &appstream.CopyImageInput{SourceImageName: gold, DestinationImageName: gold, DestinationRegion: aws.String("us-east-1")})
	refusedImage(t, err, imageThere, "gold")
	_, err = c.CopyImage(ctx, &appstream.CopyImageInput{SourceImageName: gold, DestinationImageName: aws.String("Gold"), DestinationRegion: aws.String("us-east-1")})
	require.NoError(t, err, "names are case-sensitive")
	c.available(t, "Gold")
	c.remove(t, "Gold")
}

// failedImports registers disks whose files then become other ones, or go.
func failedImports(t *testing.T, c imageClient, files guide.Client) {
	for key, spoil := range map[string]func(key string){
		"changed": func(key string) { files.Put(t, "disks", key, corpus.Disk(4<<20, 1)) },
		"gone": func(key string) {
			_, err := files.S3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("disks"), Key: &key})
			require.NoError(t, err)
		},
	} {
		files.Put(t, "disks", key, corpus.Disk(3<<20, 1))
		d, _ := c.register(t, "s3://disks/"+key)
		spoil(key)
		c.begin(t, key, d.DiskId)
		image := c.settled(t, key)
		require.Equal(t, types.ImageStateFailed, image.State, key)
		require.Equal(t, types.ImageStateChangeReasonCodeImageImportFailure, image.StateChangeReason.Code)
		words := map[string]string{"changed": "is another file by now", "gone": "There is no s3://disks/gone"}[key]
		require.Contains(t, *image.StateChangeReason.Message, words)
		require.Len(t, image.ImageErrors, 1)
		require.Contains(t, *image.ImageErrors[0].ErrorMessage, words)
		require.False(t, image.ImageErrors[0].ErrorTimestamp.Before(*image.CreatedTime))
		refusedFailed(t, c, key)
		c.remove(t, key)
	}
}

// refusedFailed tries what a failed image is no good for.
func refusedFailed(t *testing.T, c imageClient, name string) {
	t.Helper()
	_, err := c.CopyImage(t.Context(), &appstream.CopyImageInput{SourceImageName: &name, DestinationImageName: aws.String("new"), DestinationRegion: aws.String(europe)})
	refusedImage(t, err, "ResourceNotAvailableException", "FAILED")
	_, err = c.UpdateImagePermissions(t.Context(), shareWith(name, lab))
	refusedImage(t, err, "ResourceNotAvailableException", "FAILED")
	_, err = c.CreateExportImageTask(t.Context(), &appstream.CreateExportImageTaskInput{ImageName: &name, AmiName: aws.String("new"), IamRoleArn: aws.String(role)})
	refusedImage(t, err, "ResourceNotAvailableException", "FAILED")
	_, err = c.CreateUpdatedImage(t.Context(), &appstream.CreateUpdatedImageInput{ExistingImageName: &name, NewImageName: aws.String("new")})
	refusedImage(t, err, "ConcurrentModificationException", "FAILED")
}

// refusedUsers gives users policies about some images, regions and tags.
func refusedUsers(t *testing.T, s *server.Server, root imageClient) {
	ctx, gold := t.Context(), aws.String("gold")
	connectUser := func(name, statements string) imageClient {
		user(t, s, name, statements)
		return connectImages(t, s, name, "us-east-1")
	}
	copyTo := func(c imageClient, name string) error {
		_, err := c.CopyImage(ctx, &appstream.CopyImageInput{SourceImageName: gold, DestinationImageName: &name, DestinationRegion: aws.String(europe)})
		return err
	}
	reader := connectUser("reader", `{"Effect":"Allow","Action":["appstream:Describe*","appstream:List*"],"Resource":"*"}`)
	require.Equal(t, "gold", *reader.image(t, "gold").Name)
	refusedImage(t, copyTo(reader, "new"), imageDenied, "appstream:CopyImage", ":image/gold")
	_, err := reader.DeleteImage(ctx, &appstream.DeleteImageInput{Name: aws.String("none")})
	refusedImage(t, err, imageDenied, "appstream:DeleteImage", ":image/none")

	half := connectUser("half", `{"Effect":"Allow","Action":"appstream:CopyImage","Resource":"arn:aws:appstream:us-east-1:*:image/gold"}`)
	refusedImage(t, copyTo(half, "new"), imageDenied, europe+":"+account+":image/new")
	whole := connectUser("whole", `{"Effect":"Allow","Action":"appstream:CopyImage","Resource":["arn:aws:appstream:us-east-1:*:image/gold","arn:aws:appstream:*:*:image/eu-*"]}`)
	refusedImage(t, copyTo(whole, "new"), imageDenied, ":image/new")
	require.NoError(t, copyTo(whole, "eu-gold"))

	tagger := connectUser("tagger", `{"Effect":"Allow","Action":"appstream:CreateUpdatedImage","Resource":"*"},
		{"Effect":"Allow","Action":"appstream:TagResource","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/line":"7"}}}`)
	update := func(name string, tags map[string]string) error {
		_, err := tagger.CreateUpdatedImage(ctx, &appstream.CreateUpdatedImageInput{ExistingImageName: gold, NewImageName: &name, NewImageTags: tags})
		return err
	}
	refusedImage(t, update("line-8", map[string]string{"line": "8"}), imageDenied, "appstream:TagResource", ":image/line-8")
	require.NoError(t, update("line-7", map[string]string{"line": "7"}))
	require.NoError(t, update("line-0", nil))

	cleaner := connectUser("cleaner", `{"Effect":"Allow","Action":"appstream:DeleteImage","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/line":"7"}}}`)
	_, err = cleaner.DeleteImage(ctx, &appstream.DeleteImageInput{Name: aws.String("line-0")})
	refusedImage(t, err, imageDenied, ":image/line-0")
	cleaner.remove(t, "line-7")
	root.remove(t, "line-0")
}
