package serving

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
)

func TestSightings(t *testing.T) {
	s, arn, now := newSightings(), ownsight.VersionARN{Name: "v1"}, time.Now()
	_, ok := s.recent(arn, now)
	require.False(t, ok)

	s.keep(arn, 7, now)
	id, ok := s.recent(arn, now.Add(sightingLife-1))
	require.True(t, ok)
	require.Equal(t, int64(7), id)
	_, ok = s.recent(arn, now.Add(sightingLife))
	require.False(t, ok, "it may have been stopped elsewhere meanwhile")
	_, ok = s.recent(ownsight.VersionARN{Name: "v2"}, now)
	require.False(t, ok)

	s.clear()
	_, ok = s.recent(arn, now)
	require.False(t, ok)
	s.keep(arn, 7, now)
	_, ok = s.recent(arn, now)
	require.False(t, ok, "the database was asked before the stop")
	s.keep(arn, 7, time.Now().Add(time.Nanosecond))
	_, ok = s.recent(arn, now)
	require.True(t, ok)
}
