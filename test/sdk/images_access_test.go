package sdk

import (
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/appstream/types"
	"github.com/stretchr/testify/require"

	"ownsight/internal/appstream"
	"ownsight/test/corpus"
	"ownsight/test/server"
)

// imageWorld is what the requests of the table of images are about.
type imageWorld struct{ disk, task string }

// TestImageAccess tries every operation on images and disks as every kind of caller.
func TestImageAccess(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	bucketOf(t, s, "disks", "gold", corpus.Disk(2<<20, 1))
	actions := slices.Concat(actionsOf("appstream", &appstream.Model), actionsOf("ownsight", &appstream.DiskModel))
	enroll(t, s, actions)
	c := connectImages(t, s, "default", "us-east-1")
	gold, _ := c.register(t, "s3://disks/gold")
	c.begin(t, "gold", gold.DiskId)
	c.available(t, "gold")
	for _, with := range []string{lab, "777788889999"} {
		_, err := c.UpdateImagePermissions(t.Context(), shareWith("gold", with))
		require.NoError(t, err)
	}
	begun, err := c.CreateExportImageTask(t.Context(), &sdk.CreateExportImageTaskInput{ImageName: new("gold"), AmiName: new("gold"), IamRoleArn: new(role)})
	require.NoError(t, err)
	w := imageWorld{disk: gold.DiskId, task: *c.ended(t, begun.ExportImageTask).TaskId}
	accessTable{
		test: "TestImageAccess", actions: actions, request: w.request,
		notInReach: []string{"There is no image", "There is no export task", "There is no disk " + w.disk, "signed for eu-west-1"},
		connect: func(operation, profile string) wire {
			wire := connect(t, s, profile).appstream()
			if strings.Contains(operation, "Disk") {
				wire.target = "OwnsightDisks"
			}
			return wire
		},
		callers: callers(actions, imageStrangers(), func(operation string) string {
			switch operation {
			case "DescribeImages", "ListExportImageTasks", "DescribeDisks", "RegisterDisk", "DeregisterDisk":
				return ""
			}
			return "ResourceNotFoundException"
		}),
	}.try(t)
}

// imageStrangers are the columns of the other account, with which the image is shared: that lets it see the image, and
// nothing more. Names are those of the caller's own account, ARNs are not.
func imageStrangers() []caller {
	stranger := func(operation string) string {
		switch operation {
		case "DescribeImages", "ListExportImageTasks", "DescribeDisks", "RegisterDisk", "DeregisterDisk":
			return ""
		case "TagResource", "UntagResource", "ListTagsForResource":
			return "AccessDeniedException"
		}
		return "ResourceNotFoundException"
	}
	return []caller{
		{name: "other account, image shared with it", profile: always("lab"), shared: true, expect: stranger},
		{name: "its user with the right", profile: always("lab-able"), shared: true, expect: stranger},
		{name: "its user without", profile: always("lab-none"), shared: true, expect: always("AccessDeniedException")},
	}
}

// request is one that changes nothing that others need, and the outcomes that show that it was let through.
func (w imageWorld) request(operation, fresh string, who caller) (members, []string) {
	const ok = ""
	image := imageARN("gold")
	switch operation {
	case "CopyImage":
		return members{"SourceImageName": "gold", "DestinationImageName": "gold", "DestinationRegion": "us-east-1"}, []string{imageThere}
	case "DescribeImages":
		if who.shared {
			return members{"Arns": []string{image}, "Type": types.VisibilityTypeShared}, []string{ok}
		}
		return members{}, []string{ok}
	case "DeleteImage":
		return members{"Name": "gold"}, []string{"ResourceInUseException"}
	case "DescribeImagePermissions":
		return members{"Name": "gold"}, []string{ok}
	case "UpdateImagePermissions":
		return members{"Name": "gold", "SharedAccountId": "777788889999", "ImagePermissions": members{"allowFleet": true}}, []string{ok}
	case "DeleteImagePermissions":
		return members{"Name": "gold", "SharedAccountId": "000000000009"}, []string{imageMissing} // it is not shared with that one
	case "CreateImportedImage":
		return members{"Name": fresh, "SourceAmiId": w.disk, "DryRun": true}, []string{"DryRunOperationException"}
	case "CreateUpdatedImage":
		return members{"existingImageName": "gold", "newImageName": fresh, "dryRun": true}, []string{ok}
	case "CreateExportImageTask":
		owner := account
		if who.shared {
			owner = lab
		}
		return members{"ImageName": "gold", "AmiName": fresh, "IamRoleArn": strings.Replace(role, account, owner, 1)}, []string{ok}
	case "GetExportImageTask":
		return members{"TaskId": w.task}, []string{ok}
	case "ListExportImageTasks", "DescribeDisks":
		return members{}, []string{ok}
	case "TagResource":
		return members{"ResourceArn": image, "Tags": members{"a": "b"}}, []string{ok}
	case "UntagResource":
		return members{"ResourceArn": image, "TagKeys": []string{"a"}}, []string{ok}
	case "ListTagsForResource":
		return members{"ResourceArn": image}, []string{ok}
	case "RegisterDisk":
		return members{"S3Uri": "disks/gold", "Platform": "WINDOWS"}, []string{imageInvalid} // users have no rights on the bucket
	case "DeregisterDisk":
		return members{"DiskId": "ami-00000000"}, []string{imageMissing}
	}
	panic("no request for " + operation)
}
