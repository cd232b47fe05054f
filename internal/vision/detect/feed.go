package detect

import (
	"context"

	"ownsight/internal/threads"
	"ownsight/internal/vision/nn/train"
)

// batch is what a step sees.
type batch struct {
	maps [][]float32
	targets
}

func newBatch(s shape, n int) *batch {
	b := &batch{}
	for _, length := range s.lengths() {
		b.maps = append(b.maps, make([]float32, n*length))
	}
	b.targets = newTargets(s, n)
	return b
}

// feed prepares the batch of the next step while one is under way.
type feed struct {
	front    *front
	shape    shape
	options  Options
	pictures []int // that are trained on
	batch    int
	steps    int
	order    train.Feed
	coming   chan result
	spare    *batch
}

type result struct {
	batch *batch
	err   error
}

func newFeed(f *front, s shape, pictures []int, size, steps int, o Options) *feed {
	d := &feed{front: f, shape: s, options: o, pictures: pictures, batch: size, steps: steps, spare: newBatch(s, size)}
	d.order = train.Feed{Seed: o.Seed, Count: len(pictures), Batch: size}
	return d
}

// fill writes the batch of a step into the network's inputs, and begins to prepare the next one. Steps follow one
// another.
func (d *feed) fill(ctx context.Context, step int, s *train.Step) error {
	if d.coming == nil {
		d.prepare(ctx, step)
	}
	r := <-d.coming
	d.coming = nil
	if r.err != nil {
		return r.err
	}
	for i, m := range d.shape.maps() {
		copy(s.Input(m.name), r.batch.maps[i])
	}
	copy(s.Input("label"), r.batch.label)
	copy(s.Input("counted"), r.batch.counted)
	copy(s.Input("boxes"), r.batch.boxes)
	d.spare = r.batch
	if step+1 < d.steps {
		d.prepare(ctx, step+1)
	}
	return nil
}

func (d *feed) prepare(ctx context.Context, step int) {
	coming := make(chan result, 1)
	d.coming = coming
	b := d.spare
	go func() { coming <- result{b, d.make(ctx, step, b)} }()
}

// stop waits for what is under way.
func (d *feed) stop() {
	if d.coming != nil {
		<-d.coming
		d.coming = nil
	}
}

func (d *feed) make(ctx context.Context, step int, b *batch) error {
	group, ctx := threads.Background.Group(ctx)
	group.SetLimit(d.options.Workers)
	order := d.order
	order.Example = func(example, epoch, place int) error {
		index := d.pictures[example]
		group.Go(func() error {
			p := varied(d.front.data.Pictures[index].Name, epoch, d.shape.Size, d.options)
			dst := make([][]float32, len(b.maps))
			for i := range dst {
				n := len(b.maps[i]) / d.batch
				dst[i] = b.maps[i][place*n : (place+1)*n]
			}
			d.shape.fill(b.part(place, d.batch), p.place(d.front.data.Pictures[index].Boxes, d.shape.Size))
			return d.front.look(ctx, index, p, dst)
		})
		return nil
	}
	if err := order.Fill(step); err != nil {
		return err
	}
	return group.Wait()
}
