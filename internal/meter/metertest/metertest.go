// Package metertest gives tests models to count for, on every database, and a clock.
package metertest

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/meter"
	"ownsight/internal/store"
	"ownsight/internal/store/postgres"
	"ownsight/internal/store/postgres/pgtest"
	"ownsight/internal/store/sqlite"
)

// Account and Region are where the models are.
const (
	Account = ownsight.DefaultAccount
	Region  = "us-east-1"
)

// World is a database with models and a clock that stands still until Now is set.
type World struct {
	Store *store.Store
	Now   time.Time
	t     *testing.T
}

// OnEach runs a test on every database.
func OnEach(t *testing.T, test func(*testing.T, *World)) {
	for name, open := range map[string]func(*testing.T) (*store.Store, error){
		"sqlite": func(t *testing.T) (*store.Store, error) {
			return sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
		},
		"postgres": func(t *testing.T) (*store.Store, error) { return postgres.Open(t.Context(), pgtest.URL(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := open(t)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			test(t, &World{Store: s, Now: time.UnixMilli(1_790_000_000_000).UTC().Truncate(time.Hour), t: t})
		})
	}
}

// Meter is a node's, with the world's clock.
func (w *World) Meter(node string) *meter.Meter {
	return meter.New(meter.Config{Store: w.Store, Node: node, Now: func() time.Time { return w.Now }, Log: slog.New(slog.DiscardHandler)})
}

// Write changes the database.
func (w *World) Write(f func(ctx context.Context, tx *store.Tx) error) {
	w.t.Helper()
	require.NoError(w.t, w.Store.Write(w.t.Context(), func(tx *store.Tx) error { return f(w.t.Context(), tx) }))
}

// Model makes a version in a project of its own, in a region of the account.
func (w *World) Model(region, project, name string) *ownsight.Version {
	w.t.Helper()
	made := w.Now.UnixMilli()
	p := &ownsight.Project{ARN: ownsight.ProjectARN{Region: region, Account: Account, Name: project, Created: made}, Created: w.Now,
		Status: ownsight.ProjectCreated, Feature: ownsight.CustomLabels}
	v := &ownsight.Version{ProjectARN: p.ARN, Created: w.Now, Status: ownsight.VersionRunning,
		ARN: ownsight.VersionARN{Region: region, Account: Account, Project: project, Name: name, Created: made}}
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Projects().Create(ctx, p); err != nil {
			return err
		}
		v.ProjectID = p.ID
		return tx.Versions().Create(ctx, v)
	})
	return v
}

// Units gives a version inference units from now on.
func (w *World) Units(v *ownsight.Version, least, most, units int64) {
	w.t.Helper()
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		return tx.Figures().SetLevel(ctx, v.ID, store.Level{At: w.Now, Min: least, Max: most, Desired: units, InService: units})
	})
}
