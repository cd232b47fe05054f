package serving

import (
	"context"
	"slices"
	"sync"
	"time"

	"ownsight"
	"ownsight/internal/threads"
	"ownsight/internal/trace"
)

const (
	// unit is how much computing an inference unit is, in every second: a quarter of a core. That is enough for 5 requests with
	// any picture of up to 2048 pixels a side, and for many more with smaller ones.
	unit = time.Second / 4
	// depth is for how long a model's unused reservation is kept: so much may be asked at once. What it has taken beyond its
	// reservation is remembered as long.
	depth = time.Second
	// fresh is what a picture is taken to cost before the first was looked at.
	fresh = 5 * time.Millisecond
	// waitingPerCore is how many pictures may wait for each core, of one model and of all: what comes later would be
	// answered too late, and is refused at once.
	waitingPerCore, waitingAll = 8, 32
)

// turns decides whose picture is looked at next, and how urgently.
//
// A model that has computed less than its units allow has a reservation: its pictures come first, on threads that take
// the cores from the others. The rest of the machine is for whoever wants it, shared by units (virtual time, as in
// weighted fair queueing; Demers, Keshav and Shenker 1989), and what would have to wait too long for that is refused.
// Whatever a model computes counts: one that gets more than its units from spare time needs no reservation, does not take
// the cores from others, and all its pictures are looked at alike, in the order in which they came.
type turns struct {
	cores int
	spare bool // whether models get more than they have reserved
	now   func() time.Time

	mu       sync.Mutex
	shares   map[int64]*share
	eager    map[*share]struct{} // those with pictures that wait
	waiting  int
	reserved int           // turns under way
	extra    int           // of spare time
	clock    time.Duration // virtual time: what the share that was served last had taken
}

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

// turn is a picture's time to be looked at.
type turn struct {
	of       *share
	ready    chan struct{} // closed when it may begin
	began    bool
	reserved bool
	charged  time.Duration // what its share has paid so far
}

func newTurns(cores int, spare bool, now func() time.Time) *turns {
	return &turns{cores: cores, spare: spare, now: now, shares: map[int64]*share{}, eager: map[*share]struct{}{}}
}

// allot gives a model its units. One that has none yet begins with a full reservation.
func (t *turns) allot(id, units int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.shares[id]
	if !ok {
		s = t.add(id, units)
	}
	s.fill(t.now()) // with what it had so far
	s.units = units
}

func (t *turns) add(id, units int64) *share {
	s := &share{units: units, filled: t.now().Add(-depth), cost: fresh}
	t.shares[id] = s
	return s
}

// forget ends a model's share. Its pictures that wait are looked at still.
func (t *turns) forget(id int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.shares, id)
}

// loads gives what each model was asked for so far.
func (t *turns) loads() map[int64]Load {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make(map[int64]Load, len(t.shares))
	for id, s := range t.shares {
		all[id] = s.load
	}
	return all
}

// queue is how many pictures wait.
func (t *turns) queue() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waiting
}

// idle reports whether nobody has asked for a model since this was asked last.
func (t *turns) idle(id int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.shares[id]
	if !ok {
		return true
	}
	before := s.looked
	s.looked = s.load
	return len(s.waiting) == 0 && s.load == before
}

// look calls f when it is the model's turn, on a thread that is as urgent as the turn. A model that was allotted nothing has
// one unit. Errors: CapacityExceeded (too many wait already), and the context's, when it ends before f begins.
func (t *turns) look(ctx context.Context, id int64, f func()) error {
	turn, err := t.join(id)
	if err != nil {
		return err
	}
	_, span := trace.Begin(ctx, "wait for turn")
	select {
	case <-turn.ready:
	case <-ctx.Done():
		if t.leave(turn) {
			span.End(ctx.Err())
			return context.Cause(ctx)
		}
	}
	span.End(nil)
	var took time.Duration
	defer func() { t.done(turn, took) }() // even after a panic
	if turn.reserved {
		took = threads.Timed(f)
	} else {
		threads.Spare.Do(func() { took = threads.Timed(f) })
	}
	return nil
}

