package training

import (
	"errors"

	"ownsight"
	"ownsight/internal/vision/tail"
)

// The calls by which nodes help each other.
const (
	callOffer = "training-offer"
	callLook  = "training-look"
)

// question asks a node for its help; the offer is the answer.
type question struct {
	Sight string `json:"sight"` // of who asks
}

type offer struct {
	Sight  string `json:"sight"`  // of who is asked
	Places int    `json:"places"` // how many shards it can take now
}

// errand is a shard that is given to another node: all that it must know, so that it reads nothing but the pictures.
type errand struct {
	looking
	Sight    string               `json:"sight"`
	Version  int64                `json:"version"` // its row number
	Kind     ownsight.DatasetType `json:"kind"`
	Number   int                  `json:"number"`
	Pictures []errandPicture      `json:"pictures"`
}

type errandPicture struct {
	At     ownsight.Location `json:"at"`
	Line   int               `json:"line"`
	Digest []byte            `json:"digest,omitempty"` // of pictures that were looked at before
}

// receipt says what became of it. A node that is busy has neither done it nor had a problem.
type receipt struct {
	Done    bool   `json:"done"`
	Problem string `json:"problem,omitempty"`
}

func (r receipt) err() error {
	if r.Problem == "" {
		return nil
	}
	return errors.New(r.Problem)
}

// errand describes a shard.
func (i *invitation) errand(sh shard) errand {
	e := errand{looking: i.looking, Sight: i.sees, Version: i.version.ID, Kind: sh.kind, Number: sh.number}
	for _, s := range sh.samples {
		p := errandPicture{At: s.at, Line: s.line}
		if i.Cut != "" {
			p.Digest = s.digest[:]
		}
		e.Pictures = append(e.Pictures, p)
	}
	return e
}

// shard is what an errand describes, on a node of that front. Errors: an errand that no node of this program gives.
func (e errand) shard(front string) (sh shard, err error) {
	if e.Cut != "" {
		if _, err := tail.CutOf(e.Cut); err != nil {
			return sh, err
		}
	}
	if len(e.Pictures) == 0 || len(e.Pictures) > shardSize || e.Number < 0 || e.Views < 1 || e.Views > maxViews || e.Rows > e.Views ||
		e.Kind != ownsight.Train && e.Kind != ownsight.Test {
		return sh, errors.New("no shard of a training is like that")
	}
	sh = shard{name: shardName(front, e.Kind, e.Number), kind: e.Kind, number: e.Number}
	for _, p := range e.Pictures {
		s := sample{line: p.Line, at: p.At}
		copy(s.digest[:], p.Digest)
		sh.samples = append(sh.samples, s)
	}
	return sh, nil
}

// maxViews is more than any plan has.
const maxViews = 16
