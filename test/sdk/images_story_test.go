package sdk

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"ownsight/test/guide"
	"ownsight/test/server"
)

const (
	imageMissing = "ResourceNotFoundException"
	imageThere   = "ResourceAlreadyExistsException"
	imageInvalid = "ValidationException"
	imageDenied  = "AccessDeniedException"
	combination  = "InvalidParameterCombinationException"
)

// imageStory is the story of images.py, step by step, with what the steps need of each other.
type imageStory struct {
	here, there, lab imageClient
	s3               *s3.Client
	file             []byte
	told             []step
}

// tellGo tells the story with the SDK for Go.
func tellGo(t *testing.T, s *server.Server, file string) []step {
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	bucketOf(t, s, "disks", "gold.disk", content)
	story := &imageStory{
		here: connectImages(t, s, "default", "us-east-1"), there: connectImages(t, s, "default", europe),
		lab: connectImages(t, s, "lab", "us-east-1"), s3: guide.Connect(t, s, "default").S3, file: content,
	}
	story.importDisk(t)
	story.update(t)
	story.tag(t)
	story.copy(t)
	story.share(t)
	story.refuseTheOther(t)
	story.export(t)
	story.clearUp(t)
	b, err := json.Marshal(story.told)
	require.NoError(t, err)
	return steps(t, b)
}

// tell notes an answer.
func (s *imageStory) tell(name string, answer any) {
	s.told = append(s.told, step{Step: name, Answer: answer})
}

// refused notes a refusal.
func (s *imageStory) refused(t *testing.T, name, code string, err error) {
	t.Helper()
	told := refusedImage(t, err, code)
	told.Step = name
	s.told = append(s.told, told)
}

// disks calls one of the operations on disks and notes what came.
func (s *imageStory) disks(t *testing.T, step string, c imageClient, operation string, in members, out any) {
	t.Helper()
	a := c.wire.call(t, operation, js(in))
	a.accepted(t)
	s.tell(step, json.RawMessage(a.body))
	require.NoError(t, json.Unmarshal(a.body, out))
}

func (s *imageStory) importDisk(t *testing.T) {
	var out struct{ Disk disk }
	s.disks(t, "register", s.here, "RegisterDisk", members{"S3Uri": "s3://disks/gold.disk", "Platform": "WINDOWS_SERVER_2022", "Name": "gold"}, &out)
	in := appstream.CreateImportedImageInput{
		Name: aws.String("gold"), SourceAmiId: &out.Disk.DiskId, IamRoleArn: aws.String(role), DisplayName: aws.String("Gold"),
		Description: aws.String("Office and tools"), Tags: map[string]string{"line": "7"},
		AppCatalogConfig: []types.ApplicationConfig{{
			Name: aws.String("notepad"), DisplayName: aws.String("Notes"), AbsoluteAppPath: aws.String(`C:\Windows\notepad.exe`),
		}},
	}
	try := in
	try.DryRun = aws.Bool(true)
	_, err := s.here.CreateImportedImage(t.Context(), &try)
	s.refused(t, "try to import", "DryRunOperationException", err)
	made, err := s.here.CreateImportedImage(t.Context(), &in)
	require.NoError(t, err)
	require.Equal(t, types.ImageStateImporting, made.Image.State)
	s.tell("import", made)
	_, err = s.here.CreateImportedImage(t.Context(), &in)
	s.refused(t, "import again", imageThere, err)
	s.tell("imported", s.here.available(t, "gold"))
}