// join gets in line.
func (t *turns) join(id int64) (*turn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.shares[id]
	if !ok { // nobody has said yet what the model has here
		s = t.add(id, 1)
	}
	if err := t.refuse(s); err != nil {
		return nil, err
	}
	own := &turn{of: s, ready: make(chan struct{})}
	s.waiting = append(s.waiting, own)
	t.waiting++
	if _, waits := t.eager[s]; !waits {
		t.eager[s] = struct{}{}
		s.passed = max(s.passed, t.clock) // time in which it wanted nothing is no claim
	}
	t.next()
	return own, nil
}

// crowded is the error of join, for who only wants to know whether to join; nil where the model has no share.
func (t *turns) crowded(id int64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, ok := t.shares[id]; ok {
		return t.refuse(s)
	}
	return nil
}

// refuse is CapacityExceeded when one more picture of a share would have to wait too long.
func (t *turns) refuse(s *share) error {
	s.fill(t.now())
	if t.mayWait(s) {
		return nil
	}
	s.load.Refused++
	return ownsight.Errorf(ownsight.CapacityExceeded,
		"The model has %d inference units and is asked for more than they hold; try again shortly, or start it with more.", s.units)
}

// mayWait reports whether one more picture of a share can be looked at in time: with what it has reserved, or else in
// spare time.
func (t *turns) mayWait(s *share) bool {
	if s.credit > time.Duration(len(s.waiting))*s.cost {
		return true
	}
	return t.spare && len(s.waiting) < waitingPerCore*t.cores && t.waiting < waitingAll*t.cores
}

// next begins the turns that there is room for: reserved ones, of which the kernel makes the best when there are more than
// cores, then as many others as there are cores.
func (t *turns) next() {
	for t.reserved < 2*t.cores {
		s := t.first(func(s *share) bool { return s.credit > 0 || !t.spare })
		if s == nil {
			break
		}
		t.reserved++
		t.begin(s, true)
	}
	for t.spare && t.extra < t.cores {
		s := t.first(func(*share) bool { return true })
		if s == nil {
			break
		}
		t.extra++
		t.begin(s, false)
	}
}

// first is the share that has had least for its units, of those whose pictures wait and that are eligible.
func (t *turns) first(eligible func(*share) bool) (least *share) {
	now := t.now()
	for s := range t.eager {
		s.fill(now)
		if eligible(s) && (least == nil || s.passed < least.passed) {
			least = s
		}
	}
	return least
}

// begin takes up the picture of a share that has waited longest. It is charged at once, and rightly when it is known what it
// cost.
func (t *turns) begin(s *share, reserved bool) {
	t.clock = max(t.clock, s.passed)
	first := s.waiting[0]
	t.remove(first)
	first.began, first.reserved = true, reserved
	first.charge(s.cost)
	close(first.ready)
}

// charge sets what a turn costs its share.
func (t *turn) charge(cost time.Duration) {
	more := cost - t.charged
	t.charged = cost
	t.of.passed += more / time.Duration(t.of.units)
	t.of.credit = max(t.of.credit-more, -t.of.most())
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

// done ends a turn that took so much computing.
func (t *turns) done(own *turn, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own.charge(took)
	s := own.of
	s.cost += (took - s.cost) / 8
	s.load.Computed += took
	if own.reserved {
		t.reserved--
		s.load.Reserved++
	} else {
		t.extra--
		s.load.Spare++
	}
	t.next()
}

// leave takes a turn back that has not begun, and reports whether it could.
func (t *turns) leave(own *turn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if own.began {
		return false
	}
	t.remove(own)
	return true
}

func (t *turns) remove(own *turn) {
	s := own.of
	i := slices.Index(s.waiting, own)
	s.waiting = slices.Delete(s.waiting, i, i+1)
	t.waiting--
	if len(s.waiting) == 0 {
		delete(t.eager, s)
	}
}
