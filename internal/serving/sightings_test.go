package serving

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
)

func TestSightings(t *testing.T) {
	s, arn, now := newSightings(), ownsight.VersionARN{Name: "v1"}, time.Now()
	recent := func(arn ownsight.VersionARN, now time.Time) (int64, bool) {
		last, ok := s.recent(arn, now)
		return last.id, ok
	}
	_, ok := recent(arn, now)
	require.False(t, ok)

	s.keep(arn, sighting{id: 7, at: now})
	id, ok := recent(arn, now.Add(sightingLife-1))
	require.True(t, ok)
	require.Equal(t, int64(7), id)
	_, ok = recent(arn, now.Add(sightingLife))
	require.False(t, ok, "it may have been stopped elsewhere meanwhile")
	_, ok = recent(ownsight.VersionARN{Name: "v2"}, now)
	require.False(t, ok)

	s.clear()
	_, ok = recent(arn, now)
	require.False(t, ok)
	s.keep(arn, sighting{id: 7, at: now})
	_, ok = recent(arn, now)
	require.False(t, ok, "the database was asked before the stop")
	s.keep(arn, sighting{id: 7, at: time.Now().Add(time.Nanosecond)})
	_, ok = recent(arn, now)
	require.True(t, ok)
}