func (s *imageStory) update(t *testing.T) {
	ask := func(in appstream.CreateUpdatedImageInput) (*appstream.CreateUpdatedImageOutput, error) {
		return s.here.CreateUpdatedImage(t.Context(), &in)
	}
	_, err := ask(appstream.CreateUpdatedImageInput{ExistingImageName: aws.String("none"), NewImageName: aws.String("gold-1")})
	s.refused(t, "try to update an image of nothing", imageMissing, err)
	tried, err := ask(appstream.CreateUpdatedImageInput{ExistingImageName: aws.String("gold"), NewImageName: aws.String("gold-1"), DryRun: aws.Bool(true)})
	require.NoError(t, err)
	s.tell("try to update", tried)
	for _, n := range []string{"1", "2", "3"} {
		made, err := ask(appstream.CreateUpdatedImageInput{ExistingImageName: aws.String("gold"), NewImageName: aws.String("gold-" + n),
			NewImageDescription: aws.String("edition " + n)})
		require.NoError(t, err)
		s.tell("update", made)
	}
	var sizes []int
	var names []string
	pages := appstream.NewDescribeImagesPaginator(s.here, &appstream.DescribeImagesInput{MaxResults: aws.Int32(3)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		sizes = append(sizes, len(page.Images))
		for _, i := range page.Images {
			names = append(names, *i.Name)
		}
	}
	require.Equal(t, []int{3, 1}, sizes)
	s.tell("pages", map[string]any{"Names": names})
	for _, wrong := range []struct {
		name, code string
		in         appstream.DescribeImagesInput
	}{
		{"too large a page", imageInvalid, appstream.DescribeImagesInput{MaxResults: aws.Int32(26)}},
		{"a token of nothing", imageInvalid, appstream.DescribeImagesInput{NextToken: aws.String("x")}},
		{"names and ARNs", combination, appstream.DescribeImagesInput{Names: []string{"gold"}, Arns: []string{imageARN("gold")}}},
		{"a public image that is private", combination, appstream.DescribeImagesInput{Names: []string{"gold"}, Type: types.VisibilityTypePublic}},
		{"an image of nothing", imageMissing, appstream.DescribeImagesInput{Names: []string{"gold", "none"}}},
	} {
		_, err := s.here.DescribeImages(t.Context(), &wrong.in)
		s.refused(t, wrong.name, wrong.code, err)
	}
}

func (s *imageStory) tag(t *testing.T) {
	arn := aws.String(imageARN("gold"))
	_, err := s.here.TagResource(t.Context(), &appstream.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"line": "8", "owner": "lab"}})
	require.NoError(t, err)
	s.tags(t, "tagged", s.here, *arn)
	_, err = s.here.UntagResource(t.Context(), &appstream.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"line", "none"}})
	require.NoError(t, err)
	s.tags(t, "untagged", s.here, *arn)
	_, err = s.here.ListTagsForResource(t.Context(), &appstream.ListTagsForResourceInput{ResourceArn: aws.String(*arn + "-none")})
	s.refused(t, "tags of nothing", imageMissing, err)
}

func (s *imageStory) tags(t *testing.T, step string, c imageClient, arn string) {
	t.Helper()
	out, err := c.ListTagsForResource(t.Context(), &appstream.ListTagsForResourceInput{ResourceArn: &arn})
	require.NoError(t, err)
	s.tell(step, out)
}

// into asks for a copy of gold in Europe.
func into(name string) appstream.CopyImageInput {
	return appstream.CopyImageInput{SourceImageName: aws.String("gold"), DestinationImageName: &name, DestinationRegion: aws.String(europe)}
}

func (s *imageStory) copy(t *testing.T) {
	in := into("gold-eu")
	out, err := s.here.CopyImage(t.Context(), &in)
	require.NoError(t, err)
	s.tell("copy", out)
	_, err = s.here.CopyImage(t.Context(), &in)
	s.refused(t, "copy again", imageThere, err)
	copied := s.there.available(t, "gold-eu")
	require.Equal(t, "Office and tools", *copied.Description)
	s.tell("copied", copied)
	s.tags(t, "its tags", s.there, strings.Replace(imageARN("gold-eu"), "us-east-1", europe, 1))
	_, err = s.here.DescribeImages(t.Context(), &appstream.DescribeImagesInput{Names: []string{"gold-eu"}})
	s.refused(t, "the copy in the source's region", imageMissing, err)
	other := into("gold-eu-2")
	other.DestinationImageDescription = aws.String("for Europe")
	_, err = s.here.CopyImage(t.Context(), &other)
	require.NoError(t, err)
	s.tell("copied with another description", s.there.available(t, "gold-eu-2"))
	nothing := into("gold-eu")
	nothing.SourceImageName = aws.String("none")
	_, err = s.here.CopyImage(t.Context(), &nothing)
	s.refused(t, "copy nothing", imageMissing, err)
	nowhere := into("gold-eu")
	nowhere.DestinationRegion = aws.String("mars-north-1")
	_, err = s.here.CopyImage(t.Context(), &nowhere)
	s.refused(t, "copy into no region", imageMissing, err)
}

