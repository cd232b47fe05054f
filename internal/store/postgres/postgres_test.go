package postgres_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/store"
	"ownsight/internal/store/postgres"
	"ownsight/internal/store/postgres/pgtest"
	"ownsight/internal/store/storetest"
)

func open(t testing.TB, url string) *store.Store {
	s, err := postgres.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, pgtest.URL(t)) })
}

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(b *testing.B) *store.Store { return open(b, pgtest.URL(b)) })
}

func TestNodesThatStartTogetherTakeTurns(t *testing.T) {
	url := pgtest.URL(t)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			s, err := postgres.Open(t.Context(), url)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

func TestNewerSchemaIsRefused(t *testing.T) {
	url := pgtest.URL(t)
	s := open(t, url)
	_, err := s.DB().Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)")
	require.NoError(t, err)
	_, err = postgres.Open(t.Context(), url)
	require.ErrorContains(t, err, "schema version 9999")
}

func TestUnreachableServerIsAnError(t *testing.T) {
	_, err := postgres.Open(t.Context(), "postgres:///none?host="+t.TempDir())
	require.ErrorContains(t, err, "open the database")
}
