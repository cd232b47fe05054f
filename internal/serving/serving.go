// Package serving runs models: it starts and stops versions and answers what they see in a picture. All running
// models share one front; a running model costs what lies behind it.
package serving

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"ownsight"
	"ownsight/internal/cluster"
	"ownsight/internal/jobs"
	"ownsight/internal/meter"
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

// startAttempts is how often a start is tried: for a quarter of an hour, in which an S3 server that is away may come back.
const startAttempts = 20

// Service runs models.
type Service struct {
	Config
	loaded *shelf[*vision.Runner]
	seen   *sightings
	turns  *turns
	mine   atomic.Pointer[[]store.Placed] // what is placed here, as Run saw it last
	trends map[int64]*trend               // by version; Run's own
	told   map[int64]time.Duration        // what the meter knows to have been computed, by version; Run's own

	warming  atomic.Bool    // whether versions are loaded ahead now
	warmers  sync.WaitGroup // whoever does it
	cold     sync.Map       // versions that could not be loaded ahead
	foreign  sync.Map       // errors of versions that this node cannot run
	avoided  avoided
	patience time.Duration // for what a load waits for; loadPatience but in tests
}

// Config is what a service works with.
type Config struct {
	Store   *store.Store
	Jobs    *jobs.Client
	Archive *model.Archive
	Engine  *vision.Engine
	Cluster *cluster.Cluster
	Meter   *meter.Meter
	Limits  ownsight.Limits
	// Promises is how many units may be reserved for each that there is. A reservation holds as long as the models that are
	// asked at the same time have no more units than there are.
	Promises int64
	Spare    bool  // whether models get what nobody has reserved or uses
	Memory   int64 // bytes that loaded models may take
	Now      func() time.Time
	Log      *slog.Logger
}

// New makes the service and registers its jobs.
func New(c Config) *Service {
	v := &Service{Config: c, seen: newSightings(), turns: newTurns(c.Engine.Threads(), c.Spare, c.Now), trends: map[int64]*trend{}, told: map[int64]time.Duration{}, patience: loadPatience}
	v.loaded = newShelf(c.Memory, c.Engine.Threads(), v.load)
	v.mine.Store(new([]store.Placed))
	v.register()
	c.Jobs.Register(
		jobs.Kind{Name: startJob, Queue: Queue, MaxAttempts: startAttempts, Run: v.runStart, Fail: v.failStart},
		jobs.Kind{Name: stopJob, Queue: Queue, Run: v.runStop},
	)
	return v
}

// Start begins to run a version with min inference units, and up to max under load (0: no more than min), and gives its
// state. A version that runs already gets other units without a gap, which AWS's service has no way for. Errors: NotFound,
// InUse (its state, or the units that it has), InvalidParameter (max below min), LimitExceeded (more units than a model may
// have or than there are, more models than may run at a time).
func (s *Service) Start(ctx context.Context, arn ownsight.VersionARN, min, max int64) (status ownsight.VersionStatus, err error) {
	if max != 0 && max < min {
		return "", ownsight.Errorf(ownsight.InvalidParameter, "MaxInferenceUnits (%d) is less than MinInferenceUnits (%d).", max, min)
	}
	most := cmp.Or(max, min)
	if limit := s.Limits.InferenceUnits; limit > 0 && most > limit {
		return "", ownsight.Errorf(ownsight.LimitExceeded, "A model may have %d inference units.", limit)
	}
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		v, err := tx.Versions().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		if err := s.checkUnits(ctx, tx, most); err != nil {
			return err
		}
		if v.Status == ownsight.VersionRunning && (v.MinUnits != min || v.MaxUnits != max) {
			status = ownsight.VersionRunning
			return s.resize(ctx, tx, v, min, max)
		}
		status = ownsight.VersionStarting
		if err := model.Move(ctx, tx, v, ownsight.VersionStarting, "The model is being started."); err != nil {
			return err
		}
		if err := s.checkRunning(ctx, tx, arn); err != nil {
			return err
		}
		if err := tx.Versions().SetUnits(ctx, v.ID, min, max); err != nil {
			return err
		}
		if err := s.place(ctx, tx, v.ID, min, false); err != nil {
			return err
		}
		return s.Jobs.Enqueue(ctx, tx, startJob, jobs.Resource(v.ID), nil)
	})
	if err == nil {
		s.seen.clear()
	}
	return status, err
}

