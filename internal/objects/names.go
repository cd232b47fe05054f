package objects

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/gofiber/fiber/v3"
	"github.com/google/uuid"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// checkNames refuses a request that names something outside its bucket. The
// file backend makes paths of ids as well as of keys. The gateway checks keys,
// but takes any 26 characters for the id of a version ("../../../../../../state.db"
// is as long) and anything for that of an upload.
func checkNames(ctx fiber.Ctx) error {
	path, err := url.PathUnescape(string(ctx.Request().URI().PathOriginal()))
	if err != nil || internalPath(path) {
		return s3err.GetAPIError(s3err.ErrBadRequest)
	}
	for name, value := range ctx.Request().URI().QueryArgs().All() {
		switch string(name) {
		case "versionId":
			err = checkVersion(string(value))
		case "uploadId":
			err = checkUpload(string(value))
		}
		if err != nil {
			return err
		}
	}
	if source := ctx.Get("X-Amz-Copy-Source"); source != "" {
		_, key, version, err := backend.ParseCopySource(source)
		if err != nil {
			return err
		}
		if internalPath(key) {
			return s3err.GetAPIError(s3err.ErrBadRequest)
		}
		return checkVersion(version)
	}
	return nil
}

// internalPath tells whether a path leads into the folder in which the file
// backend keeps the parts of uploads under way: they are under the key of their
// upload, which policies may speak of, and not to be had under another.
func internalPath(path string) bool {
	return slices.Contains(strings.Split(path, "/"), posix.MetaTmpDir)
}

// versionID is what the file backend gives: a ULID, or null.
var versionID = regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{26}|null|)$`)

func checkVersion(id string) error {
	if !versionID.MatchString(id) {
		return s3err.GetInvalidArgumentErr(s3err.InvalidArgVersionId, id)
	}
	return nil
}

func checkUpload(id string) error {
	if id != "" && uuid.Validate(id) != nil {
		return s3err.GetNoSuchUploadErr(id)
	}
	return nil
}

// DeleteObjects has its names in the body, where checkNames does not see them
// and the gateway does not check them.
func (f *sealedFiles) DeleteObjects(ctx context.Context, in *s3.DeleteObjectsInput) (s3response.DeleteResult, error) {
	var good []types.ObjectIdentifier
	var refused []types.Error
	for _, o := range in.Delete.Objects {
		err := checkVersion(aws.ToString(o.VersionId))
		if key := aws.ToString(o.Key); err == nil && (!utils.IsObjectNameValid(key) || internalPath(key)) {
			err = s3err.GetAPIError(s3err.ErrBadRequest)
		}
		if err != nil {
			refused = append(refused, s3err.ObjectDeleteError(o.Key, o.VersionId, err))
		} else {
			good = append(good, o)
		}
	}
	out, err := f.Posix.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: in.Bucket, Delete: &types.Delete{Objects: good}})
	out.Error = append(out.Error, refused...)
	return out, err
}
