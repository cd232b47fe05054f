package training

import (
	"bytes"
	"context"
	"errors"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// freeze gives the manifests to train on as they are now: of the project's datasets, or those that the request named.
func (w *work) freeze(ctx context.Context) (map[ownsight.DatasetType][]byte, error) {
	if w.version.Inputs.Datasets {
		return w.freezeDatasets(ctx)
	}
	return w.freezeManifests(ctx)
}

func (w *work) freezeDatasets(ctx context.Context) (map[ownsight.DatasetType][]byte, error) {
	frozen := map[ownsight.DatasetType][]byte{}
	return frozen, w.store.Read(ctx, func(tx *store.Tx) error {
		datasets, err := tx.Datasets().OfProject(ctx, w.version.ProjectID)
		if err != nil {
			return err
		}
		for _, d := range datasets {
			if d.Status == ownsight.DatasetCreating || d.Status == ownsight.DatasetDeleting { // half of it is there
				return refuse("The %s dataset was deleted when the training was about to begin.", d.ARN.Type)
			}
			var b bytes.Buffer
			if err := tx.Entries().Each(ctx, d.ID, func(e *ownsight.Entry) error {
				b.WriteString(e.Line)
				return b.WriteByte('\n')
			}); err != nil {
				return err
			}
			frozen[d.ARN.Type] = b.Bytes()
		}
		return nil
	})
}

// freezeManifests reads manifests with the rights of who asked for the version.
func (w *work) freezeManifests(ctx context.Context) (map[ownsight.DatasetType][]byte, error) {
	frozen := map[ownsight.DatasetType][]byte{}
	client := w.objects.As(w.version.Requester)
	for kind, files := range map[ownsight.DatasetType][]ownsight.Location{ownsight.Train: w.version.Inputs.Training, ownsight.Test: w.version.Inputs.Testing} {
		for _, at := range files {
			content, _, err := client.GetBytes(ctx, at.Bucket, at.Key, at.Version, maxFrozen-int64(len(frozen[kind])))
			switch {
			case errors.Is(err, objects.ErrTooLarge):
				return nil, refuse("%s (s3://%s/%s)", manifest.NewFileError(manifest.ManifestTooLarge).Message, at.Bucket, at.Key)
			case errors.Is(err, objects.ErrAccessDenied):
				return nil, refuse("%s (s3://%s/%s)", manifest.NewFileError(manifest.InvalidPermissionsManifest).Message, at.Bucket, at.Key)
			case objects.Wrong(err):
				return nil, refuse("%s (s3://%s/%s)", manifest.NewFileError(manifest.UnsupportedManifest).Message, at.Bucket, at.Key)
			case err != nil:
				return nil, err
			}
			if len(content) > 0 && content[len(content)-1] != '\n' {
				content = append(content, '\n')
			}
			frozen[kind] = append(frozen[kind], content...)
		}
	}
	return frozen, nil
}
