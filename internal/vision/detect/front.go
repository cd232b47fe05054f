package detect

import (
	"context"
	"fmt"
	"sync"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// front turns files into the frozen maps.
type front struct {
	data    Data
	size    picture.Size
	maps    []frozen
	session *runtime.Session
	decoder *picture.Decoder
	memory  sync.Pool // of *canvas
}

// canvas is the working memory of one picture.
type canvas struct{ input, part []float32 }

func newFront(graph *nn.Graph, d Data, s shape, decoder *picture.Decoder) (*front, error) {
	size := s.Size
	part, err := graph.Extract(nil, s.mapNames())
	if err != nil {
		return nil, fmt.Errorf("detect: the front: %w", err)
	}
	part.FixDim("N", 1)
	part.FixDim("H", size.Height)
	part.FixDim("W", size.Width)
	session, err := newSession(part)
	if err != nil {
		return nil, err
	}
	n := 3 * size.Width * size.Height
	f := &front{data: d, size: size, maps: s.maps(), session: session, decoder: decoder}
	f.memory.New = func() any { return &canvas{make([]float32, n), make([]float32, n)} }
	return f, nil
}

func newSession(g *nn.Graph) (*runtime.Session, error) {
	file, err := g.Bytes()
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	s, err := runtime.NewSession(file, runtime.Options{})
	if err != nil {
		return nil, fmt.Errorf("detect: %w", err)
	}
	return s, nil
}

// lengths are how many numbers each map has.
func (s shape) lengths() []int {
	var list []int
	for _, m := range s.maps() {
		list = append(list, m.channels*(s.Size.Height/m.stride)*(s.Size.Width/m.stride))
	}
	return list
}

// look writes the maps of a picture that is laid into the input as p says.
func (f *front) look(ctx context.Context, index int, p placement, dst [][]float32) error {
	file, err := f.data.File(ctx, index)
	if err != nil {
		return fmt.Errorf("detect: picture %s: %w", f.data.Pictures[index].Name, err)
	}
	// Pictures are laid in at several sizes, but decoded for one, so that all ways to see them come from the same pixels.
	rgb, err := f.decoder.Decode(ctx, file, picture.Size{Width: f.size.Width * 5 / 4, Height: f.size.Height * 5 / 4})
	if err != nil {
		return fmt.Errorf("detect: picture %s: %w", f.data.Pictures[index].Name, err)
	}
	defer rgb.Release()
	c := f.memory.Get().(*canvas)
	defer f.memory.Put(c)
	p.draw(rgb, f.size, c.input, c.part)
	return f.run(ctx, c.input, dst)
}

// run writes the maps of one input.
func (f *front) run(ctx context.Context, input []float32, dst [][]float32) error {
	in := runtime.Floats(input, 1, 3, int64(f.size.Height), int64(f.size.Width))
	var out []runtime.Tensor
	for i, m := range f.maps {
		height, width := int64(f.size.Height/m.stride), int64(f.size.Width/m.stride)
		out = append(out, runtime.Floats(dst[i], 1, int64(m.channels), height, width))
	}
	return f.session.Run(ctx, []runtime.Tensor{in}, out)
}
