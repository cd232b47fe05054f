// Package meter keeps what models are asked, by the minute: each node counts in memory and writes down what it has counted,
// some times a minute while there is anything, and whoever wants to know adds the nodes up. A server that is asked nothing
// writes nothing.
package meter

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"ownsight"
	"ownsight/internal/store"
)

// Kept is for how long figures are known.
const Kept = 15 * 24 * time.Hour

const (
	every = 15 * time.Second // how often is written down what there is
	// most is how many models' minutes are held at a time; there are more only where the database is away, or somebody asks for
	// models that are not there.
	most = 8192
)

// Config is what a meter works with.
type Config struct {
	Store *store.Store
	Node  string // whose counts they are
	Now   func() time.Time
	Log   *slog.Logger
}

// Meter counts what models are asked on this node.
type Meter struct {
	Config
	mu      sync.Mutex
	pending map[subject]*Tally

	writing sync.Mutex
	tidied  time.Time // when old figures were removed last
}

// New makes a meter; Run has it write.
func New(c Config) *Meter { return &Meter{Config: c, pending: map[subject]*Tally{}} }

// Outcome is how a request ended.
type Outcome int

// The outcomes.
const (
	Answered Outcome = iota
	Throttled
	UserError
	ServerError
)

// Tally is what a model was asked in some time.
type Tally struct {
	Answered, Throttled, UserErrors, ServerErrors int64
	Computed                                      time.Duration // by cores
	Times                                         Times         // of those that were answered
}

func (t *Tally) merge(o Tally) {
	t.Answered += o.Answered
	t.Throttled += o.Throttled
	t.UserErrors += o.UserErrors
	t.ServerErrors += o.ServerErrors
	t.Computed += o.Computed
	t.Times.Merge(o.Times)
}

// subject is a model and a minute. The model is known by its row number, or else by its name, which may be nobody's.
type subject struct {
	version int64
	arn     ownsight.VersionARN
	minute  int64
}

// Asked counts a request for a model that may be there.
func (m *Meter) Asked(arn ownsight.VersionARN, how Outcome, took time.Duration) {
	t := Tally{}
	switch how {
	case Answered:
		t.Answered = 1
		t.Times.Add(took)
	case Throttled:
		t.Throttled = 1
	case UserError:
		t.UserErrors = 1
	case ServerError:
		t.ServerErrors = 1
	}
	m.count(subject{arn: arn}, t)
}

// Computed counts what cores have computed for a version.
func (m *Meter) Computed(version int64, d time.Duration) {
	m.count(subject{version: version}, Tally{Computed: d})
}

func (m *Meter) count(s subject, t Tally) {
	s.minute = m.Now().Unix() / 60
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(s, t)
}

// add is called with mu held.
func (m *Meter) add(s subject, t Tally) {
	counted, ok := m.pending[s]
	if !ok {
		if len(m.pending) >= most {
			return
		}
		counted = &Tally{}
		m.pending[s] = counted
	}
	counted.merge(t)
}

// Run writes down what is counted until ctx ends.
func (m *Meter) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := m.Flush(ctx); err != nil && ctx.Err() == nil {
			m.Log.Warn("figures of models could not be written down; they are kept for the next time", "error", err)
		}
	}
}

// Close writes down what is left.
func (m *Meter) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return m.Flush(ctx)
}

// Flush writes down what was counted so far.
func (m *Meter) Flush(ctx context.Context) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	m.mu.Lock()
	taken := m.pending
	m.pending = map[subject]*Tally{}
	m.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	err := m.write(ctx, taken)
	if err != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		for s, t := range taken {
			m.add(s, *t)
		}
	}
	return err
}

// write adds counts to what is known of this node. Those of models that are not there count for nobody.
func (m *Meter) write(ctx context.Context, taken map[subject]*Tally) error {
	known, err := m.identify(ctx, taken)
	if err != nil {
		return err
	}
	now := m.Now()
	tidy := now.Sub(m.tidied) > time.Hour
	if len(known) == 0 {
		return nil
	}
	err = m.Store.Write(ctx, func(tx *store.Tx) error {
		for s, t := range known {
			if err := add(ctx, tx, s, m.Node, *t); err != nil {
				return err
			}
		}
		if tidy {
			return tx.Figures().Forget(ctx, now.Add(-Kept))
		}
		return nil
	})
	if err == nil && tidy {
		m.tidied = now
	}
	return err
}

// identify finds the versions that counts are of, and gives the counts of each by its row number.
func (m *Meter) identify(ctx context.Context, taken map[subject]*Tally) (known map[subject]*Tally, err error) {
	err = m.Store.Read(ctx, func(tx *store.Tx) error {
		known = map[subject]*Tally{}
		for s, t := range taken {
			of := subject{version: s.version, minute: s.minute}
			if s.version == 0 {
				if of.version, err = tx.Figures().Version(ctx, s.arn.Account, s.arn.Region, s.arn.Project, s.arn.Name); err != nil {
					return err
				}
			} else if there, err := tx.Figures().Exists(ctx, s.version); err != nil {
				return err
			} else if !there {
				of.version = 0
			}
			if of.version == 0 {
				continue
			}
			if known[of] == nil {
				known[of] = &Tally{}
			}
			known[of].merge(*t)
		}
		return nil
	})
	return known, err
}

func add(ctx context.Context, tx *store.Tx, s subject, node string, t Tally) error {
	row, err := tx.Figures().Minute(ctx, s.version, s.minute, node)
	if err != nil {
		return err
	}
	so, err := tally(row)
	if err != nil {
		return err
	}
	so.merge(t)
	return tx.Figures().PutMinute(ctx, store.Minute{
		Version: s.version, Minute: s.minute, Node: node, Answered: so.Answered, Throttled: so.Throttled,
		UserErrors: so.UserErrors, ServerErrors: so.ServerErrors, Computed: so.Computed, Times: so.Times.encode(),
	})
}
