// Package dataset keeps the datasets of projects: it makes them from manifests, changes, lists and deletes them. What
// takes long is a job; the states in between are visible.
package dataset

import (
	"context"
	"log/slog"
	"time"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// Service is the one door to datasets and their entries.
type Service struct {
	store   *store.Store
	jobs    *jobs.Client
	objects *objects.Store
	limits  ownsight.Limits
	now     func() time.Time
	log     *slog.Logger
}

// New makes the service and registers its jobs with j.
func New(s *store.Store, j *jobs.Client, o *objects.Store, limits ownsight.Limits, now func() time.Time, log *slog.Logger) *Service {
	d := &Service{store: s, jobs: j, objects: o, limits: limits, now: now, log: log}
	j.Register(d.importKind(), d.updateKind(), d.distributeKind(), d.deleteKind())
	return d
}

// Queue is the job queue of everything that moves entries.
const Queue = "data"

// Create adds a dataset of a type to a project and fills it from its source. Errors: NotFound (project, dataset to copy),
// AlreadyExists (type), InvalidS3Object (manifest out of reach), InvalidParameter (two sources, or a dataset that cannot
// be copied now).
func (s *Service) Create(ctx context.Context, project ownsight.ProjectARN, kind ownsight.DatasetType, source Source, tags map[string]string) (ownsight.DatasetARN, error) {
	now := s.now().Truncate(time.Millisecond)
	d := &ownsight.Dataset{
		ARN:     ownsight.DatasetARN{Region: project.Region, Account: project.Account, Project: project.Name, Type: kind, Created: now.UnixMilli()},
		Created: now, Updated: now, Status: ownsight.DatasetCreating, Message: messageInProgress[ownsight.DatasetCreating], Outcome: ownsight.Success,
	}
	switch {
	case source.Manifest != nil && source.Dataset != nil:
		return d.ARN, ownsight.Errorf(ownsight.InvalidParameter, "DatasetSource takes one of GroundTruthManifest and DatasetArn, not both.")
	case source.Manifest != nil:
		// First: of two mistakes the missing project is the one to hear of.
		err := s.store.Read(ctx, func(tx *store.Tx) error {
			_, err := readyProject(ctx, tx, project)
			return err
		})
		if err != nil {
			return d.ARN, err
		}
		if err := s.checkManifest(ctx, source.Requester, *source.Manifest); err != nil {
			return d.ARN, err
		}
	}
	payload, err := source.encode()
	if err != nil {
		return d.ARN, err
	}
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		p, err := readyProject(ctx, tx, project)
		if err != nil {
			return err
		}
		d.ProjectID = p.ID
		if source.Dataset != nil {
			if err := s.checkDataset(ctx, tx, project, *source.Dataset); err != nil {
				return err
			}
		}
		if err := tx.Datasets().Create(ctx, d); err != nil {
			return err
		}
		if err := tx.Tags().Put(ctx, d.ARN.String(), tags); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, importJob, jobs.Resource(d.ID), payload)
	})
	return d.ARN, err
}

// readyProject finds a project that is not being deleted.
func readyProject(ctx context.Context, tx *store.Tx, arn ownsight.ProjectARN) (*ownsight.Project, error) {
	p, err := tx.Projects().ByARN(ctx, arn)
	if err == nil && p.Status != ownsight.ProjectCreated {
		err = ownsight.Errorf(ownsight.NotFound, "The project %s is being deleted.", arn)
	}
	return p, err
}

// Describe finds a dataset; NotFound when there is none of that ARN.
func (s *Service) Describe(ctx context.Context, arn ownsight.DatasetARN) (d *ownsight.Dataset, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		d, err = tx.Datasets().ByARN(ctx, arn)
		return err
	})
	return d, err
}

// Update changes or adds the entries of a few manifest lines (at most 5 MiB), matched by source-ref. InUse while
// something else is in progress.
func (s *Service) Update(ctx context.Context, arn ownsight.DatasetARN, lines []byte) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.Datasets().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		if err := s.begin(ctx, tx, d, ownsight.DatasetUpdating); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, updateJob, jobs.Resource(d.ID), lines)
	})
}

// Delete removes a dataset and its entries. InUse while something else is in progress.
func (s *Service) Delete(ctx context.Context, arn ownsight.DatasetARN) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.Datasets().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		if err := s.begin(ctx, tx, d, ownsight.DatasetDeleting); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, deleteJob, jobs.Resource(d.ID), nil)
	})
}

// begin moves a dataset into a state of progress, or says what is in the way.
func (s *Service) begin(ctx context.Context, tx *store.Tx, d *ownsight.Dataset, next ownsight.DatasetStatus) error {
	moved := d.Status.CanMove(next)
	if moved {
		var err error
		change := store.DatasetChange{Message: messageInProgress[next], Outcome: ownsight.Success, Updated: s.now()}
		if moved, err = tx.Datasets().Move(ctx, d.ID, d.Status, next, change); err != nil {
			return err
		}
	}
	if !moved {
		return inTheWay(ownsight.InUse, d)
	}
	return nil
}

// inTheWay says which state keeps a dataset from what is asked, and the remedy.
func inTheWay(code ownsight.Code, d *ownsight.Dataset) error {
	remedy := "wait until nothing is in progress and try again"
	if d.Status == ownsight.DatasetCreateFailed {
		remedy = "delete it and create it again"
	}
	return ownsight.Errorf(code, "The %s dataset is %s; %s.", d.ARN.Type, d.Status, remedy)
}

// readable refuses to list a dataset that is not settled.
func readable(d *ownsight.Dataset) error {
	switch d.Status {
	case ownsight.DatasetCreating:
		return inTheWay(ownsight.NotReady, d)
	case ownsight.DatasetUpdating, ownsight.DatasetDeleting:
		return inTheWay(ownsight.InUse, d)
	}
	return nil
}
