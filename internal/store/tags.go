package store

import (
	"context"
	"maps"
	"slices"

	"ownsight/internal/store/internal/db"
)

// Tags reads and writes the tags of resources, which are named by their ARN.
type Tags struct{ q *db.Queries }

// Put sets tags; those of the same key are replaced, others stay.
func (t Tags) Put(ctx context.Context, arn string, tags map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(tags)) { // one order for all, so that two writers do not lock each other out
		if err := t.q.PutTag(ctx, db.PutTagParams{Arn: arn, Key: key, Value: tags[key]}); err != nil {
			return err
		}
	}
	return nil
}

// Get gives all tags of a resource; none is no error.
func (t Tags) Get(ctx context.Context, arn string) (map[string]string, error) {
	rows, err := t.q.TagsOf(ctx, arn)
	tags := make(map[string]string, len(rows))
	for _, row := range rows {
		tags[row.Key] = row.Value
	}
	return tags, err
}

// Delete removes the tags of these keys; those that are absent are no error.
func (t Tags) Delete(ctx context.Context, arn string, keys []string) error {
	for _, key := range keys {
		if err := t.q.DeleteTag(ctx, db.DeleteTagParams{Arn: arn, Key: key}); err != nil {
			return err
		}
	}
	return nil
}

// DeleteAll removes every tag of a resource.
func (t Tags) DeleteAll(ctx context.Context, arn string) error { return t.q.DeleteTags(ctx, arn) }
