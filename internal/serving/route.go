package serving

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"ownsight"
	"ownsight/internal/cluster"
	"ownsight/internal/vision"
)

// The calls that nodes make of each other.
const (
	callDetect = "detect"
	callLoad   = "load"
	callDrop   = "drop"
)

// attempt is how long another node may take before a third is asked: many times what an answer takes, and what a client
// does not mind when a node is lost.
const attempt = time.Second

// about is a call's parameters.
type about struct {
	Version       int64    `json:"version"` // its row number
	MinConfidence *float64 `json:"minConfidence,omitempty"`
	MaxResults    int      `json:"maxResults,omitempty"`
}

type nothing struct{}

// register makes this node answer the others.
func (s *Service) register() {
	s.Cluster.Handle(callDetect, func(ctx context.Context, params json.RawMessage, body []byte) (any, error) {
		var a about
		if err := json.Unmarshal(params, &a); err != nil {
			return nil, err
		}
		return s.here(ctx, a.Version, Request{Picture: body, Wanted: vision.Wanted{MinConfidence: a.MinConfidence, MaxResults: a.MaxResults}})
	})
	s.Cluster.Handle(callLoad, func(ctx context.Context, params json.RawMessage, _ []byte) (any, error) {
		var a about
		if err := json.Unmarshal(params, &a); err != nil {
			return nil, err
		}
		return nothing{}, s.loadHere(ctx, a.Version)
	})
	s.Cluster.Handle(callDrop, func(_ context.Context, params json.RawMessage, _ []byte) (any, error) {
		var a about
		if err := json.Unmarshal(params, &a); err != nil {
			return nil, err
		}
		s.dropHere(a.Version)
		return nothing{}, nil
	})
}

// loadHere has a model ready in this node's memory.
func (s *Service) loadHere(ctx context.Context, id int64) error {
	_, putBack, err := s.loaded.get(ctx, id)
	if err == nil {
		putBack()
	}
	return err
}

// dropHere forgets a model that has stopped.
func (s *Service) dropHere(id int64) {
	s.seen.clear()
	s.turns.forget(id)
	s.loaded.drop(id)
}

// route asks the nodes that a model is placed on until one answers, this one first if it is among them. To ask twice does no
// harm. When none of them can be reached, any node that serves models can answer, once it has loaded the model.
func (s *Service) route(ctx context.Context, at sighting, r Request) ([]vision.Label, error) {
	var full, refusal error // what a node said whose units are all in use, and one that cannot run the model
	silent := false
	list := s.candidates(at)
	for i, c := range list {
		if full != nil && !c.placed {
			break
		}
		labels, err := s.ask(ctx, c.node, at.id, r, i == len(list)-1)
		switch {
		case ownsight.CodeOf(err) == ownsight.CapacityExceeded:
			full = err
		case ownsight.CodeOf(err) == ownsight.NotReady:
			refusal = err
			s.avoided.add(c.node, at.id, s.Now().Add(unfitFor))
		case !errors.Is(err, cluster.ErrUnreachable) || ctx.Err() != nil:
			return labels, err
		default:
			silent = true
			s.Log.Warn("another node is asked for a model", "version_id", at.id, "instead_of", c.node, "error", err)
		}
	}
	switch {
	case full != nil:
		return nil, full
	case refusal != nil && !silent:
		return nil, refusal // nobody can
	}
	return nil, ownsight.Errorf(ownsight.CapacityExceeded, "No server that answers for models can be reached; try again shortly.")
}

// ask asks one node, which may be this one. The last has all the time there is: what takes so long may be the picture.
func (s *Service) ask(ctx context.Context, node string, id int64, r Request, last bool) (labels []vision.Label, err error) {
	if node == s.Cluster.Name() {
		return s.here(ctx, id, r)
	}
	within := ctx
	if !last {
		var end context.CancelFunc
		within, end = giveUp(ctx, attempt)
		defer end()
	}
	a := about{Version: id, MinConfidence: r.MinConfidence, MaxResults: r.MaxResults}
	err = s.Cluster.Call(within, node, callDetect, a, r.Picture, &labels)
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		s.avoided.add(node, id, s.Now().Add(lateFor))
	}
	return labels, err
}

// giveUp gives a context that ends after a while as if nobody wanted the answer any more. A deadline would tell the cluster that
// the node does not answer at all, and its other models would be loaded elsewhere, while it may only be loading this one.
func giveUp(ctx context.Context, after time.Duration) (context.Context, context.CancelFunc) {
	within, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(after, cancel)
	return within, func() {
		timer.Stop()
		cancel()
	}
}

// unfit reports whether a node had better not be asked for a version.
func (s *Service) unfit(node string, id int64) bool { return s.avoided.has(node, id, s.Now()) }

// candidate is a node that could answer for a model.
type candidate struct {
	node    string
	placed  bool    // the model is there
	suspect bool    // a moment ago it could not be reached, or not answer for this model
	chance  float64 // the least is asked first
}

// candidates are the nodes to ask, in that order: those that the model is on before those that could load it, this one
// first, the others by chance as their units are. What could not be reached or not answer for the model a moment ago comes last.
// A node that leaves answers what it was asked before when there is no other.
func (s *Service) candidates(at sighting) (list []candidate) {
	for _, n := range s.Cluster.Live() {
		if !n.Roles.Has(ownsight.RoleServe) {
			continue
		}
		units := unitsOn(at.placed, n.Name)
		c := candidate{n.Name, units > 0, s.Cluster.Suspect(n.Name) || s.unfit(n.Name, at.id), rand.ExpFloat64() / float64(max(units, 1))}
		if n.Name == s.Cluster.Name() {
			c.chance = 0
		}
		list = append(list, c)
	}
	if len(list) == 0 && s.serves() {
		list = append(list, candidate{node: s.Cluster.Name(), placed: true})
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(order(a.suspect, b.suspect), -order(a.placed, b.placed), cmp.Compare(a.chance, b.chance))
	})
	return list
}

// order puts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
