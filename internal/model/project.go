package model

import (
	"context"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/store"
)

// CreateProject adds a project. InUse when the account has one of that name in the region, LimitExceeded at
// the limit of projects.
func (s *Service) CreateProject(ctx context.Context, c ownsight.Caller, name string, feature ownsight.Feature, autoUpdate string, tags map[string]string) (ownsight.ProjectARN, error) {
	now := s.createTime()
	p := &ownsight.Project{
		ARN:     ownsight.ProjectARN{Region: c.Region, Account: c.Account, Name: name, Created: now.UnixMilli()},
		Created: now, Status: ownsight.ProjectCreated, Feature: feature, AutoUpdate: autoUpdate,
	}
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		err := tx.Projects().Create(ctx, p)
		if ownsight.CodeOf(err) == ownsight.AlreadyExists {
			return ownsight.Errorf(ownsight.InUse, "A project named %s exists already in %s.", name, c.Region)
		}
		if err != nil {
			return err
		}
		// After the name: a program that makes its project anew each time wants to hear that it is there.
		n, err := tx.Projects().Count(ctx, c.Account, c.Region)
		if err != nil {
			return err
		}
		if s.limits.Projects > 0 && n > s.limits.Projects {
			return ownsight.Errorf(ownsight.LimitExceeded, "The account has %d projects in %s, as many as are allowed. Delete one first.", n-1, c.Region)
		}
		return tx.Tags().Put(ctx, p.ARN.String(), tags)
	})
	return p.ARN, err
}

// ProjectListing is one project with its datasets.
type ProjectListing struct {
	ownsight.Project
	Datasets []ownsight.Dataset
}

// Projects lists an account's projects of a region, newest first, a page at a time; the next token is empty at the end.
func (s *Service) Projects(ctx context.Context, f store.ProjectFilter, token string, limit int) (list []ProjectListing, next string, err error) {
	cursor, err := decodeCursor(token)
	if err != nil {
		return nil, "", err
	}
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		projects, after, err := tx.Projects().List(ctx, f, cursor, limit)
		if err != nil {
			return err
		}
		next = encodeCursor(after)
		datasets, err := tx.Datasets().OfProjects(ctx, projects)
		list = make([]ProjectListing, len(projects))
		for i, p := range projects {
			list[i] = ProjectListing{p, datasets[p.ID]}
		}
		return err
	})
	return list, next, err
}

// DeleteProject removes a project that has neither versions nor datasets left; InUse otherwise.
func (s *Service) DeleteProject(ctx context.Context, arn ownsight.ProjectARN) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.Projects().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		versions, err := tx.Versions().CountOfProject(ctx, p.ID)
		if err != nil {
			return err
		}
		datasets, err := tx.Datasets().OfProject(ctx, p.ID)
		if err != nil {
			return err
		}
		if versions > 0 || len(datasets) > 0 {
			return ownsight.Errorf(ownsight.InUse, "The project has %d models and %d datasets; delete them first.", versions, len(datasets))
		}
		moved := p.Status.CanMove(ownsight.ProjectDeleting)
		if moved {
			if moved, err = tx.Projects().Move(ctx, p.ID, p.Status, ownsight.ProjectDeleting); err != nil {
				return err
			}
		}
		if !moved {
			return ownsight.Errorf(ownsight.InUse, "The project is %s.", p.Status)
		}
		return s.jobs.Enqueue(ctx, tx, deleteProjectJob, jobs.Resource(p.ID), []byte(arn.String()))
	})
}

func (s *Service) runDeleteProject(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	return run.Finish(ctx, func(tx *store.Tx) error {
		if err := tx.Tags().DeleteAll(ctx, string(run.Payload())); err != nil {
			return err
		}
		if err := tx.Policies().DeleteAll(ctx, id); err != nil {
			return err
		}
		return tx.Projects().Delete(ctx, id)
	})
}