// images notes what a client sees.
func (s *imageStory) images(t *testing.T, step string, c imageClient, in appstream.DescribeImagesInput) []types.Image {
	t.Helper()
	out, err := c.DescribeImages(t.Context(), &in)
	require.NoError(t, err)
	s.tell(step, out)
	return out.Images
}

func (s *imageStory) share(t *testing.T) {
	byARN := appstream.DescribeImagesInput{Arns: []string{imageARN("gold")}}
	_, err := s.lab.DescribeImages(t.Context(), &byARN)
	s.refused(t, "the other account, before", imageMissing, err)
	require.Empty(t, s.images(t, "what the other account sees, before", s.lab, appstream.DescribeImagesInput{}))
	_, err = s.here.UpdateImagePermissions(t.Context(), shareWith("gold", lab))
	require.NoError(t, err)
	s.permissions(t, "permissions", 1)
	own := s.images(t, "shared with others", s.here, appstream.DescribeImagesInput{Names: []string{"gold"}})
	require.Equal(t, types.ImageSharedWithOthersTrue, own[0].ImageSharedWithOthers)
	require.Nil(t, own[0].ImagePermissions)
	byARN.Type = types.VisibilityTypeShared
	theirs := s.images(t, "the other account, by ARN", s.lab, byARN)
	require.Equal(t, types.VisibilityTypeShared, theirs[0].Visibility)
	require.Equal(t, &types.ImagePermissions{AllowFleet: aws.Bool(true), AllowImageBuilder: aws.Bool(false)}, theirs[0].ImagePermissions)
	require.Len(t, s.images(t, "what the other account sees", s.lab, appstream.DescribeImagesInput{}), 1)
	require.Empty(t, s.images(t, "of its own", s.lab, appstream.DescribeImagesInput{Type: types.VisibilityTypePrivate}))
	_, err = s.lab.DescribeImages(t.Context(), &appstream.DescribeImagesInput{Names: []string{"gold"}})
	s.refused(t, "the other account, by name", imageMissing, err)
	_, err = s.here.DeleteImage(t.Context(), &appstream.DeleteImageInput{Name: aws.String("gold")})
	s.refused(t, "delete what is shared", "ResourceInUseException", err)
}

func (s *imageStory) permissions(t *testing.T, step string, n int) {
	t.Helper()
	out, err := s.here.DescribeImagePermissions(t.Context(), &appstream.DescribeImagePermissionsInput{Name: aws.String("gold")})
	require.NoError(t, err)
	require.Len(t, out.SharedImagePermissionsList, n)
	s.tell(step, out)
}

// refuseTheOther tries what the other account may not do with an image that is shared with it, and takes that back.
func (s *imageStory) refuseTheOther(t *testing.T) {
	ctx, gold, mine, arn := t.Context(), aws.String("gold"), aws.String("mine"), aws.String(imageARN("gold"))
	_, err := s.lab.CopyImage(ctx, &appstream.CopyImageInput{SourceImageName: gold, DestinationImageName: mine, DestinationRegion: aws.String("us-east-1")})
	s.refused(t, "the other account copies", imageMissing, err)
	_, err = s.lab.CreateUpdatedImage(ctx, &appstream.CreateUpdatedImageInput{ExistingImageName: gold, NewImageName: mine})
	s.refused(t, "the other account updates", imageMissing, err)
	_, err = s.lab.UpdateImagePermissions(ctx, shareWith("gold", lab))
	s.refused(t, "the other account shares", imageMissing, err)
	_, err = s.lab.DeleteImagePermissions(ctx, &appstream.DeleteImagePermissionsInput{Name: gold, SharedAccountId: aws.String(lab)})
	s.refused(t, "the other account unshares", imageMissing, err)
	_, err = s.lab.DescribeImagePermissions(ctx, &appstream.DescribeImagePermissionsInput{Name: gold})
	s.refused(t, "the other account looks at permissions", imageMissing, err)
	_, err = s.lab.CreateExportImageTask(ctx, &appstream.CreateExportImageTaskInput{ImageName: gold, AmiName: mine,
		IamRoleArn: aws.String(strings.Replace(role, account, lab, 1))})
	s.refused(t, "the other account exports", imageMissing, err)
	_, err = s.lab.DeleteImage(ctx, &appstream.DeleteImageInput{Name: gold})
	s.refused(t, "the other account deletes", imageMissing, err)
	_, err = s.lab.TagResource(ctx, &appstream.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"mine": "yes"}})
	s.refused(t, "the other account tags", imageDenied, err)
	_, err = s.lab.ListTagsForResource(ctx, &appstream.ListTagsForResourceInput{ResourceArn: arn})
	s.refused(t, "the other account reads tags", imageDenied, err)
	_, err = s.here.UpdateImagePermissions(ctx, shareWith("gold", account))
	s.refused(t, "share with oneself", imageInvalid, err)
	unshare := &appstream.DeleteImagePermissionsInput{Name: gold, SharedAccountId: aws.String(lab)}
	_, err = s.here.DeleteImagePermissions(ctx, unshare)
	require.NoError(t, err)
	_, err = s.here.DeleteImagePermissions(ctx, unshare)
	s.refused(t, "unshare again", imageMissing, err)
	s.permissions(t, "no permissions", 0)
	_, err = s.lab.DescribeImages(ctx, &appstream.DescribeImagesInput{Arns: []string{*arn}})
	s.refused(t, "the other account, after", imageMissing, err)
}

