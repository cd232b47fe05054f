package contest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rival notes when it was its turn.
type rival struct {
	name  string
	turns *[]string
}

func (r rival) Work(_ context.Context, d time.Duration) (Figures, error) {
	*r.turns = append(*r.turns, r.name)
	return Figures{Pictures: len(*r.turns), Seconds: d.Seconds()}, nil
}

func TestRivalsTakeTurns(t *testing.T) {
	var turns []string
	results, err := Play(t.Context(), 3, 2*time.Second, rival{"a", &turns}, rival{"b", &turns}, rival{"c", &turns})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c", "a", "b", "c", "b", "c", "a", "c", "a", "b"}, turns)
	require.Equal(t, []Figures{{Pictures: 4, Seconds: 2}, {Pictures: 9, Seconds: 2}, {Pictures: 11, Seconds: 2}}, results[0])
	require.Equal(t, 4.5, Over(results[0], Figures.Rate))

	median, low, high := Ratio(results[0], results[1], Figures.Rate)
	require.Equal(t, []float64{11.0 / 12, 4.0 / 5, 9.0 / 7}, []float64{median, low, high})
}

func TestMedianAndQuantile(t *testing.T) {
	require.Zero(t, Median(nil))
	require.Equal(t, 2.0, Median([]float64{9, 1, 2}))
	require.Equal(t, 2.5, Median([]float64{3, 9, 1, 2}))
	f := Figures{Latencies: []float64{.004, .001, .003, .002}}
	require.Equal(t, 3.0, f.Quantile(.5))
	require.Equal(t, 4.0, f.Quantile(.99))
}
