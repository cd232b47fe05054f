package dataset

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"ownsight"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// Source is what a new dataset is filled from: a manifest, another dataset, or nothing where neither is given. It lies
// in databases as the payload of a job.
type Source struct {
	Manifest  *ownsight.Location   `json:"manifest,omitempty"`
	Dataset   *ownsight.DatasetARN `json:"dataset,omitempty"`
	Requester ownsight.Principal   `json:"requester"` // with whose rights the manifest is read
}

func (s Source) encode() ([]byte, error) { return json.Marshal(s) }

func decodeSource(payload []byte) (s Source, err error) {
	// A source that is not understood is not nothing.
	if err := json.Unmarshal(payload, &s, json.RejectUnknownMembers(true)); err != nil {
		return s, fmt.Errorf("source of a dataset: %w", err)
	}
	return s, nil
}

// checkManifest refuses a manifest that cannot be reached while the caller still waits for the answer.
func (s *Service) checkManifest(ctx context.Context, requester ownsight.Principal, at ownsight.Location) error {
	_, err := s.objects.As(requester).Head(ctx, at.Bucket, at.Key, at.Version)
	if err == nil || errors.Is(err, objects.ErrUnavailable) {
		return err
	}
	return ownsight.Errorf(ownsight.InvalidS3Object, "Unable to get object metadata from S3. Check object key, region and/or access permissions. (s3://%s/%s)", at.Bucket, at.Key)
}

// checkDataset refuses to copy a dataset that has no entries to be copied, now or at all. CreateDataset has no exception
// for a resource that is busy, hence InvalidParameter.
func (s *Service) checkDataset(ctx context.Context, tx *store.Tx, project ownsight.ProjectARN, from ownsight.DatasetARN) error {
	if from.Account != project.Account || from.Region != project.Region {
		return ownsight.Errorf(ownsight.NotFound, "there is no dataset %s in the project's account and region", from)
	}
	source, err := tx.Datasets().ByARN(ctx, from)
	if err == nil && (!source.Status.Settled() || source.Status == ownsight.DatasetCreateFailed) {
		return inTheWay(ownsight.InvalidParameter, source)
	}
	return err
}
