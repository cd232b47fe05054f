package rekognition

import (
	"context"

	"ownsight"
)

func (s Services) tagResource(ctx context.Context, _ ownsight.Caller, in *TagResourceRequest) (*TagResourceResponse, error) {
	return &TagResourceResponse{}, s.Tagging.Tag(ctx, *in.ResourceArn, in.Tags)
}

func (s Services) untagResource(ctx context.Context, _ ownsight.Caller, in *UntagResourceRequest) (*UntagResourceResponse, error) {
	return &UntagResourceResponse{}, s.Tagging.Untag(ctx, *in.ResourceArn, in.TagKeys)
}

func (s Services) listTagsForResource(ctx context.Context, _ ownsight.Caller, in *ListTagsForResourceRequest) (*ListTagsForResourceResponse, error) {
	tags, err := s.Tagging.Tags(ctx, *in.ResourceArn)
	return &ListTagsForResourceResponse{Tags: tags}, err
}

// newTags are the tags of something that is being made.
func (s Services) newTags(tags map[string]string) (map[string]string, error) {
	if most := s.Limits.Tags; most > 0 && int64(len(tags)) > most {
		return nil, ownsight.Errorf(ownsight.LimitExceeded, "Tags has %d entries; a resource may have %d tags.", len(tags), most)
	}
	return tags, nil
}