func (s *imageStory) export(t *testing.T) {
	in := appstream.CreateExportImageTaskInput{ImageName: aws.String("gold-eu"), AmiName: aws.String("gold-out"), AmiDescription: aws.String("back again"),
		TagSpecifications: map[string]string{"line": "7"}, IamRoleArn: aws.String(role)}
	nobody := in
	nobody.IamRoleArn = aws.String(strings.Replace(role, account, lab, 1))
	_, err := s.there.CreateExportImageTask(t.Context(), &nobody)
	s.refused(t, "export as nobody", "InvalidRoleException", err)
	begun, err := s.there.CreateExportImageTask(t.Context(), &in)
	require.NoError(t, err)
	s.tell("export", begun)
	task := s.there.ended(t, begun.ExportImageTask)
	s.tell("exported", task)
	s.exports(t, "exports", "COMPLETED", 1)
	s.exports(t, "exports that failed", "FAILED", 0)
	_, err = s.here.GetExportImageTask(t.Context(), &appstream.GetExportImageTaskInput{TaskId: task.TaskId})
	s.refused(t, "the task in another region", imageMissing, err)
	var out struct{ Disks []disk }
	s.disks(t, "disks", s.there, "DescribeDisks", members{}, &out)
	require.Len(t, out.Disks, 1)
	require.Equal(t, *task.AmiId, out.Disks[0].DiskId)
	bucket, key, _ := strings.Cut(strings.TrimPrefix(out.Disks[0].S3Uri, "s3://"), "/")
	object, err := s.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	defer object.Body.Close()
	got, err := io.ReadAll(object.Body)
	require.NoError(t, err)
	require.True(t, bytes.Equal(s.file, got), "the exported disk has %d other bytes", len(got))
	s.disks(t, "deregister", s.there, "DeregisterDisk", members{"DiskId": out.Disks[0].DiskId}, &out)
}

func (s *imageStory) exports(t *testing.T, step, state string, n int) {
	t.Helper()
	out, err := s.there.ListExportImageTasks(t.Context(), &appstream.ListExportImageTasksInput{
		Filters: []types.Filter{{Name: aws.String("state"), Values: []string{state}}},
	})
	require.NoError(t, err)
	require.Len(t, out.ExportImageTasks, n)
	s.tell(step, out)
}

func (s *imageStory) clearUp(t *testing.T) {
	s.tell("delete", members{"Image": s.here.remove(t, "gold")})
	_, err := s.here.DeleteImage(t.Context(), &appstream.DeleteImageInput{Name: aws.String("gold")})
	s.refused(t, "delete again", imageMissing, err)
	for name, c := range map[string]imageClient{"gold-1": s.here, "gold-2": s.here, "gold-3": s.here, "gold-eu": s.there, "gold-eu-2": s.there} {
		c.remove(t, name)
	}
	require.Empty(t, s.images(t, "nothing here", s.here, appstream.DescribeImagesInput{}))
	require.Empty(t, s.images(t, "nothing there", s.there, appstream.DescribeImagesInput{}))
}
