package tail

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/loss"
	"ownsight/internal/vision/nn/optimizer"
	"ownsight/internal/vision/nn/train"
)

// What has proved itself on sets of 60 to 1200 pictures; see docs/decisions.
const (
	batch     = 32
	replicas  = 2 // of 16 pictures, as many as lie side by side in the quickest layout
	smoothing = 0.05
	dropout   = 0.2
	lastRate  = 5 // times that of the blocks
	decay     = 0.01
	longest   = 10 // norm of a gradient that is not shortened
)

// Options steer a training without being part of its recipe.
type Options struct {
	Seed uint64
	// From is trained further instead of the backbone's own weights with a new last layer.
	From *Tail
	// Progress is called after each step, with what it lost.
	Progress func(step, steps int, loss float32)
	// Saved is what Save was given last, and nil at first: the training goes on from there. Save is called now and then,
	// at most savePause apart.
	Saved []byte
	Save  func(state []byte) error
}

// savePause bounds what an interruption can lose.
const savePause = 8 * time.Second

// Steps is how many steps a recipe makes with so many pictures.
func (r Recipe) Steps(pictures int) int { return max((r.Epochs*pictures+batch-1)/batch, 1) }

// Learn trains a tail on some of the pictures. When ctx ends, it saves and returns ctx's error.
func Learn(ctx context.Context, e Examples, pictures []int, r Recipe, o Options) (*Tail, error) {
	c, err := CutOf(r.Cut)
	if err != nil {
		return nil, err
	}
	if len(pictures) == 0 {
		return nil, errors.New("tail: no pictures to learn from")
	}
	g, err := network(c, e.Labels)
	if o.From != nil {
		var file []byte
		if file, err = o.From.graph.Bytes(); err == nil {
			g, err = nn.Parse(file)
		}
	}
	if err != nil {
		return nil, err
	}
	s, err := newStep(g, c, e, pictures)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	l := learning{examples: e, pictures: pictures, cut: c, recipe: r, options: o, step: s, saved: time.Now()}
	if err := l.run(ctx); err != nil {
		return nil, err
	}
	if err := s.Export(s.Weights(), g); err != nil {
		return nil, err
	}
	return &Tail{c, g}, nil
}

// eachWeight visits the constants of float32 that nodes use.
func eachWeight(g *nn.Graph, visit func(name string, data []float32) error) error {
	for _, n := range g.Nodes() {
		for _, v := range n.Inputs() {
			if !v.Constant() {
				continue
			}
			data, err := v.FloatData()
			if err != nil {
				continue // an integer, such as a shape
			}
			if err := visit(v.Name(), data); err != nil {
				return fmt.Errorf("tail: weight %q: %w", v.Name(), err)
			}
		}
	}
	return nil
}

// Mean is the tail whose weights are the mean of those of tails that were trained by the same recipe from the same
// start, in another order of the pictures: as good as asking all of them, at the cost of one (Wortsman et al. 2022, "Model
// soups", arXiv:2203.05482).
func Mean(tails ...*Tail) (*Tail, error) {
	if len(tails) == 0 {
		return nil, errors.New("tail: the mean of none")
	}
	file, err := tails[0].graph.Bytes()
	if err != nil {
		return nil, fmt.Errorf("tail: %w", err)
	}
	mean, err := Parse(file, tails[0].cut.Map)
	if err != nil {
		return nil, err
	}
	return mean, eachWeight(mean.graph, func(name string, sum []float32) error {
		sum = slices.Clone(sum)
		for _, other := range tails[1:] {
			v, err := other.graph.Value(name)
			if err != nil {
				return err
			}
			data, err := v.FloatData()
			if err == nil && len(data) != len(sum) {
				err = errors.New("another size")
			}
			if err != nil {
				return err
			}
			for i, w := range data {
				sum[i] += w
			}
		}
		for i := range sum {
			sum[i] /= float32(len(tails))
		}
		own, err := mean.graph.Value(name)
		if err != nil {
			return err
		}
		return own.SetFloatData(sum)
	})
}

