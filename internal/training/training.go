// Package training turns a project's datasets into a model version: named steps, each of which leaves what it made, so
// that a training that is cut off goes on from the last one. collect freezes and judges the manifests, look shows the
// pictures to the front of the network, learn trains a model, judge asks it about the test pictures, publish writes what
// AWS leaves.
package training

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"ownsight"
	"ownsight/internal/cluster"
	"ownsight/internal/dataset"
	"ownsight/internal/jobs"
	"ownsight/internal/model"
	"ownsight/internal/objects"
	"ownsight/internal/store"
	"ownsight/internal/trace"
	"ownsight/internal/vision"
)

// Queue is the job queue of trainings.
const Queue = "training"

// The kinds of jobs; the names lie in databases. To collect is a job of its own, among those that move entries, so that
// a training sees the datasets as they were when it was asked for, however long it waits for its turn.
const (
	collectJob = "version-collect"
	trainJob   = "version-train"
	clearJob   = "version-clear"
)

// Service trains.
type Service struct {
	store   *store.Store
	jobs    *jobs.Client
	models  *model.Service
	archive *model.Archive
	objects *objects.Store
	engine  *vision.Engine
	limits  ownsight.Limits
	budget  time.Duration // of fine-tuning, by the costs of two cores of a reference machine; 0 is for what suits the data
	scratch string        // folder for what does not fit into memory
	program string        // name and version, for the model's card
	now     func() time.Time
	log     *slog.Logger
	nodes   peers
	sight   func() (string, error) // see see
	hands   hands
}

// attempts is how many may fail without a step being done: with a minute between most of them, an hour of trouble with a
// disk or S3.
const attempts = 60

// Config is what a Service works with.
type Config struct {
	Store   *store.Store
	Jobs    *jobs.Client
	Models  *model.Service
	Archive *model.Archive
	Objects *objects.Store
	Engine  *vision.Engine
	Limits  ownsight.Limits
	Budget  time.Duration
	Scratch string
	Program string
	Now     func() time.Time
	Log     *slog.Logger
	Cluster *cluster.Cluster // whose nodes help each other
}

// New makes the service and registers its jobs.
func New(c Config) *Service {
	s := &Service{store: c.Store, jobs: c.Jobs, models: c.Models, archive: c.Archive, objects: c.Objects, engine: c.Engine, limits: c.Limits, budget: c.Budget, scratch: c.Scratch, program: c.Program, now: c.Now, log: c.Log, nodes: c.Cluster}
	s.sight = sync.OnceValues(s.see)
	s.answerPeers(c.Cluster)
	c.Jobs.Register(
		jobs.Kind{Name: collectJob, Queue: dataset.Queue, MaxAttempts: attempts, Run: s.runCollect, Fail: s.fail},
		jobs.Kind{Name: trainJob, Queue: Queue, MaxAttempts: attempts, Run: s.runTrain, Fail: s.fail},
		jobs.Kind{Name: clearJob, Queue: dataset.Queue, Run: s.runClear, Fail: func(context.Context, *store.Tx, string, error) error { return nil }},
	)
	return s
}

// Create adds a version to a project and starts to train it; see model.CreateVersion for the errors.
func (s *Service) Create(ctx context.Context, n model.NewVersion) (ownsight.VersionARN, error) {
	return s.models.CreateVersion(ctx, n, collectJob)
}

// state is what a run remembers between its steps, besides what it notes in the archive.
type state struct {
	Started time.Time  `json:"started"`
	Network string     `json:"network,omitempty"` // digest of the one that the steps were done with
	Steps   []stepTime `json:"steps,omitempty"`   // that are done
	Again   []string   `json:"again,omitempty"`   // steps that it has gone back to, for their files were lost
}

// stepTime is how long a step took, in its last attempt.
type stepTime struct {
	Name string        `json:"name"`
	Took time.Duration `json:"took"`
}

// work is one run in this process.
type work struct {
	*Service
	run      *jobs.Run
	version  *ownsight.Version
	own      model.Files // of the version in the archive
	state    state
	plan     *plan   // what collect has frozen
	looked   *looked // after the first step
	progress *progress
	live     *live // of the job that trains
	ended    bool  // the version has left TRAINING_IN_PROGRESS
}

// step is a part of a run that is done once.
type step struct {
	name string
	do   func(*work, context.Context) error
}

// collecting is the step that is a job of its own.
var collecting = step{"collect", (*work).collect}

// steps in their order, after it. What a finished step made is read back by need, so a step may not count on those before it
// having run in this process.
var steps = []step{
	{"look", (*work).look},
	{"learn", (*work).learn},
	{"judge", (*work).judge},
	{"publish", (*work).publish},
}

// runCollect freezes the datasets and hands the version on to be trained.
func (s *Service) runCollect(ctx context.Context, run *jobs.Run) error {
	w, err := s.resume(ctx, run)
	if err != nil {
		return err
	}
	defer w.progress.stop()
	if err := w.do(ctx, collecting); err != nil || w.ended {
		return err
	}
	w.progress.stop()
	return run.Finish(ctx, func(tx *store.Tx) error {
		if err := tx.Versions().SetMessage(ctx, w.version.ID, messageTraining+": waiting for its turn."); err != nil {
			return err
		}
		return s.jobs.Enqueue(ctx, tx, trainJob, run.Resource(), nil)
	})
}

