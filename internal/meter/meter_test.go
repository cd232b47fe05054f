package meter_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight/internal/meter"
	"ownsight/internal/meter/metertest"
	"ownsight/internal/store"
)

func TestNodesAreAddedUp(t *testing.T) {
	metertest.OnEach(t, func(t *testing.T, w *metertest.World) {
		v := w.Model(metertest.Region, "gears", "v1")
		other := w.Model("eu-west-1", "gears", "v1")
		a, b := w.Meter("a"), w.Meter("b")
		began := w.Now
		for i := range 10 {
			a.Asked(v.ARN, meter.Answered, time.Duration(i+1)*time.Millisecond)
		}
		a.Asked(other.ARN, meter.Answered, time.Millisecond)
		a.Asked(v.ARN, meter.UserError, 0)
		require.NoError(t, a.Flush(t.Context()))
		w.Now = began.Add(59 * time.Second)
		a.Asked(v.ARN, meter.Answered, 50*time.Millisecond) // to what is written already
		a.Computed(v.ID, 30*time.Millisecond)
		b.Asked(v.ARN, meter.Throttled, 0)
		require.NoError(t, b.Close())
		w.Now = began.Add(3 * time.Minute)
		a.Asked(v.ARN, meter.ServerError, 0)

		of := meter.Of{Account: metertest.Account, Region: metertest.Region, Project: "gears", Name: "v1"}
		list, err := a.Minutes(t.Context(), of, began, w.Now.Add(1))
		require.NoError(t, err)
		require.Len(t, list, 2)
		first := list[0]
		require.Equal(t, began, first.Begin)
		require.Equal(t, []int64{11, 1, 1, 0}, []int64{first.Answered, first.Throttled, first.UserErrors, first.ServerErrors})
		require.Equal(t, 30*time.Millisecond, first.Computed)
		require.EqualValues(t, 11, first.Times.Count)
		require.Equal(t, 50*time.Millisecond, first.Times.Max)
		require.InEpsilon(t, 6*time.Millisecond, first.Times.Quantile(0.5), 0.1)
		require.Equal(t, began.Add(3*time.Minute), list[1].Begin)
		require.EqualValues(t, 1, list[1].ServerErrors)

		of.Name, of.Project = "", ""
		all, err := b.Minutes(t.Context(), of, began, began.Add(time.Minute))
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.EqualValues(t, 11, all[0].Answered, "of this region alone")
	})
}

func TestNothingAskedNothingWritten(t *testing.T) {
	metertest.OnEach(t, func(t *testing.T, w *metertest.World) {
		v := w.Model(metertest.Region, "gears", "v1")
		m := w.Meter("a")
		closed, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, m.Flush(closed), "it went to the database")
		nobody := v.ARN
		nobody.Project = "none"
		m.Asked(nobody, meter.UserError, 0)
		m.Computed(1<<40, time.Second)
		require.NoError(t, m.Flush(t.Context()))

		// What could not be written is kept for the next time.
		m.Asked(v.ARN, meter.Answered, time.Millisecond)
		require.Error(t, m.Flush(closed))
		list, err := m.Minutes(t.Context(), meter.Of{Account: metertest.Account, Region: metertest.Region}, w.Now, w.Now.Add(time.Minute))
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.EqualValues(t, 1, list[0].Answered)
		require.Zero(t, list[0].UserErrors)
	})
}

func TestFiguresAreForgotten(t *testing.T) {
	metertest.OnEach(t, func(t *testing.T, w *metertest.World) {
		v := w.Model(metertest.Region, "gears", "v1")
		m, began := w.Meter("a"), w.Now
		all := func() []meter.Minute {
			list, err := m.Minutes(t.Context(), meter.Of{Account: metertest.Account, Region: metertest.Region}, began, w.Now.Add(time.Minute))
			require.NoError(t, err)
			return list
		}
		m.Asked(v.ARN, meter.Answered, time.Millisecond)
		require.Len(t, all(), 1)
		w.Now = began.Add(meter.Kept + time.Minute)
		require.Len(t, all(), 1, "a server that is asked nothing writes nothing")
		m.Asked(v.ARN, meter.Answered, time.Millisecond)
		require.Len(t, all(), 1)
		require.Equal(t, w.Now, all()[0].Begin)
	})
}

func TestUnitsByTheMinute(t *testing.T) {
	metertest.OnEach(t, func(t *testing.T, w *metertest.World) {
		v := w.Model(metertest.Region, "gears", "v1")
		m, began := w.Meter("a"), w.Now
		at := func(after time.Duration, units int64) {
			w.Now = began.Add(after)
			w.Units(v, units, units+1, units)
		}
		at(30*time.Second, 1)
		at(70*time.Second, 2)
		at(100*time.Second, 1)
		at(200*time.Second, 0)
		at(10*time.Minute, 5)
		w.Now = began.Add(10*time.Minute + 30*time.Second)
		shown := func(from, to time.Duration) (list []string) {
			units, err := m.Units(t.Context(), meter.Of{Account: metertest.Account, Region: metertest.Region, Project: "gears", Name: "v1"}, began.Add(from), began.Add(to))
			require.NoError(t, err)
			for _, l := range units {
				list = append(list, fmt.Sprint(int(l.At.Sub(began).Minutes()), ":", l.InService))
			}
			return list
		}
		require.Equal(t, []string{"0:1", "1:2", "2:1", "3:1", "10:5"}, shown(0, time.Hour), "never of the future")
		require.Equal(t, []string{"2:1", "3:1"}, shown(2*time.Minute, 5*time.Minute))
		require.Empty(t, shown(4*time.Minute, 9*time.Minute))
		w.Write(func(ctx context.Context, tx *store.Tx) error { return tx.Versions().Delete(ctx, v.ID) })
		require.Empty(t, shown(0, time.Hour))
	})
}
