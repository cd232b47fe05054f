package serving

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ownsight"
)

// line is a turns whose clock the test moves, and whose pictures end when it says so.
type line struct {
	*turns
	t   *testing.T
	now time.Time
}

func newLine(t *testing.T, cores int, spare bool) *line {
	l := &line{t: t, now: time.Unix(1_700_000_000, 0)}
	l.turns = newTurns(cores, spare, func() time.Time { return l.now })
	return l
}

// join gets in line, which must be possible.
func (l *line) mustJoin(id int64) *turn {
	l.t.Helper()
	turn, _, err := l.join(id, nil)
	require.NoError(l.t, err)
	return turn
}

// refused reports whether one more is one too many.
func (l *line) refused(id int64) bool {
	_, _, err := l.join(id, nil)
	require.True(l.t, err == nil || ownsight.CodeOf(err) == ownsight.CapacityExceeded, "%v", err)
	return err != nil
}

// use lets a model compute until its reservation is used up.
func (l *line) use(id int64) {
	turn := l.mustJoin(id)
	require.True(l.t, turn.reserved)
	l.done(turn, depth)
	l.shares[id].cost, l.shares[id].passed = fresh, 0
	require.Negative(l.t, l.shares[id].credit)
}

func TestReservationsComeFirst(t *testing.T) {
	l := newLine(t, 1, true)
	l.allot(1, 1)
	l.allot(2, 1)
	l.use(1)
	flood := l.mustJoin(1)
	require.True(t, flood.began)
	require.False(t, flood.reserved, "the first model has had its share")
	second := l.mustJoin(1)
	require.False(t, second.began, "there is one core for spare time")
	quiet := l.mustJoin(2)
	require.True(t, quiet.began && quiet.reserved, "the other begins at once")
	l.done(flood, fresh)
	require.True(t, second.began)
	require.False(t, second.reserved)
	l.done(second, fresh)

	l.now = l.now.Add(10 * time.Second)
	again := l.mustJoin(1)
	require.True(t, again.reserved, "its reservation has filled up again")
}

// A model that gets more than its units in spare time has no pictures that come before those of others, until it has had
// less than its units for as long as it had more.
func TestSpareTimeCounts(t *testing.T) {
	l := newLine(t, 2, true)
	l.allot(1, 1)
	const cost = 10 * time.Millisecond
	reserved := 0
	for i := range 500 { // five seconds of both cores, of which its unit is an eighth
		first, second := l.mustJoin(1), l.mustJoin(1)
		require.True(t, first.began && second.began)
		l.now = l.now.Add(cost)
		for _, turn := range []*turn{first, second} {
			if turn.reserved && i > 100 {
				reserved++
			}
			l.done(turn, cost)
		}
	}
	require.Zero(t, reserved)
	l.now = l.now.Add(time.Second / 2)
	require.False(t, l.mustJoin(1).reserved)
	l.now = l.now.Add(time.Second)
	require.True(t, l.mustJoin(1).reserved)
}

func TestAReservationIsAQuarterOfACore(t *testing.T) {
	l := newLine(t, 1, false) // no spare time: what is answered is what is reserved
	l.allot(1, 2)             // half a core
	const cost = 10 * time.Millisecond
	l.shares[1].cost = cost
	answered := 0
	for range 10_000 { // ten seconds
		l.now = l.now.Add(time.Millisecond)
		if turn, _, err := l.join(1, nil); err == nil {
			require.True(t, turn.began && turn.reserved)
			l.done(turn, cost)
			answered++
		}
	}
	// Ten seconds of it, and the second's worth that it began with.
	require.InDelta(t, 500+50, answered, 2)
}

func TestAFloodIsRefusedAtOnce(t *testing.T) {
	for _, cores := range []int{1, 4} {
		l := newLine(t, cores, true)
		l.allot(1, 1)
		l.use(1)
		for range cores + waitingPerCore*cores {
			require.False(t, l.refused(1))
		}
		require.True(t, l.refused(1))
		require.EqualValues(t, 1, l.shares[1].load.Refused)
		l.allot(2, 1)
		require.False(t, l.refused(2), "others have their own line")
	}
}

