package tagging_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store"
	"ownsight/internal/store/postgres"
	"ownsight/internal/store/postgres/pgtest"
	"ownsight/internal/store/sqlite"
	"ownsight/internal/tagging"
)

func TestTags(t *testing.T) {
	for name, open := range map[string]func(*testing.T) (*store.Store, error){
		"sqlite": func(t *testing.T) (*store.Store, error) {
			return sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
		},
		"postgres": func(t *testing.T) (*store.Store, error) { return postgres.Open(t.Context(), pgtest.URL(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := open(t)
			require.NoError(t, err)
			defer func() { require.NoError(t, s.Close()) }()
			for _, arn := range resources(t, s) {
				testTags(t, tagging.New(s, ownsight.Limits{Tags: 3}), arn)
				testUnlimited(t, tagging.New(s, ownsight.Limits{}), arn)
			}
		})
	}
}

// resources makes one of each kind and gives their ARNs.
func resources(t *testing.T, s *store.Store) (arns []string) {
	t.Helper()
	at := time.UnixMilli(1_790_000_000_000).UTC()
	place := ownsight.ProjectARN{Region: "us-east-1", Account: ownsight.DefaultAccount, Name: "gears", Created: at.UnixMilli()}
	p := &ownsight.Project{ARN: place, Created: at, Status: ownsight.ProjectCreated, Feature: ownsight.CustomLabels}
	require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error { return tx.Projects().Create(t.Context(), p) }))
	d := &ownsight.Dataset{ProjectID: p.ID, Created: at, Updated: at, Status: ownsight.DatasetCreated,
		ARN: ownsight.DatasetARN{Region: place.Region, Account: place.Account, Project: place.Name, Type: ownsight.Train, Created: at.UnixMilli()}}
	v := &ownsight.Version{ProjectID: p.ID, ProjectARN: place, Created: at, Status: ownsight.VersionTrained,
		ARN: ownsight.VersionARN{Region: place.Region, Account: place.Account, Project: place.Name, Name: "v1", Created: at.UnixMilli()}}
	require.NoError(t, s.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.Datasets().Create(t.Context(), d); err != nil {
			return err
		}
		return tx.Versions().Create(t.Context(), v)
	}))
	return []string{p.ARN.String(), d.ARN.String(), v.ARN.String()}
}

type tags = map[string]string

func testTags(t *testing.T, s *tagging.Service, arn string) {
	t.Helper()
	holds := func(want tags) {
		t.Helper()
		got, err := s.Tags(t.Context(), arn)
		require.NoError(t, err)
		require.True(t, maps.Equal(want, got), "%s: %v", arn, got)
		require.NotNil(t, got, "an answer has a map, if an empty one")
	}
	ctx := t.Context()
	holds(tags{})
	require.NoError(t, s.Tag(ctx, arn, tags{"a": "1", "b": ""}))
	require.NoError(t, s.Tag(ctx, arn, tags{"b": "2", "c": "3"}))
	holds(tags{"a": "1", "b": "2", "c": "3"})
	err := s.Tag(ctx, arn, tags{"a": "changed", "d": "4"})
	require.Equal(t, ownsight.QuotaExceeded, ownsight.CodeOf(err))
	holds(tags{"a": "1", "b": "2", "c": "3"}) // all or nothing
	require.NoError(t, s.Tag(ctx, arn, nil))
	require.NoError(t, s.Untag(ctx, arn, []string{"a", "never"}))
	require.NoError(t, s.Untag(ctx, arn, nil))
	holds(tags{"b": "2", "c": "3"})

	// Another partition's name for the same thing finds the same tags.
	foreign := strings.Replace(arn, "arn:aws:", "arn:aws-cn:", 1)
	require.NoError(t, s.Tag(ctx, foreign, tags{"d": "4"}))
	holds(tags{"b": "2", "c": "3", "d": "4"})
	require.NoError(t, s.Untag(ctx, foreign, []string{"b", "c", "d"}))
	holds(tags{})

	// What is not there has no tags, and gets none.
	missing := arn + "0"
	for arn, code := range map[string]ownsight.Code{missing: ownsight.NotFound, "arn:aws:s3:::bucket": ownsight.InvalidParameter} {
		require.Equal(t, code, ownsight.CodeOf(s.Tag(ctx, arn, tags{"a": "1"})), arn)
		require.Equal(t, code, ownsight.CodeOf(s.Untag(ctx, arn, []string{"a"})), arn)
		_, err := s.Tags(ctx, arn)
		require.Equal(t, code, ownsight.CodeOf(err), arn)
	}
}

func testUnlimited(t *testing.T, s *tagging.Service, arn string) {
	t.Helper()
	many := tags{}
	for i := range 200 {
		many[strings.Repeat("k", i%128+1)+string(rune('a'+i/128))] = "v"
	}
	require.NoError(t, s.Tag(t.Context(), arn, many))
	got, err := s.Tags(t.Context(), arn)
	require.NoError(t, err)
	require.Len(t, got, 200)
}
