package rekognition

import (
	"context"
	"errors"
	"time"

	"ownsight"
	"ownsight/internal/meter"
	"ownsight/internal/objects"
	"ownsight/internal/serving"
	"ownsight/internal/trace"
	"ownsight/internal/vision"
)

// The service's limits on a picture's file, in bytes.
const (
	maxPictureBytes    = 4 << 20  // sent with the request
	maxPictureInBucket = 15 << 20 // lying in S3
)

func (s Services) detectCustomLabels(ctx context.Context, c ownsight.Caller, in *DetectCustomLabelsRequest) (*DetectCustomLabelsResponse, error) {
	began := time.Now()
	arn, err := ownsight.ParseVersionARN(*in.ProjectVersionArn)
	if err != nil {
		return nil, err
	}
	file, err := s.pictureOf(ctx, c, in.Image)
	if err != nil {
		return nil, err
	}
	r := serving.Request{Version: arn, Picture: file, Wanted: vision.Wanted{MinConfidence: in.MinConfidence}}
	if in.MaxResults != nil {
		r.MaxResults = int(*in.MaxResults)
	}
	labels, err := s.Serving.Detect(ctx, r)
	if err != nil {
		return nil, err
	}
	s.Meter.Asked(arn, meter.Answered, time.Since(began))
	out := &DetectCustomLabelsResponse{CustomLabels: []CustomLabel{}}
	for _, l := range labels {
		label := CustomLabel{Name: new(l.Name), Confidence: new(float64(l.Confidence))}
		if b := l.Box; b != nil {
			label.Geometry = &Geometry{BoundingBox: &BoundingBox{Left: new(b.Left), Top: new(b.Top), Width: new(b.Width), Height: new(b.Height)}}
		}
		out.CustomLabels = append(out.CustomLabels, label)
	}
	return out, nil
}

// pictureOf gives the picture's file, from the request or from S3 with the rights of the caller's account.
func (s Services) pictureOf(ctx context.Context, c ownsight.Caller, in *Image) ([]byte, error) {
	switch {
	case (in.Bytes == nil) == (in.S3Object == nil):
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "Image takes exactly one of Bytes and S3Object.")
	case len(in.Bytes) > maxPictureBytes:
		return nil, ownsight.Errorf(ownsight.PictureTooLarge, "Image.Bytes has %d bytes; %d are allowed. Send a smaller picture, or put it into S3.", len(in.Bytes), maxPictureBytes)
	case in.Bytes != nil:
		return in.Bytes, nil
	}
	at, err := location(in.S3Object, "Image")
	if err != nil {
		return nil, err
	}
	within, span := trace.Call(ctx, "get object")
	span.String("aws.s3.bucket", at.Bucket)
	span.String("aws.s3.key", at.Key)
	file, _, err := s.Objects.As(c.Principal).GetBytes(within, at.Bucket, at.Key, at.Version, maxPictureInBucket)
	span.End(err)
	switch {
	case errors.Is(err, objects.ErrTooLarge):
		return nil, ownsight.Errorf(ownsight.PictureTooLarge, "s3://%s/%s is larger than the %d bytes allowed.", at.Bucket, at.Key, maxPictureInBucket)
	case objects.Wrong(err):
		return nil, ownsight.Errorf(ownsight.InvalidS3Object, "Unable to get object metadata from S3. Check object key, region and/or access permissions. (s3://%s/%s)", at.Bucket, at.Key)
	}
	return file, err
}
