// Package model keeps projects and their versions: rows, states, and the bytes that a trained model consists of. It
// neither trains nor serves.
package model

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"ownsight"
	"ownsight/internal/jobs"
	"ownsight/internal/objects"
	"ownsight/internal/store"
)

// Service is the one door to projects and versions.
type Service struct {
	store   *store.Store
	jobs    *jobs.Client
	archive *Archive
	objects *objects.Store
	limits  ownsight.Limits
	now     func() time.Time
	log     *slog.Logger
}

// Config is what a Service works with.
type Config struct {
	Store   *store.Store
	Jobs    *jobs.Client
	Archive *Archive
	Objects *objects.Store
	Limits  ownsight.Limits
	Now     func() time.Time
	Log     *slog.Logger
}

// Queue is the job queue of everything that copies and removes projects and versions.
const Queue = "models"

// New makes the service and registers its jobs.
func New(c Config) *Service {
	m := &Service{store: c.Store, jobs: c.Jobs, archive: c.Archive, objects: c.Objects, limits: c.Limits, now: c.Now, log: c.Log}
	c.Jobs.Register(
		jobs.Kind{Name: copyJob, Queue: Queue, MaxAttempts: 10, Run: m.runCopy, Fail: m.failCopy},
		jobs.Kind{Name: deleteProjectJob, Queue: Queue, Run: m.runDeleteProject},
		jobs.Kind{Name: deleteVersionJob, Queue: Queue, Run: m.runDeleteVersion},
	)
	return m
}

// The kinds of jobs that delete; the names lie in databases. A deletion never gives up: it has no failed state to go to.
const (
	deleteProjectJob = "project-delete"
	deleteVersionJob = "version-delete"
)

// encodeCursor makes a page token; empty at the end of a list.
func encodeCursor(c store.Cursor) string {
	if c.IsZero() {
		return ""
	}
	return strconv.FormatInt(c.Created, 36) + "-" + strconv.FormatInt(c.ID, 36)
}

func decodeCursor(token string) (store.Cursor, error) {
	if token == "" {
		return store.Cursor{}, nil
	}
	created, id, _ := strings.Cut(token, "-")
	c, err1 := strconv.ParseInt(created, 36, 64)
	i, err2 := strconv.ParseInt(id, 36, 64)
	if err1 != nil || err2 != nil || c < 0 || i < 0 {
		return store.Cursor{}, ownsight.Errorf(ownsight.InvalidPageToken, "NextToken is not one that this list has given.")
	}
	return store.Cursor{Created: c, ID: i}, nil
}

// createTime is now in the precision that ARNs carry.
func (s *Service) createTime() time.Time { return s.now().Truncate(time.Millisecond) }

// project finds a project that is not being deleted.
func project(ctx context.Context, tx *store.Tx, arn ownsight.ProjectARN) (*ownsight.Project, error) {
	p, err := tx.Projects().ByARN(ctx, arn)
	if err != nil {
		return nil, err
	}
	if p.Status == ownsight.ProjectDeleting {
		return nil, ownsight.Errorf(ownsight.NotFound, "The project %s is being deleted.", arn)
	}
	return p, nil
}