// runTrain goes through the steps that are not done yet.
func (s *Service) runTrain(ctx context.Context, run *jobs.Run) error {
	defer s.hands.train()()
	w, err := s.resume(ctx, run)
	if err != nil {
		return err
	}
	defer w.progress.stop()
	if run.Attempt() > 1 {
		s.log.Info("training goes on", "version", w.version.ARN.String(), "after", cmp.Or(run.Step(), "collect"), "attempt", run.Attempt())
	}
	w.live = startLive(ctx, w)
	defer w.live.stop()
	done := slices.IndexFunc(steps, func(st step) bool { return st.name == run.Step() })
	if digest := s.engine.Net().Digest; w.state.Network != digest { // nothing that was learnt on another one can be used
		done, w.state.Network, w.state.Steps = -1, digest, nil
	}
	if run.Attempt() > 1 {
		w.live.recall(ctx)
	}
	for _, next := range steps[done+1:] {
		if err := w.do(ctx, next); err != nil || w.ended {
			return w.goBack(ctx, err)
		}
		if err := w.checkpoint(ctx, next.name); err != nil {
			return err
		}
	}
	return nil
}

// do does one step. One that refuses ends the run, as the last one does.
func (w *work) do(ctx context.Context, s step) error {
	began := w.now()
	w.live.begin(s.name)
	span := trace.Step(ctx, "training "+s.name)
	span.String("ownsight.version", w.version.ARN.String())
	err := s.do(w, ctx)
	span.End(err)
	if r := refused(err); r != nil {
		w.log.Info("training refused", "version", w.version.ARN.String(), "step", s.name, "reason", r.message)
		return w.end(ctx, r.result, w.now(), 0, ownsight.VersionTrainingFailed, r.message)
	}
	if err != nil {
		w.stumble(ctx)
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if err := w.engine.Trim(); err != nil { // so that two steps, or two trainings, never add up to more memory than the greater takes
		return fmt.Errorf("%s: %w", s.name, err)
	}
	took := w.now().Sub(began).Round(time.Millisecond)
	w.state.Steps = append(w.state.Steps, stepTime{s.name, took})
	w.log.Info("training step done", "version", w.version.ARN.String(), "step", s.name, "took", took)
	return nil
}

// stumble tells the user that the work stands still for a while, such as until a disk has room again.
func (w *work) stumble(ctx context.Context) {
	w.progress.stop()
	if ctx.Err() != nil { // the node stops, or somebody else has the work
		return
	}
	w.live.end(ctx)
	err := w.run.Update(ctx, func(tx *store.Tx) error {
		return tx.Versions().SetMessage(ctx, w.version.ID, messageTraining+": a problem came up, and it will be tried again shortly.")
	})
	if err != nil {
		w.log.Warn("progress not written", "version", w.version.ARN.String(), "err", err)
	}
}

// resume reads what the run knows already.
func (s *Service) resume(ctx context.Context, run *jobs.Run) (*work, error) {
	id, err := jobs.ParseResource(run.Resource())
	if err != nil {
		return nil, err
	}
	w := &work{Service: s, run: run, state: state{Started: s.now()}}
	if b := run.State(); len(b) > 0 {
		if err := json.Unmarshal(b, &w.state); err != nil {
			return nil, jobs.Permanent(fmt.Errorf("state of training %d: %w", id, err))
		}
	}
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		w.version, err = tx.Versions().ByID(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	w.own = s.archive.Of(w.version)
	w.progress = startProgress(ctx, w)
	return w, nil
}

// checkpoint records that a step is done, with all that is remembered so far.
func (w *work) checkpoint(ctx context.Context, step string) error {
	b, err := json.Marshal(w.state)
	if err != nil {
		return err
	}
	return w.run.Checkpoint(ctx, step, b)
}

// refusal ends a training for a reason that the user is told; another attempt would end the same.
type refusal struct {
	message string
	result  *ownsight.TrainingResult // files that explain it, if any were written
}

func (r *refusal) Error() string { return r.message }

// refused finds the refusal in an error; a mistake of the domain, such as an output location that cannot be written, is
// one.
func refused(err error) *refusal {
	var r *refusal
	var told *ownsight.Error
	switch {
	case errors.As(err, &r):
		return r
	case errors.As(err, &told):
		return &refusal{message: told.Message}
	}
	return nil
}

func refuse(format string, args ...any) error { return &refusal{message: fmt.Sprintf(format, args...)} }

// fail ends a training whose attempts are spent.
func (s *Service) fail(ctx context.Context, tx *store.Tx, resource string, cause error) error {
	id, err := jobs.ParseResource(resource)
	if err != nil {
		return err
	}
	s.log.Error("training given up", "version_id", id, "cause", cause)
	if err := s.jobs.Enqueue(ctx, tx, clearJob, resource, nil); err != nil {
		return err
	}
	if err := tx.Versions().SetResult(ctx, id, nil, s.now(), 0); err != nil {
		return err
	}
	_, err = tx.Versions().Move(ctx, id, ownsight.VersionTraining, ownsight.VersionTrainingFailed, model.GivenUp(id, cause))
	return err
}
