package sdk

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/stretchr/testify/require"

	"ownsight/test/corpus"
	"ownsight/test/server"
)

// imageLimits are those of one server.
type imageLimits struct{ images, shares, copies, updates, tags int }

// TestImageLimits fills a server up that has AWS's quotas, and one whose operator has set smaller ones.
func TestImageLimits(t *testing.T) {
	t.Parallel()
	storage := server.NewStorage(t)
	bucketOf(t, storage.Server, "disks", "gold", corpus.Disk(8<<20, 1))
	for name, limits := range map[string]imageLimits{
		"usual": {images: 10, shares: 100, copies: 2, updates: 5, tags: 50},
		"small": {images: 4, shares: 2, copies: 1, updates: 1, tags: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server.New(t)
			if name != "usual" {
				for key, n := range map[string]int{"IMAGES": limits.images, "IMAGE_SHARES": limits.shares, "IMAGE_COPIES": limits.copies,
					"IMAGE_UPDATES": limits.updates, "TAGS": limits.tags} {
					s.Setenv("OWNSIGHT_LIMITS_"+key, strconv.Itoa(n))
				}
			}
			storage.Keeps(t, s, name)
			s.Restart(t)
			c := connectImages(t, s, "default", "us-east-1")
			gold, _ := c.register(t, "s3://disks/gold")
			fillImports(t, c, storage.Hold("PUT /"+name+"/images/us-east-1/"), gold.DiskId, limits.updates)
			fillImageCopies(t, c, connectImages(t, s, "default", europe), storage.Hold("PUT /"+name+"/images/"+europe+"/"), limits.copies)
			fillExports(t, c, storage.Hold("POST /ownsight-exports-"+account+"-us-east-1/"), limits.updates)
			fillCatalogue(t, c, limits.images)
			fillShares(t, c, limits.shares)
			fillImageTags(t, c, limits.tags)
			require.Empty(t, s.Complaints())
		})
	}
}

// fillImports imports images at the same time, the first of which is gold.
func fillImports(t *testing.T, c imageClient, gate *server.Hold, disk string, most int) {
	names := []string{"gold"}
	for i := range most - 1 {
		names = append(names, fmt.Sprint("import-", i))
	}
	for _, name := range names {
		c.begin(t, name, disk)
	}
	gate.Await(t, 1)
	_, err := c.CreateImportedImage(t.Context(), &appstream.CreateImportedImageInput{Name: aws.String("more"), SourceAmiId: &disk})
	refusedImage(t, err, limitExceeded, strconv.Itoa(most)+" imports are under way")
	gate.Open()
	for _, name := range names {
		c.available(t, name)
	}
	for _, name := range names[1:] {
		c.remove(t, name)
	}
	_, err = c.DescribeImages(t.Context(), &appstream.DescribeImagesInput{Names: []string{"more"}})
	refusedImage(t, err, imageMissing)
}

// fillImageCopies makes copies into a region that is slow to take them, and tries what one may not do with them meanwhile.
func fillImageCopies(t *testing.T, c, there imageClient, gate *server.Hold, most int) {
	copyTo := func(name, region string) error {
		_, err := c.CopyImage(t.Context(), &appstream.CopyImageInput{SourceImageName: aws.String("gold"), DestinationImageName: &name, DestinationRegion: &region})
		return err
	}
	for i := range most {
		require.NoError(t, copyTo(fmt.Sprint("copy-", i), europe))
	}
	gate.Await(t, 1)
	refusedImage(t, copyTo("more", europe), limitExceeded, fmt.Sprint(most, " copies into the region"))
	require.NoError(t, copyTo("elsewhere", "eu-west-1"), "the limit is of each region")
	elsewhere := imageClient{Client: appstream.New(there.Options(), func(o *appstream.Options) { o.Region = "eu-west-1" })}
	elsewhere.available(t, "elsewhere")
	image := there.image(t, "copy-0")
	require.Equal(t, types.ImageStateCopying, image.State)
	require.True(t, strings.HasPrefix(*image.StateChangeReason.Message, "Copying: "), "%s", *image.StateChangeReason.Message)
	refusedBusy(t, there, "copy-0")
	c.remove(t, "gold") // its bytes stay until the copies are there
	gate.Open()
	for i := range most {
		there.available(t, fmt.Sprint("copy-", i))
	}
	_, err := there.CopyImage(t.Context(), &appstream.CopyImageInput{SourceImageName: aws.String("copy-0"), DestinationImageName: aws.String("gold"), DestinationRegion: aws.String("us-east-1")})
	require.NoError(t, err)
	c.available(t, "gold")
}

// refusedBusy tries what has to wait until an image is whole.
func refusedBusy(t *testing.T, c imageClient, name string) {
	t.Helper()
	ctx, mine := t.Context(), aws.String("mine")
	_, err := c.DeleteImage(ctx, &appstream.DeleteImageInput{Name: &name})
	refusedImage(t, err, "ConcurrentModificationException", "COPYING")
	_, err = c.CreateUpdatedImage(ctx, &appstream.CreateUpdatedImageInput{ExistingImageName: &name, NewImageName: mine})
	refusedImage(t, err, "ConcurrentModificationException", "COPYING")
	_, err = c.CopyImage(ctx, &appstream.CopyImageInput{SourceImageName: &name, DestinationImageName: mine, DestinationRegion: aws.String(europe)})
	refusedImage(t, err, "ResourceNotAvailableException", "COPYING")
	_, err = c.UpdateImagePermissions(ctx, shareWith(name, lab))
	refusedImage(t, err, "ResourceNotAvailableException", "COPYING")
	_, err = c.DeleteImagePermissions(ctx, &appstream.DeleteImagePermissionsInput{Name: &name, SharedAccountId: aws.String(lab)})
	refusedImage(t, err, "ResourceNotAvailableException", "COPYING")
	_, err = c.CreateExportImageTask(ctx, &appstream.CreateExportImageTaskInput{ImageName: &name, AmiName: mine, IamRoleArn: aws.String(role)})
	refusedImage(t, err, "ResourceNotAvailableException", "COPYING")
}

