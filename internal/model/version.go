package model

import (
	"context"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/store"
)

// NewVersion is what CreateProjectVersion and CopyProjectVersion ask for.
type NewVersion struct {
	Project     ownsight.ProjectARN
	Name        string
	Output      ownsight.Location // bucket and prefix
	Description string
	KMSKey      string
	Tags        map[string]string
	Requester   ownsight.Principal
	Inputs      *ownsight.TrainingInputs // manifests to train on; nil for the project's datasets
}

// CreateVersion adds a version in TRAINING_IN_PROGRESS with its training job. It is trained on the manifests that are
// given, or on the project's datasets; where it has none for testing, a part of the training dataset is set aside.
// Errors: NotFound (project), InUse (name), QuotaExceeded (versions a project), LimitExceeded (trainings),
// InvalidParameter (no datasets, one that is not settled, or manifests for a project that has datasets).
func (s *Service) CreateVersion(ctx context.Context, n NewVersion, job string) (ownsight.VersionARN, error) {
	v := s.newVersion(n, ownsight.VersionTraining, "The model is being trained.")
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		p, err := project(ctx, tx, n.Project)
		if err != nil {
			return err
		}
		if v.Inputs, err = inputs(ctx, tx, p.ID, n.Inputs); err != nil {
			return err
		}
		if err := s.add(ctx, tx, v, n.Tags, job); err != nil {
			return err
		}
		return s.bounded(ctx, tx, v, s.limits.Trainings, "trainings")
	})
	return v.ARN, err
}

// bounded refuses a version that is one too many in its state, in its account and region. It comes after the version has
// been added: who makes one again wants to hear that it is there.
func (s *Service) bounded(ctx context.Context, tx *store.Tx, v *ownsight.Version, most int64, what string) error {
	running, err := tx.Versions().CountByStatus(ctx, v.ARN.Account, v.ARN.Region, v.Status)
	if err == nil && most > 0 && running > most {
		return ownsight.Errorf(ownsight.LimitExceeded, "The account has %d %s in progress in %s, as many as are allowed. Wait until one is done.", running-1, what, v.ARN.Region)
	}
	return err
}

// newVersion is a version that begins its life now.
func (s *Service) newVersion(n NewVersion, status ownsight.VersionStatus, message string) *ownsight.Version {
	now := s.createTime()
	return &ownsight.Version{
		ProjectARN: n.Project,
		ARN:        ownsight.VersionARN{Region: n.Project.Region, Account: n.Project.Account, Project: n.Project.Name, Name: n.Name, Created: now.UnixMilli()},
		Created:    now, Status: status, Message: message,
		Output: n.Output, Description: n.Description, KMSKey: n.KMSKey, Requester: n.Requester,
	}
}

// add puts a version into its project, with its tags and the job that makes it.
func (s *Service) add(ctx context.Context, tx *store.Tx, v *ownsight.Version, tags map[string]string, job string) error {
	p, err := project(ctx, tx, v.ProjectARN)
	if err != nil {
		return err
	}
	v.ProjectID = p.ID
	count, err := tx.Versions().CountOfProject(ctx, p.ID)
	if err != nil {
		return err
	}
	if err := tx.Versions().Create(ctx, v); err != nil { // first: who makes a version again wants to hear that it is there
		return err
	}
	if s.limits.Versions > 0 && count >= s.limits.Versions {
		return ownsight.Errorf(ownsight.QuotaExceeded, "The project has %d models; %d are allowed. Delete one first.", count, s.limits.Versions)
	}
	if err := tx.Tags().Put(ctx, v.ARN.String(), tags); err != nil {
		return err
	}
	return s.jobs.Enqueue(ctx, tx, job, jobs.Resource(v.ID), nil)
}

// inputs says what a project's next version is trained on, and refuses datasets that are missing or changing.
func inputs(ctx context.Context, tx *store.Tx, projectID int64, given *ownsight.TrainingInputs) (ownsight.TrainingInputs, error) {
	in := ownsight.TrainingInputs{Datasets: true, AutoCreate: true}
	datasets, err := tx.Datasets().OfProject(ctx, projectID)
	if err != nil {
		return in, err
	}
	switch {
	case given != nil && len(datasets) > 0:
		return in, ownsight.Errorf(ownsight.InvalidParameter, "The project has datasets, and is trained on them. Leave TrainingData and TestingData out, or use a project without datasets.")
	case given != nil:
		return *given, nil
	}
	trainable := false
	for _, d := range datasets {
		if !d.Status.Settled() {
			return in, ownsight.Errorf(ownsight.InvalidParameter, "The %s dataset is %s; wait until nothing is in progress.", d.ARN.Type, d.Status)
		}
		if d.Status == ownsight.DatasetCreateFailed {
			return in, ownsight.Errorf(ownsight.InvalidParameter, "The %s dataset could not be created (%s); delete it and create it again.", d.ARN.Type, d.Message)
		}
		trainable = trainable || d.ARN.Type == ownsight.Train
		in.AutoCreate = in.AutoCreate && d.ARN.Type != ownsight.Test
	}
	if !trainable {
		return in, ownsight.Errorf(ownsight.InvalidParameter, "The project has no training dataset; create one with CreateDataset and DatasetType TRAIN.")
	}
	return in, nil
}

// Versions lists a project's versions, newest first, a page at a time; names that are not there are just absent.
func (s *Service) Versions(ctx context.Context, arn ownsight.ProjectARN, names []string, token string, limit int) (list []ownsight.Version, next string, err error) {
	cursor, err := decodeCursor(token)
	if err != nil {
		return nil, "", err
	}
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		p, err := tx.Projects().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		var after store.Cursor
		list, after, err = tx.Versions().List(ctx, p.ID, names, cursor, limit)
		next = encodeCursor(after)
		return err
	})
	return list, next, err
}

// DeleteVersion removes a version that is neither training nor running; InUse otherwise.
func (s *Service) DeleteVersion(ctx context.Context, arn ownsight.VersionARN) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		v, err := tx.Versions().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		copies, err := tx.Versions().CountCopiesOf(ctx, arn)
		if err != nil {
			return err
		}
		if copies > 0 {
			return ownsight.Errorf(ownsight.InUse, "The model is being copied %d times; wait until that is done.", copies)
		}
		if err := Move(ctx, tx, v, ownsight.VersionDeleting, "The model is being deleted."); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, deleteVersionJob, jobs.Resource(v.ID), []byte(arn.String()))
	})
}

func (s *Service) runDeleteVersion(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	arn, err := ownsight.ParseVersionARN(string(run.Payload()))
	if err != nil {
		return err
	}
	if err := s.archive.Of(&ownsight.Version{ID: id, ARN: arn}).Clear(ctx, ""); err != nil {
		return err
	}
	return run.Finish(ctx, func(tx *store.Tx) error {
		if err := tx.Tags().DeleteAll(ctx, string(run.Payload())); err != nil {
			return err
		}
		return tx.Versions().Delete(ctx, id)
	})
}

// Move takes a version to its next state, or says with InUse which state is in the way.
func Move(ctx context.Context, tx *store.Tx, v *ownsight.Version, next ownsight.VersionStatus, message string) error {
	moved := v.Status.CanMove(next)
	if moved {
		var err error
		if moved, err = tx.Versions().Move(ctx, v.ID, v.Status, next, message); err != nil {
			return err
		}
	}
	if !moved {
		return ownsight.Errorf(ownsight.InUse, "The model is %s and cannot become %s now.", v.Status, next)
	}
	return nil
}