// resize changes the units of a version that runs.
func (s *Service) resize(ctx context.Context, tx *store.Tx, v *ownsight.Version, min, max int64) error {
	if err := tx.Versions().SetUnits(ctx, v.ID, min, max); err != nil {
		return err
	}
	if err := s.trim(ctx, tx, v.ID, cmp.Or(max, min)); err != nil {
		return err
	}
	of, err := tx.Placements().Of(ctx, v.ID)
	if err != nil || total(of) >= min {
		return err
	}
	return s.place(ctx, tx, v.ID, min-total(of), false)
}

// checkUnits is LimitExceeded when all nodes together have fewer units than a model could come to need.
func (s *Service) checkUnits(ctx context.Context, tx *store.Tx, most int64) error {
	list, err := rooms(ctx, tx)
	if err != nil {
		return err
	}
	var all int64
	for _, r := range list {
		all += r.Units
	}
	if most > all {
		return ownsight.Errorf(ownsight.LimitExceeded, "The server has %d inference units, and %d were asked for.", all, most)
	}
	return nil
}

// checkRunning is LimitExceeded when, with the one that has just begun to start, more models run in its account and region
// than may.
func (s *Service) checkRunning(ctx context.Context, tx *store.Tx, arn ownsight.VersionARN) error {
	most := s.Limits.RunningModels
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
	return s.Store.Write(ctx, func(tx *store.Tx) error {
		v, err := tx.Versions().ByARN(ctx, arn)
		if err != nil {
			return err
		}
		if err := model.Move(ctx, tx, v, ownsight.VersionStopping, "The model is being stopped."); err != nil {
			return err
		}
		return s.Jobs.Enqueue(ctx, tx, stopJob, jobs.Resource(v.ID), nil)
	})
}

func (s *Service) runStart(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	began := time.Now()
	if err := s.loadWhere(ctx, id); err != nil {
		if ownsight.CodeOf(err) != "" || errors.Is(err, errUnusable) {
			return jobs.Permanent(err) // such as a key that is disabled: the next attempt would end the same
		}
		return err
	}
	s.Log.Info("model loaded", "version_id", id, "took", time.Since(began).Round(time.Millisecond))
	return run.Finish(ctx, func(tx *store.Tx) error {
		if _, err := tx.Versions().Move(ctx, id, ownsight.VersionStarting, ownsight.VersionRunning, "The model is running."); err != nil {
			return err
		}
		return s.note(ctx, tx, id)
	})
}

func (s *Service) failStart(ctx context.Context, tx *store.Tx, resource string, cause error) error {
	id, err := jobs.ParseResource(resource)
	if err != nil {
		return err
	}
	s.Log.Error("model could not be started", "version_id", id, "cause", cause)
	if err := tx.Placements().RemoveOf(ctx, id); err != nil {
		return err
	}
	if _, err = tx.Versions().Move(ctx, id, ownsight.VersionStarting, ownsight.VersionFailed, model.GivenUp(id, cause)); err != nil {
		return err
	}
	return s.note(ctx, tx, id)
}

// runStop ends a version. Every node has forgotten it before it is STOPPED: what is stopped does not answer.
func (s *Service) runStop(ctx context.Context, run *jobs.Run) error {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return err
	}
	for _, n := range s.Cluster.Live() {
		if n.Name == s.Cluster.Name() {
			s.dropHere(id)
			continue
		}
		if err := s.tell(ctx, n.Name, callDrop, id); err != nil {
			s.Log.Warn("a node was not told that a model stops", "node", n.Name, "version_id", id, "error", err)
		}
	}
	return run.Finish(ctx, func(tx *store.Tx) error {
		if err := tx.Placements().RemoveOf(ctx, id); err != nil {
			return err
		}
		if _, err := tx.Versions().Move(ctx, id, ownsight.VersionStopping, ownsight.VersionStopped, "The model is stopped."); err != nil {
			return err
		}
		return s.note(ctx, tx, id)
	})
}

// tell has another node do something about a version. A node that stands still would not answer for ever; one that takes
// longer to load goes on with it, and has it when it is told again.
func (s *Service) tell(ctx context.Context, node, call string, id int64) error {
	within, end := giveUp(ctx, 3*attempt)
	defer end()
	return s.Cluster.Call(within, node, call, about{Version: id}, nil, &nothing{})
}
