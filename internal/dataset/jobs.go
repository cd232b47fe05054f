package dataset

import (
	"context"
	"errors"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/jobs"
	"ownsight/internal/store"
)

// The kinds of jobs; the names lie in databases.
const (
	importJob     = "dataset-import"
	updateJob     = "dataset-update"
	distributeJob = "dataset-distribute"
	deleteJob     = "dataset-delete"
)

// The messages that DescribeDataset shows, as the AWS service words them where its wording is known.
const (
	messageCreated  = "The dataset was successfully created."
	messageImported = "The dataset was successfully created from the manifest file."
	messageCopied   = "The dataset was successfully created from the existing dataset."
	messageUpdated  = "The dataset was successfully updated."
	messageFault    = "The service had a problem and gave up after several attempts. Try again; the server's log names the cause."
)

// messageInProgress is shown, with Success, while a job works: programs of the AWS guide read message and code of every
// answer and end with an error where one is missing.
var messageInProgress = map[ownsight.DatasetStatus]string{
	ownsight.DatasetCreating: "The dataset is being created.",
	ownsight.DatasetUpdating: "The dataset is being updated.",
	ownsight.DatasetDeleting: "The dataset is being deleted.",
}

// ending is how a job leaves a dataset.
type ending struct {
	from, to ownsight.DatasetStatus
	outcome  ownsight.Outcome
}

var (
	created       = ending{ownsight.DatasetCreating, ownsight.DatasetCreated, ownsight.Success}
	createRefused = ending{ownsight.DatasetCreating, ownsight.DatasetCreateFailed, ownsight.ClientError}
	createFailed  = ending{ownsight.DatasetCreating, ownsight.DatasetCreateFailed, ownsight.ServiceError}
	updated       = ending{ownsight.DatasetUpdating, ownsight.DatasetUpdated, ownsight.Success}
	updateRefused = ending{ownsight.DatasetUpdating, ownsight.DatasetUpdateFailed, ownsight.ClientError}
	updateFailed  = ending{ownsight.DatasetUpdating, ownsight.DatasetUpdateFailed, ownsight.ServiceError}
)

func (s *Service) importKind() jobs.Kind {
	return jobs.Kind{Name: importJob, Queue: Queue, Run: s.runImport, Fail: s.giveUp(createFailed)}
}

func (s *Service) updateKind() jobs.Kind {
	return jobs.Kind{Name: updateJob, Queue: Queue, Run: s.runUpdate, Fail: s.giveUp(updateFailed)}
}

func (s *Service) distributeKind() jobs.Kind {
	return jobs.Kind{Name: distributeJob, Queue: Queue, Run: s.runDistribute, Fail: s.giveUpDistribution}
}

// deleteKind never gives up: a deletion has no failed state to go to.
func (s *Service) deleteKind() jobs.Kind {
	return jobs.Kind{Name: deleteJob, Queue: Queue, Run: s.runDelete}
}

// giveUp writes the end of a job whose attempts are spent.
func (s *Service) giveUp(e ending) func(context.Context, *store.Tx, string, error) error {
	return func(ctx context.Context, tx *store.Tx, resource string, _ error) error {
		id, err := jobs.ParseResource(resource)
		if err != nil {
			return err
		}
		return s.settle(ctx, tx, e, messageFault, id)
	}
}

// settle takes datasets out of progress, in the transaction that ends their job.
func (s *Service) settle(ctx context.Context, tx *store.Tx, e ending, message string, ids ...int64) error {
	for _, id := range ids {
		change := store.DatasetChange{Message: message, Outcome: e.outcome, Updated: s.now()}
		if _, err := tx.Datasets().Move(ctx, id, e.from, e.to, change); err != nil {
			return err
		}
	}
	return nil
}

// refuse ends a job after a mistake of the user's, which another attempt would meet again. A creation that is refused
// leaves no entries. Any other error is handed on.
func (s *Service) refuse(ctx context.Context, run *jobs.Run, e ending, cause error, ids ...int64) error {
	message, mistake := mistakeOf(cause)
	if !mistake {
		return cause
	}
	if e == createRefused {
		for _, id := range ids {
			if err := s.clear(ctx, run, id); err != nil {
				return err
			}
		}
	}
	s.log.Info("entries refused", "dataset_ids", ids, "reason", cause)
	return run.Finish(ctx, func(tx *store.Tx) error { return s.settle(ctx, tx, e, message, ids...) })
}

// mistakeOf tells what the user is shown of an error that is his: of a manifest or of the domain.
func mistakeOf(err error) (message string, ok bool) {
	var file *manifest.FileError
	if errors.As(err, &file) {
		return file.Message, true
	}
	var mistake *ownsight.Error
	if errors.As(err, &mistake) {
		return mistake.Message, true
	}
	return "", false
}
