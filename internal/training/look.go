package training

import (
	"context"
	"fmt"

	"ownsight"
	"ownsight/internal/threads"
	"ownsight/internal/vision/picture"
)

const (
	shardSize      = 64       // pictures whose features lie in one file: a second or two of work
	maxPictureFile = 15 << 20 // bytes of a picture in S3, the service's limit
	seed           = 1        // of every view: the same data gives the same model
)

// viewsOf gives the views of a picture: as it is, mirrored, and varied.
func viewsOf(name string, n int) []picture.View {
	list := []picture.View{picture.Identity(), picture.Identity()}
	list[1].Flip = true
	if n > 2 {
		list = append(list, picture.Augmentation{Seed: seed, Flip: true}.Views(name, n-2)...)
	}
	list = list[:n]
	for i := 2; i < min(4, n); i++ {
		list[i].Flip = false // a linear head tries mirrored views apart from others
	}
	return list
}

// shard is a run of a set's pictures whose results lie together.
type shard struct {
	name    string // of its files, without the ending
	kind    ownsight.DatasetType
	number  int // of the set's, from 0
	samples []sample
}

// shardName gives the name of a shard's files. Those of another front have other names: after an upgrade in the middle of a
// training all pictures are looked at again.
func shardName(front string, kind ownsight.DatasetType, number int) string {
	return fmt.Sprintf("%s%.12s/%s-%06d", workPrefix, front, kind, number)
}

// shards cuts both sets.
func (w *work) shards() (out []shard) {
	front := w.engine.Net().Digest
	add := func(kind ownsight.DatasetType, samples []sample) {
		for i := 0; i < len(samples); i += shardSize {
			n := i / shardSize
			out = append(out, shard{name: shardName(front, kind, n), kind: kind, number: n, samples: samples[i:min(i+shardSize, len(samples))]})
		}
	}
	add(ownsight.Train, w.plan.training)
	add(ownsight.Test, w.plan.testing)
	return out
}

// look reads every picture. Those that labels are learnt from are seen by the front; of the others it is enough to know
// that they can be. A shard that is stored already was done by an earlier attempt.
func (w *work) look(ctx context.Context) error {
	if err := w.ensurePlan(ctx); err != nil {
		return err
	}
	return w.eachShard(ctx, w.shards(), "", "looking at pictures")
}

// eachShard looks at those shards whose results are missing, some at a time here and some on nodes that have time. Cut is
// as in looking.
func (w *work) eachShard(ctx context.Context, shards []shard, cut, what string) error {
	total := 0
	for _, sh := range shards {
		total += len(sh.samples)
	}
	l := w.looker(cut)
	group, ctx := threads.Background.Group(ctx)
	p := newPool(ctx, shards, func(done int) { w.progress.count(what, int64(done), total) })
	helped := w.invite(ctx, l, p, what)
	for range min(w.engine.Threads()+1, len(shards)) { // one more than there are cores, so that reading never leaves one idle
		group.Go(func() error {
			for t := p.here(); t != nil; t = p.here() {
				if err := w.lookHere(l, p, t, what); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := group.Wait() // which ends ctx
	helped.wait()
	return err
}

// lookHere does one shard of a pool.
func (w *work) lookHere(l *looker, p *pool, t *turn, what string) error {
	there, err := w.own.Has(t.ctx, t.name+l.ending())
	if err == nil && there {
		w.progress.skip(what, len(t.samples))
	}
	if err == nil && !there {
		var files []shardFile
		if files, err = l.results(t.ctx, t.shard, func() { p.saw(t) }); err == nil {
			err = l.keep(t.ctx, t.shard, files)
		}
	}
	if err == nil {
		p.finish(t)
	}
	if p.finished(t) { // perhaps by another node, which is why it failed here
		return nil
	}
	return err
}