func TestSpareTimeIsSharedByUnits(t *testing.T) {
	l := newLine(t, 2, true)
	l.allot(1, 1)
	l.allot(2, 3)
	l.use(1)
	l.use(2)
	had := map[int64]int{}
	var under []*turn // at work
	of := map[*turn]int64{}
	fill := func() {
		for id := int64(1); id <= 2; id++ {
			for {
				turn, _, err := l.join(id, nil)
				if err != nil {
					break
				}
				of[turn] = id
				under = append(under, turn)
			}
		}
	}
	fill()
	for range 4000 {
		for i, turn := range under {
			if turn.began {
				had[of[turn]]++
				under = append(under[:i:i], under[i+1:]...)
				l.done(turn, fresh)
				break
			}
		}
		fill()
	}
	require.InDelta(t, 3, float64(had[2])/float64(had[1]), 0.1)
}

func TestWhatAPictureCostIsChargedWhenItIsKnown(t *testing.T) {
	l := newLine(t, 1, true)
	l.allot(1, 1)
	turn := l.mustJoin(1)
	l.done(turn, 100*time.Millisecond)
	require.Equal(t, 150*time.Millisecond, l.shares[1].credit)
	require.Equal(t, 100*time.Millisecond, l.shares[1].passed)
	require.Greater(t, l.shares[1].cost, fresh)
	require.Equal(t, Load{Reserved: 1, Computed: 100 * time.Millisecond}, l.loads()[1])
}

func TestWhoGoesAwayLeavesTheLine(t *testing.T) {
	l := newLine(t, 1, true)
	l.allot(1, 1)
	l.use(1)
	first := l.mustJoin(1)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	require.ErrorIs(t, l.look(ctx, 1, func() { t.Error("nobody waits for this") }), gone)
	require.Zero(t, l.waiting)
	require.Empty(t, l.eager)
	l.done(first, fresh)
	require.Zero(t, l.extra)
}

func TestAPanicGivesTheTurnBack(t *testing.T) {
	l := newLine(t, 1, true)
	l.allot(1, 1)
	require.Panics(t, func() { _ = l.look(t.Context(), 1, func() { panic("trouble") }) })
	require.Zero(t, l.reserved)
	l.use(1)
	require.Panics(t, func() { _ = l.look(t.Context(), 1, func() { panic("trouble") }) })
	require.Zero(t, l.extra)
}

func TestAModelThatWasAllottedNothingHasAUnit(t *testing.T) {
	l := newLine(t, 1, true)
	turn := l.mustJoin(1)
	require.True(t, turn.reserved)
	require.EqualValues(t, 1, l.shares[1].units)
	l.forget(1)
	l.done(turn, fresh) // what was begun comes to its end
	require.Empty(t, l.loads())
}

func TestIdle(t *testing.T) {
	l := newLine(t, 1, true)
	l.allot(1, 1)
	require.True(t, l.idle(1))
	l.done(l.mustJoin(1), fresh)
	require.False(t, l.idle(1))
	require.True(t, l.idle(1))
	require.True(t, l.idle(2), "nobody knows it")
}

func TestScalingFollowsTheLoad(t *testing.T) {
	var tr trend
	var now Load
	second := func(units int64, computed time.Duration, refused int64) int {
		now.Computed += computed
		now.Refused += refused
		return tr.judge(now, units)
	}
	require.Equal(t, 0, second(1, 0, 10), "a moment is no reason")
	require.Equal(t, 1, second(1, 0, 10))
	require.Equal(t, 0, second(2, 2*unit, 0))
	require.Equal(t, 1, second(2, 2*unit, 0), "as much as it has")
	require.Equal(t, 0, second(2, unit*6/10, 0))
	for range calmFor - 1 {
		require.Equal(t, 0, second(3, unit/2, 0))
	}
	require.Equal(t, -1, second(3, unit/2, 0))
	for range calmFor * 3 {
		require.Equal(t, 0, second(1, 0, 0), "a model keeps one")
	}
}
