package serving

import "time"

// share is what a model may take, and has taken.
type share struct {
	units   int64
	credit  time.Duration // of computing that is reserved now: within depth of the units' either way, less than 0 after spare time
	filled  time.Time     // when it was last added to
	cost    time.Duration // of a picture, as the last ones were
	passed  time.Duration // computing taken, divided by the units
	waiting []*turn       // first come, first served
	load    Load
	looked  Load // as it was when idle asked for it last
}

// Load is what a model was asked for on this node.
type Load struct {
	Reserved, Spare int64 // pictures looked at within its reservation, and beyond it
	Refused         int64
	Computed        time.Duration // by cores, for all that were looked at
}

// most is what the units earn in depth.
func (s *share) most() time.Duration {
	return time.Duration(float64(depth) * float64(s.units) * unit.Seconds())
}

// fill adds what the share's units have earned since the last time.
func (s *share) fill(now time.Time) {
	earned := time.Duration(float64(now.Sub(s.filled)) * float64(s.units) * unit.Seconds())
	s.credit = min(s.credit+earned, s.most())
	s.filled = now
}

// charge sets what a turn costs its share.
func (t *turn) charge(cost time.Duration) {
	more := cost - t.charged
	t.charged = cost
	t.of.passed += more / time.Duration(t.of.units)
	t.of.credit = max(t.of.credit-more, -t.of.most())
}
