package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ownsight"
	"ownsight/internal/cluster"
	"ownsight/internal/store"
	"ownsight/internal/threads"
)

// tidyEvery is how often memory that helping has taken is looked for.
const tidyEvery = 10 * time.Second

// Help lets other nodes have shards of their trainings looked at here until ctx ends.
func (s *Service) Help(ctx context.Context) {
	s.hands.mu.Lock()
	s.hands.until = ctx
	s.hands.mu.Unlock()
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if s.hands.tidy() {
			if err := s.engine.Trim(); err != nil {
				s.log.Warn("memory is not given back", "error", err)
			}
		}
	}
}

// placesHere is how many shards are worked on at a time.
func (s *Service) placesHere() int { return s.engine.Threads() + 1 }

// answerPeers makes this node answer the calls of others.
func (s *Service) answerPeers(c *cluster.Cluster) {
	c.Handle(callOffer, func(_ context.Context, params json.RawMessage, _ []byte) (any, error) {
		var q question
		if err := json.Unmarshal(params, &q); err != nil {
			return nil, err
		}
		return s.offer()
	})
	c.Handle(callLook, func(ctx context.Context, params json.RawMessage, _ []byte) (any, error) {
		var e errand
		if err := json.Unmarshal(params, &e); err != nil {
			return nil, err
		}
		return s.lookForOther(ctx, e)
	})
}

func (s *Service) offer() (o offer, err error) {
	if o.Places = s.hands.places(s.placesHere()); o.Places > 0 {
		o.Sight, err = s.sight()
	}
	return o, err
}

// lookForOther does a shard of another node's training, if there is a place for it. What goes wrong is that node's to judge
// when it does the shard itself.
func (s *Service) lookForOther(ctx context.Context, e errand) (r receipt, err error) {
	until, ok := s.hands.take(s.placesHere())
	if !ok {
		return r, nil
	}
	defer s.hands.give()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(until, cancel)()
	threads.Background.Do(func() { err = s.doErrand(ctx, e) })
	if err != nil {
		return receipt{Problem: err.Error()}, nil
	}
	return receipt{Done: true}, nil
}

// doErrand looks at the pictures of an errand and keeps what comes of it.
func (s *Service) doErrand(ctx context.Context, e errand) error {
	sight, err := s.sight()
	if err != nil {
		return err
	}
	if e.Sight != sight {
		return errors.New("this node sees pictures otherwise")
	}
	sh, err := e.shard(s.engine.Net().Digest)
	if err != nil {
		return err
	}
	version, err := s.inTraining(ctx, e.Version)
	if err != nil {
		return err
	}
	l := &looker{Service: s, looking: e.looking, version: version, own: s.archive.Of(version), guest: true}
	files, err := l.results(ctx, sh, func() {})
	if err != nil {
		return err
	}
	if _, err := s.inTraining(ctx, e.Version); err != nil { // what is written after the end of a training would stay
		return err
	}
	return l.keep(ctx, sh, files)
}

func (s *Service) inTraining(ctx context.Context, id int64) (v *ownsight.Version, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		v, err = tx.Versions().ByID(ctx, id)
		return err
	})
	if err == nil && v.Status != ownsight.VersionTraining {
		err = fmt.Errorf("%s is not trained any more", v.ARN)
	}
	return v, err
}
