package detect

import (
	"context"
	"fmt"

	"ownsight/internal/threads"
	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// Trained is the result of a training.
type Trained struct {
	Labels []string
	Size   picture.Size // of the input: pictures are squashed to it
	// HeldOut is what the network found on held-out pictures before it was trained further on all of them. Empty where there
	// were too few pictures to hold any out; so is Tried.
	HeldOut []HeldOut
	Tried   []Tried
	Chosen  int // of Tried

	tail *nn.Graph
}

// Tried is a recipe and how well it did on the held-out pictures.
type Tried struct {
	Recipe    Recipe
	Integers  bool             // the network computes with 8-bit integers
	Precision *boxes.Precision // of the arithmetic that is taken
	Lost      float64          // by the integers, of the mean of precisions that recipes are compared by
}

// points are what recipes are compared by: services ask for boxes that overlap by half, but better boxes are better.
func (t Tried) points() float64 { return (t.Precision.At50 + t.Precision.Mean) / 2 }

// HeldOut is what was found on a picture that was held out.
type HeldOut struct {
	Picture    int
	Detections []boxes.Detection
}

// Tail goes from the maps that Maps names, [1, C, H, W], to the three outputs. Every call gives a new graph.
func (t *Trained) Tail() (*nn.Graph, error) {
	file, err := t.tail.Bytes()
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	return nn.Parse(file)
}

// Maps are the names of the maps of the frozen front that the tail takes, in its order.
func (t *Trained) Maps() []string {
	var names []string
	for _, in := range t.tail.Inputs() {
		names = append(names, in.Name())
	}
	return names
}

// Graph goes from "picture" [1, 3, H, W], RGB, 0 to 255, to the three outputs: "boxes" [M, 4], left, top, width and
// height as shares of the picture's sides; "scores" [M], 0 to 1, greatest first; "labels" [M], int64. front is the one
// that the training was given, or the backbone.
func (t *Trained) Graph(front *nn.Graph) (*nn.Graph, error) {
	part, err := front.Extract(nil, t.Maps())
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	part.FixDim("N", 1)
	part.FixDim("H", t.Size.Height)
	part.FixDim("W", t.Size.Width)
	g := nn.New()
	pixels := g.Input("picture", nn.Float32, 1, 3, nn.Dim(t.Size.Height), nn.Dim(t.Size.Width))
	maps, err := g.Append(part, map[string]nn.Value{"picture": pixels.Sub(g.Scalar(127)).Mul(g.Scalar(1. / 128))})
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	bind := map[string]nn.Value{}
	for i, name := range t.Maps() {
		bind[name] = maps[i]
	}
	outputs, err := g.Append(t.tail, bind)
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	for i, out := range t.tail.Outputs() {
		g.Output(out.Name(), outputs[i])
	}
	return g, g.Err()
}

func (t *training) precision(list []HeldOut) (*boxes.Precision, error) {
	set := boxes.Set{Labels: t.data.Labels}
	for _, h := range list {
		p := t.data.Pictures[h.Picture]
		set.Pictures = append(set.Pictures, boxes.Picture{
			Truth: p.Boxes, Detections: h.Detections, Pixels: float64(p.Width * p.Height),
		})
	}
	r, err := boxes.AveragePrecision(set)
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	return r, nil
}

// detect asks a network about pictures.
func (w *work) detect(ctx context.Context, network *nn.Graph, pictures []int) ([]HeldOut, error) {
	tail, err := w.shape.decoded(network)
	if err != nil {
		return nil, err
	}
	session, err := newSession(tail)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	list := make([]HeldOut, len(pictures))
	group, ctx := threads.Background.Group(ctx)
	group.SetLimit(w.options.Workers)
	for i, index := range pictures {
		group.Go(func() error {
			dst := w.newMaps()
			if err := w.front.look(ctx, index, whole(w.shape.Size), dst); err != nil {
				return err
			}
			out := make([]runtime.Tensor, 3)
			if err := session.Run(ctx, w.tensors(dst), out); err != nil {
				return err
			}
			list[i] = HeldOut{index, Detections(out[0].Float32, out[1].Float32, out[2].Int64)}
			return nil
		})
	}
	return list, group.Wait()
}

// Detections puts the three outputs of a network together.
func Detections(sides, scores []float32, labels []int64) []boxes.Detection {
	list := make([]boxes.Detection, len(scores))
	for i, score := range scores {
		s := sides[4*i : 4*i+4]
		list[i] = boxes.Detection{Score: score, Box: boxes.Box{
			Label: int(labels[i]),
			Left:  float64(s[0]), Top: float64(s[1]), Width: float64(s[2]), Height: float64(s[3]),
		}}
	}
	return list
}
