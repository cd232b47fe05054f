package access

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/store/sqlite"
)

func TestAKeyIsGoodAtOnceAndRememberedForAMoment(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	now := time.Now()
	s := New(db, func() time.Time { return now })
	id := newKey(ownsight.Principal{Account: ownsight.DefaultAccount}).ID
	_, err = s.Key(t.Context(), id)
	require.Equal(t, ownsight.NotFound, ownsight.CodeOf(err))

	made, err := s.CreateAccount(t.Context(), ownsight.DefaultAccount)
	require.NoError(t, err)
	found, err := s.Key(t.Context(), made.ID)
	require.NoError(t, err)
	require.Equal(t, made, found)

	require.NoError(t, db.Close())
	now = now.Add(memoryLife - 1)
	found, err = s.Key(t.Context(), made.ID)
	require.NoError(t, err, "no database is needed")
	require.Equal(t, made, found)
	now = now.Add(1)
	_, err = s.Key(t.Context(), made.ID)
	require.Error(t, err, "the database must be asked again")
}
