package detect

import (
	"fmt"
	"math"
	"math/rand/v2"

	"ownsight/internal/vision/nn"
)

const (
	channels = 96
	kernel   = 3
	layers   = 2    // of the head
	prior    = 0.01 // score of every place before training
)

// frozen is a map of the backbone that a network begins with.
type frozen struct {
	name             string
	channels, stride int
}

// maps are what the network takes from the frozen front: where it is deep, all blocks behind stride 8 are tuned.
func (s shape) maps() []frozen {
	list := []frozen{{"stride8", 40, 8}, {"stride16", 112, 16}}
	if s.Deep {
		return list[:1]
	}
	return list
}

func (s shape) mapNames() []string {
	var names []string
	for _, m := range s.maps() {
		names = append(names, m.name)
	}
	return names
}

// statistics are mean and deviation of each channel of the maps at the three strides over some pictures.
type statistics map[string]struct{ Mean, Deviation []float32 }

// builder writes the layers that are new.
type builder struct {
	graph   *nn.Graph
	random  *rand.Rand
	kernels []string // names of depthwise kernels
}

// network goes from the maps to one output a level, "level8" and so on, [N, labels+4, H, W]: before the sigmoid how good
// a box of each label is, and the four numbers that draw it. The last blocks are those of whole.
func network(whole *nn.Graph, s shape, stats statistics, seed uint64) (g *nn.Graph, kernels []string, err error) {
	from := s.mapNames()
	if g, err = whole.Extract(from[len(from)-1:], []string{"stride32"}); err != nil {
		return nil, nil, fmt.Errorf("detect: %w", err)
	}
	g.FixDim("N", 1)
	b := builder{graph: g, random: rand.New(rand.NewPCG(seed, 1))}
	if !s.Deep {
		g.Input("stride8", nn.Float32, 1, 40, nn.Dim(s.Size.Height/8), nn.Dim(s.Size.Width/8))
	}
	fine, err := g.Value("stride8")
	if err != nil {
		return nil, nil, fmt.Errorf("detect: %w", err)
	}
	coarse := g.Outputs()[0]
	middle, err := g.Value("stride16")
	if err != nil {
		return nil, nil, fmt.Errorf("detect: %w", err)
	}
	p32 := b.lateral("stride32", coarse, 320, stats)
	p16 := b.separable("neck/16", b.lateral("stride16", middle, 112, stats).Add(p32.Upsample2()))
	p8 := b.separable("neck/8", b.lateral("stride8", fine, 40, stats).Add(p16.Upsample2()))
	p32 = b.separable("neck/32", p32)
	var names []string
	head := b.head(s.Labels)
	for i, p := range []nn.Value{p8, p16, p32} {
		name := fmt.Sprint("level", s.Levels[i].Stride)
		g.Output(name, head(p))
		names = append(names, name)
	}
	if g.Err() != nil {
		return nil, nil, fmt.Errorf("detect: %w", g.Err())
	}
	g, err = g.Extract(from, names)
	return g, b.kernels, err
}

// lateral brings a map of the backbone to the pyramid's channels. Its weights are such that each channel counts alike
// whatever its mean and deviation are.
func (b *builder) lateral(name string, x nn.Value, in int, stats statistics) nn.Value {
	weights := b.normal(channels*in, math.Sqrt(1/float64(in)))
	bias := make([]float32, channels)
	for i := range channels {
		row := weights[i*in : (i+1)*in]
		for c := range row {
			row[c] /= max(stats[name].Deviation[c], 1e-3)
			bias[i] -= float32(row[c] * stats[name].Mean[c])
		}
	}
	return b.pointwise("lateral/"+name, x, weights, bias)
}

// separable is a depthwise and a pointwise convolution, then ReLU.
func (b *builder) separable(name string, x nn.Value) nn.Value { return b.separated(name)(x) }

// separated makes the weights of a separable layer, which may be used several times.
func (b *builder) separated(name string) func(x nn.Value) nn.Value {
	taps := b.graph.Floats(name+"/taps", b.normal(channels*kernel*kernel, 1/float64(kernel)), channels, 1, kernel, kernel)
	b.kernels = append(b.kernels, taps.Name())
	w := b.graph.Floats(name+"/w", b.normal(channels*channels, math.Sqrt(2./channels)), channels, channels, 1, 1)
	bias := b.graph.Floats(name+"/b", make([]float32, channels), channels)
	return func(x nn.Value) nn.Value {
		pads := []int{kernel / 2, kernel / 2, kernel / 2, kernel / 2}
		return x.Conv(taps, nn.Value{}, nn.ConvOptions{Pads: pads, Group: channels}).Conv(w, bias, nn.ConvOptions{}).Relu()
	}
}

// head makes the layers that all levels share.
func (b *builder) head(labels int) func(x nn.Value) nn.Value {
	var list []func(nn.Value) nn.Value
	for i := range layers {
		list = append(list, b.separated(fmt.Sprint("head/", i)))
	}
	rows := labels + 4
	w := b.graph.Floats("head/w", b.normal(rows*channels, 0.01), nn.Dim(rows), channels, 1, 1)
	values := make([]float32, rows)
	for i := range labels {
		values[i] = float32(math.Log(prior / (1 - prior)))
	}
	bias := b.graph.Floats("head/b", values, nn.Dim(rows))
	return func(x nn.Value) nn.Value {
		for _, layer := range list {
			x = layer(x)
		}
		return x.Conv(w, bias, nn.ConvOptions{})
	}
}

func (b *builder) pointwise(name string, x nn.Value, weights, bias []float32) nn.Value {
	out := nn.Dim(len(bias))
	w := b.graph.Floats(name+"/w", weights, out, nn.Dim(len(weights)/len(bias)), 1, 1)
	return x.Conv(w, b.graph.Floats(name+"/b", bias, out), nn.ConvOptions{})
}

func (b *builder) normal(n int, deviation float64) []float32 {
	list := make([]float32, n)
	for i := range list {
		list[i] = float32(deviation * b.random.NormFloat64())
	}
	return list
}
