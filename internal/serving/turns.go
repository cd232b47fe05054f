package serving

import (
	"slices"
	"sync"
	"time"

	"ownsight"
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

// turn is a picture's time to be looked at.
type turn struct {
	of       *share
	look     func()
	began    bool
	reserved bool
	charged  time.Duration // what its share has paid so far
	ended    chan struct{} // closed when the picture was looked at
	trouble  any           // what look has panicked with, once ended is closed
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

// join gets in line, and gives the turns that begin now: they are the caller's to start.
func (t *turns) join(id int64, look func()) (own *turn, begun []*turn, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.shares[id]
	if !ok { // nobody has said yet what the model has here
		s = t.add(id, 1)
	}
	if err := t.refuse(s); err != nil {
		return nil, nil, err
	}
	own = &turn{of: s, look: look, ended: make(chan struct{})}
	s.waiting = append(s.waiting, own)
	t.waiting++
	if _, waits := t.eager[s]; !waits {
		t.eager[s] = struct{}{}
		s.passed = max(s.passed, t.clock) // time in which it wanted nothing is no claim
	}
	return own, t.next(), nil
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
func (t *turns) next() (begun []*turn) {
	for t.reserved < MostReserved(t.cores) {
		s := t.first(func(s *share) bool { return s.credit > 0 || !t.spare })
		if s == nil {
			break
		}
		t.reserved++
		begun = append(begun, t.begin(s, true))
	}
	for t.spare && t.extra < t.cores {
		s := t.first(func(*share) bool { return true })
		if s == nil {
			break
		}
		t.extra++
		begun = append(begun, t.begin(s, false))
	}
	return begun
}

// MostReserved is how many reserved turns may be under way at a time on so many cores. Each wants a thread of
// threads.Reserved.
func MostReserved(cores int) int { return 2 * cores }

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
func (t *turns) begin(s *share, reserved bool) *turn {
	t.clock = max(t.clock, s.passed)
	first := s.waiting[0]
	t.remove(first)
	first.began, first.reserved = true, reserved
	first.charge(s.cost)
	return first
}

// done ends a turn that took so much computing, and gives those that begin in its place.
func (t *turns) done(own *turn, took time.Duration) []*turn {
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
	return t.next()
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