// newStep makes the training graph with the task's loss. Targets are "targets", [N, labels].
func newStep(g *nn.Graph, c Cut, e Examples, pictures []int) (*train.Step, error) {
	s, err := train.New(g, train.Options{
		Batch: batch, Replicas: replicas, Dropout: true,
		Maps: map[string][3]int{c.Map: {c.Channels, c.Side, c.Side}},
		Loss: func(outputs []nn.Value) nn.Value {
			n := outputs[0].Shape()[0]
			targets := outputs[0].Graph().Input("targets", nn.Float32, n, nn.Dim(e.Labels))
			if e.Task == model.MultiLabel {
				known := outputs[0].Graph().Floats("known", ones(int(n)*e.Labels), n, nn.Dim(e.Labels))
				return loss.SigmoidCrossEntropy(outputs[0], targets, known)
			}
			return loss.SoftmaxCrossEntropy(outputs[0], targets, smoothing, balance(e, pictures))
		},
	})
	if err != nil {
		return nil, fmt.Errorf("tail: training graph from %s: %w", c.Map, err)
	}
	return s, nil
}

func ones(n int) []float32 {
	list := make([]float32, n)
	for i := range list {
		list[i] = 1
	}
	return list
}

// balance weighs a label by its pictures to the power of -1/2, so that a rare one is not lost beside a frequent one, nor
// every one of its pictures taken for ten.
func balance(e Examples, pictures []int) []float32 {
	counts := make([]int, e.Labels)
	for _, p := range pictures {
		for _, l := range e.Truth[p] {
			counts[l]++
		}
	}
	weights := make([]float32, e.Labels)
	for i, n := range counts {
		weights[i] = float32(1 / math.Sqrt(float64(max(n, 1))))
	}
	return weights
}

// learning is one training under way.
type learning struct {
	examples Examples
	pictures []int
	cut      Cut
	recipe   Recipe
	options  Options
	step     *train.Step
	adam     *optimizer.AdamW
	saved    time.Time
}

func (l *learning) run(ctx context.Context) error {
	l.adam = optimizer.NewAdamW(l.step.Groups(func(name string) (rate, weightDecay float64) {
		if name == weightName || name == biasName {
			return lastRate, decay
		}
		return 1, decay
	}), optimizer.Options{MaxNorm: longest})
	if len(l.options.Saved) > 0 {
		if err := l.load(l.options.Saved); err != nil {
			return err
		}
	}
	maps, targets, mask := l.step.Input(l.cut.Map), l.step.Input("targets"), l.step.Input("dropout")
	feed := train.Feed{Seed: l.options.Seed, Count: len(l.pictures), Batch: batch, Example: func(example, epoch, place int) error {
		p, size := l.pictures[example], l.cut.Length()
		row := targets[place*l.examples.Labels : (place+1)*l.examples.Labels]
		clear(row)
		for _, label := range l.examples.Truth[p] {
			row[label] = 1
		}
		return l.examples.Map(p, (p+epoch)%l.examples.Views, maps[place*size:(place+1)*size])
	}}
	drop := train.Dropout{Seed: l.options.Seed, Share: dropout}
	cycle := optimizer.OneCycle{Peak: l.recipe.Peak, Steps: l.recipe.Steps(len(l.pictures))}
	var saving error
	err := train.Fit(ctx, l.step, l.adam, cycle, func(step int) error {
		if saving != nil {
			return saving
		}
		drop.Fill(step, mask)
		return feed.Fill(step)
	}, func(step int, loss float32) {
		if l.options.Progress != nil {
			l.options.Progress(step+1, cycle.Steps, loss)
		}
		if time.Since(l.saved) >= savePause {
			saving = l.save()
		}
	})
	if ctx.Err() != nil {
		err = errors.Join(err, l.save())
	}
	return err
}

// save hands over the weights and what the optimiser remembers.
func (l *learning) save() error {
	if l.options.Save == nil {
		return nil
	}
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, l.step.Weights()); err != nil {
		return fmt.Errorf("tail: saving: %w", err)
	}
	if err := l.adam.Save(&b); err != nil {
		return err
	}
	err := l.options.Save(b.Bytes())
	l.saved = time.Now()
	return err
}

func (l *learning) load(state []byte) error {
	r := bytes.NewReader(state)
	if err := binary.Read(r, binary.LittleEndian, l.step.Weights()); err != nil {
		return fmt.Errorf("tail: going on: %w", err)
	}
	if err := l.adam.Load(r); err != nil {
		return err
	}
	if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("tail: going on: the state is of another training")
	}
	return nil
}
