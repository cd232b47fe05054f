package meter

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQuantilesAreNear(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var all Times
	var list []time.Duration
	for range 20_000 {
		d := time.Duration(math.Exp(random.NormFloat64()*2) * float64(5*time.Millisecond)).Truncate(time.Microsecond)
		list = append(list, max(d, time.Microsecond))
		all.Add(d)
	}
	slices.Sort(list)
	for _, share := range []float64{0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1} {
		exact := list[max(int(math.Ceil(share*float64(len(list))))-1, 0)]
		require.InEpsilon(t, exact, all.Quantile(share), 0.07, "p%v", 100*share)
	}
	require.Equal(t, list[0], all.Quantile(0))
	require.Equal(t, list[len(list)-1], all.Quantile(1))
	require.EqualValues(t, len(list), all.Count)
}

func TestBuckets(t *testing.T) {
	last := -1
	for us := range int64(1 << 16) {
		d := time.Duration(us) * time.Microsecond
		i := bucket(d)
		require.True(t, i == last || i == last+1, "%v: a bucket is left out", d)
		low, width := bounds(i)
		require.True(t, low <= d && d < low+width, "%v is not in %v and %v on", d, low, width)
		require.LessOrEqual(t, width, max(time.Microsecond, d/fineness))
		last = i
	}
}

func TestTimesAreWrittenAndRead(t *testing.T) {
	var times Times
	require.Empty(t, times.encode())
	for i := range 1000 {
		times.Add(time.Duration(5+i%20) * time.Millisecond)
	}
	times.Add(0)
	times.Add(100 * time.Hour)
	b := times.encode()
	require.Less(t, len(b), 100)
	read, err := decodeTimes(b)
	require.NoError(t, err)
	require.Equal(t, times, read)
	require.Equal(t, longest, read.Max)
	require.Zero(t, new(Times).Quantile(0.5))
	_, err = decodeTimes(b[:len(b)-1])
	require.ErrorIs(t, err, errTimes)

	var both Times
	both.Merge(read)
	both.Merge(Times{})
	both.Merge(read)
	require.EqualValues(t, 2*times.Count, both.Count)
	require.Equal(t, times.Quantile(0.9), both.Quantile(0.9))
}
