// Package serving runs models: it starts and stops versions and answers what they see in a picture. All running
// models share one front; a running model costs what lies behind it.
package serving

import (
	"context"
	"log/slog"
	"time"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/model"
	"ownsight/internal/store"
	"ownsight/internal/vision"
)

// Queue is the job queue of starts and stops.
const Queue = "serving"

const (
	startJob = "version-start"
	stopJob  = "version-stop"
)

// Service runs models.
type Service struct {
	store   *store.Store
	jobs    *jobs.Client
	archive *model.Archive
	engine  *vision.Engine
	loaded  *shelf[*vision.Runner]
	seen    *sightings
	gate    gate
	limits  ownsight.Limits
	log     *slog.Logger
}

// New makes the service and registers its jobs.
func New(s *store.Store, j *jobs.Client, a *model.Archive, e *vision.Engine, limits ownsight.Limits, log *slog.Logger) *Service {
	v := &Service{store: s, jobs: j, archive: a, engine: e, seen: newSightings(), gate: newGate(e.Threads()), limits: limits, log: log}
	v.loaded = newShelf(v.load)
	j.Register(
		jobs.Kind{Name: startJob, Queue: Queue, MaxAttempts: 3, Run: v.runStart, Fail: v.failStart},
		jobs.Kind{Name: stopJob, Queue: Queue, Run: v.runStop},
	)
	return v
}

// Start begins to run a version with min inference units, and up to max under load (0: no more than min). Errors:
// NotFound, InUse (its state), InvalidParameter (max below min), LimitExceeded (more units than a model may have, more
// models than may run at a time).
func (s *Service) Start(ctx context.Context, arn ownsight.VersionARN, min, max int64) error {
	if max != 0 && max < min {
		return ownsight.Errorf(ownsight.InvalidParameter, "MaxInferenceUnits (%d) is less than MinInferenceUnits (%d).", max, min)
	}
	if most := s.limits.InferenceUnits; most > 0 && (min > most || max > most) {
		return ownsight.Errorf(ownsight.LimitExceeded, "A model may have %d inference units.", most)
	}
	return s.store.Write(ctx, func(tx *store.Tx) error {
		v, err := tx.Versions().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		if err := model.Move(ctx, tx, v, ownsight.VersionStarting, "The model is being started."); err != nil {
			return err
		}
		if err := s.checkRunning(ctx, tx, arn); err != nil {
			return err
		}
		if err := tx.Versions().SetUnits(ctx, v.ID, min, max); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, startJob, jobs.Resource(v.ID), nil)
	})
}

// checkRunning is LimitExceeded when, with the one that has just begun to start, more models run in its account and region
// than may.
func (s *Service) checkRunning(ctx context.Context, tx *store.Tx, arn ownsight.VersionARN) error {
	most := s.limits.RunningModels
	if most == 0 {
		return nil
	}
	n, err := tx.Versions().CountByStatus(ctx, arn.Account, arn.Region, ownsight.VersionStarting, ownsight.VersionRunning, ownsight.VersionStopping)
	if err == nil && n > most {
		return ownsight.Errorf(ownsight.LimitExceeded, "The account has %d running models in %s, as many as are allowed. Stop one first.", n-1, arn.Region)
	}
	return err
}

// Stop ends a running version; InUse in any other state.
func (s *Service) Stop(ctx context.Context, arn ownsight.VersionARN) error {
	defer s.seen.clear()
	return s.store.Write(ctx, func(tx *store.Tx) error {
		v, err := tx.Versions().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		if err := model.Move(ctx, tx, v, ownsight.VersionStopping, "The model is being stopped."); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, stopJob, jobs.Resource(v.ID), nil)
	})
}

func (s *Service) runStart(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	began := time.Now()
	_, putBack, err := s.loaded.get(ctx, id)
	if err != nil {
		if ownsight.CodeOf(err) != "" {
			return jobs.Permanent(err) // such as a key that is disabled: the next attempt would end the same
		}
		return err
	}
	putBack()
	s.log.Info("model loaded", "version_id", id, "took", time.Since(began).Round(time.Millisecond))
	return run.Finish(ctx, func(tx *store.Tx) error {
		_, err := tx.Versions().Move(ctx, id, ownsight.VersionStarting, ownsight.VersionRunning, "The model is running.")
		return err
	})
}

func (s *Service) failStart(ctx context.Context, tx *store.Tx, resource string, cause error) error {
	id, err := jobs.ParseResource(resource)
	if err != nil {
		return err
	}
	s.log.Error("model could not be started", "version_id", id, "cause", cause)
	_, err = tx.Versions().Move(ctx, id, ownsight.VersionStarting, ownsight.VersionFailed, model.GivenUp(id, cause))
	return err
}

func (s *Service) runStop(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	err = run.Finish(ctx, func(tx *store.Tx) error {
		_, err := tx.Versions().Move(ctx, id, ownsight.VersionStopping, ownsight.VersionStopped, "The model is stopped.")
		return err
	})
	s.loaded.drop(id) // after the last request that could have loaded it
	return err
}
