package dataset

import (
	"context"
	"slices"

	"ownsight"
	"ownsight/internal/dataset/manifest"
	"ownsight/internal/dataset/stratify"
	"ownsight/internal/jobs"
	"ownsight/internal/store"
)

// Distribute moves a fifth of a training dataset to the empty test dataset of the same project; see stratify.Split for
// which. The two may be named in either order. Errors: InvalidParameter (not such a pair), NotFound (dataset), NotReady
// (something is in progress on one).
//
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DistributeDatasetEntries.html
func (s *Service) Distribute(ctx context.Context, arns []ownsight.DatasetARN) error {
	if len(arns) != 2 || arns[0].Type == arns[1].Type {
		return ownsight.Errorf(ownsight.InvalidParameter, "Datasets: name the training dataset and the test dataset of a project, each once.")
	}
	return s.store.Write(ctx, func(tx *store.Tx) error {
		var found []*ownsight.Dataset
		for _, arn := range arns {
			d, err := tx.Datasets().ByARN(ctx, arn)
			if err != nil {
				return err
			}
			found = append(found, d)
		}
		slices.SortFunc(found, func(a, _ *ownsight.Dataset) int {
			if a.ARN.Type == ownsight.Train {
				return -1
			}
			return 1
		})
		if err := distributable(found[0], found[1]); err != nil {
			return err
		}
		for _, d := range found {
			if err := s.begin(ctx, tx, d, ownsight.DatasetUpdating); err != nil {
				return err
			}
		}
		return s.jobs.Enqueue(ctx, tx, distributeJob, jobs.Resource(found[0].ID), nil)
	})
}

// distributable says what is wrong with a pair.
func distributable(train, test *ownsight.Dataset) error {
	if train.ProjectID != test.ProjectID {
		return ownsight.Errorf(ownsight.InvalidParameter, "Datasets: %s and %s belong to different projects.", train.ARN, test.ARN)
	}
	for _, d := range []*ownsight.Dataset{train, test} {
		switch {
		case !d.Status.Settled():
			return inTheWay(ownsight.NotReady, d)
		case d.Status == ownsight.DatasetCreateFailed:
			return inTheWay(ownsight.InvalidParameter, d)
		}
	}
	switch {
	case train.Stats.Total == 0:
		return ownsight.Errorf(ownsight.InvalidParameter, "Datasets: the training dataset %s has no entries to distribute.", train.ARN)
	case test.Stats.Total > 0:
		return ownsight.Errorf(ownsight.InvalidParameter, "Datasets: the test dataset %s has %d entries; it must be empty.", test.ARN, test.Stats.Total)
	}
	return nil
}

// runDistribute chooses, then moves in one transaction: nobody sees an entry twice or not at all, and a distribution
// that fails leaves both datasets as they were.
func (s *Service) runDistribute(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	var test int64
	var entries []ownsight.Entry
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		if test, err = testOf(ctx, tx, id); err != nil {
			return err
		}
		return tx.Entries().Each(ctx, id, func(e *ownsight.Entry) error {
			e.Line = "" // lines are long, and nothing here asks for them
			entries = append(entries, *e)
			return nil
		})
	})
	if err != nil {
		return err
	}
	moving, err := choose(entries)
	if err != nil {
		return s.refuse(ctx, run, updateRefused, err, id, test)
	}
	s.log.Info("entries distributed", "dataset_id", id, "to", test, "entries", len(entries), "moved", len(moving))
	return run.Finish(ctx, func(tx *store.Tx) error {
		if err := tx.Entries().Move(ctx, id, test, moving); err != nil {
			return err
		}
		for _, of := range []int64{id, test} {
			if _, err := tx.Entries().RefreshStats(ctx, of); err != nil {
				return err
			}
		}
		return s.settle(ctx, tx, updated, messageUpdated, id, test)
	})
}

// choose gives the places of the entries that are to be moved.
func choose(entries []ownsight.Entry) ([]int64, error) {
	short := manifest.NewFileError(manifest.InsufficientImagesForDistribute)
	if !slices.ContainsFunc(entries, func(e ownsight.Entry) bool { return len(e.Labels) > 0 }) {
		return nil, short
	}
	aside, err := stratify.Split(entries)
	if err != nil {
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "%s %s", short.Message, err)
	}
	var moving []int64
	for i, e := range entries {
		if aside[i] {
			moving = append(moving, e.Seq)
		}
	}
	return moving, nil
}

// testOf finds the test dataset that a training dataset is distributed to.
func testOf(ctx context.Context, tx *store.Tx, train int64) (int64, error) {
	d, err := tx.Datasets().ByID(ctx, train)
	if err != nil {
		return 0, err
	}
	pair, err := tx.Datasets().OfProject(ctx, d.ProjectID)
	if err != nil {
		return 0, err
	}
	for _, other := range pair {
		if other.ARN.Type == ownsight.Test {
			return other.ID, nil
		}
	}
	return 0, ownsight.Errorf(ownsight.NotFound, "project %q has no test dataset", d.ARN.Project)
}

// giveUpDistribution writes the end of a distribution whose attempts are spent, of both datasets.
func (s *Service) giveUpDistribution(ctx context.Context, tx *store.Tx, resource string, _ error) error {
	id, err := jobs.ParseResource(resource)
	if err != nil {
		return err
	}
	test, err := testOf(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.settle(ctx, tx, updateFailed, messageFault, id, test)
}