// fillExports exports an image more often than may be at a time.
func fillExports(t *testing.T, c imageClient, gate *server.Hold, most int) {
	export := func(name string) error {
		_, err := c.CreateExportImageTask(t.Context(), &appstream.CreateExportImageTaskInput{ImageName: aws.String("gold"), AmiName: &name, IamRoleArn: aws.String(role)})
		return err
	}
	for i := range most {
		require.NoError(t, export(fmt.Sprint("out-", i)))
	}
	gate.Await(t, 1)
	refusedImage(t, export("more"), limitExceeded, strconv.Itoa(most)+" exports are under way")
	gate.Open()
}

// fillCatalogue makes as many images as an account may have in a region; another region has room still.
func fillCatalogue(t *testing.T, c imageClient, most int) {
	update := func(name string, dry bool) error {
		_, err := c.CreateUpdatedImage(t.Context(), &appstream.CreateUpdatedImageInput{ExistingImageName: aws.String("gold"), NewImageName: &name, DryRun: &dry})
		return err
	}
	for i := range most - 1 {
		require.NoError(t, update(fmt.Sprint("image-", i), false))
	}
	full := fmt.Sprintf("The account has %d images in us-east-1", most)
	refusedImage(t, update("more", false), limitExceeded, full)
	refusedImage(t, update("more", true), limitExceeded, full)
	_, err := c.CopyImage(t.Context(), &appstream.CopyImageInput{SourceImageName: aws.String("gold"), DestinationImageName: aws.String("more"), DestinationRegion: aws.String("us-east-1")})
	refusedImage(t, err, limitExceeded, full)
	refusedImage(t, update("gold", false), imageThere)
	c.remove(t, "image-0")
	require.NoError(t, update("more", false), "there is room again")
}

// fillShares shares an image with as many accounts as may be.
func fillShares(t *testing.T, c imageClient, most int) {
	number := func(i int) string { return fmt.Sprintf("5%011d", i) }
	for i := range most {
		_, err := c.UpdateImagePermissions(t.Context(), shareWith("gold", number(i)))
		require.NoError(t, err)
	}
	_, err := c.UpdateImagePermissions(t.Context(), shareWith("gold", number(most)))
	refusedImage(t, err, limitExceeded, fmt.Sprintf("shared with %d accounts", most))
	change := shareWith("gold", number(0))
	change.ImagePermissions.AllowImageBuilder = aws.Bool(true)
	_, err = c.UpdateImagePermissions(t.Context(), change)
	require.NoError(t, err, "it is one of them")
	page := &appstream.DescribeImagePermissionsInput{Name: aws.String("gold"), MaxResults: aws.Int32(3)}
	var accounts []string
	for {
		out, err := c.DescribeImagePermissions(t.Context(), page)
		require.NoError(t, err)
		for _, p := range out.SharedImagePermissionsList {
			accounts = append(accounts, *p.SharedAccountId)
			require.Equal(t, *p.SharedAccountId == number(0), *p.ImagePermissions.AllowImageBuilder)
		}
		if page.NextToken = out.NextToken; out.NextToken == nil {
			break
		}
	}
	require.Len(t, accounts, most)
	require.True(t, slices.IsSorted(accounts))
	_, err = c.UpdateImagePermissions(t.Context(), &appstream.UpdateImagePermissionsInput{Name: aws.String("gold"), SharedAccountId: aws.String(number(0)), ImagePermissions: &types.ImagePermissions{}})
	require.NoError(t, err, "no right is no sharing")
	_, err = c.UpdateImagePermissions(t.Context(), shareWith("gold", number(most)))
	require.NoError(t, err, "there is room again")
}

// fillImageTags gives an image one tag too many.
func fillImageTags(t *testing.T, c imageClient, most int) {
	tags := map[string]string{}
	for i := range most {
		tags[fmt.Sprint("key-", i)] = "value"
	}
	arn := aws.String(imageARN("gold"))
	_, err := c.TagResource(t.Context(), &appstream.TagResourceInput{ResourceArn: arn, Tags: tags})
	require.NoError(t, err)
	_, err = c.TagResource(t.Context(), &appstream.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"one": "more"}})
	refusedImage(t, err, limitExceeded, fmt.Sprintf("%d are allowed", most))
	out, err := c.ListTagsForResource(t.Context(), &appstream.ListTagsForResourceInput{ResourceArn: arn})
	require.NoError(t, err)
	require.Equal(t, tags, out.Tags)
	many := maps.Clone(tags)
	many["one"] = "more"
	_, err = c.CreateUpdatedImage(t.Context(), &appstream.CreateUpdatedImageInput{ExistingImageName: aws.String("gold"), NewImageName: aws.String("tagged"), NewImageTags: many})
	code := limitExceeded
	if most == 50 { // as many as the model has
		code = imageInvalid
	}
	refusedImage(t, err, code, strconv.Itoa(most))
}
