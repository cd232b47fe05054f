package runtime

import (
	"context"
	"math"
	"sync"

	"ownsight/internal/vision/nn"
)

// Block is the number of channels that ONNX Runtime's blocked convolutions work on at once on this machine's CPU, see
// nn.Value.BlockedConv; 1 if it has none, or something else than the CPU
// computes. It is found by trying: a small convolution comes out right for one number only.
var Block = sync.OnceValue(func() int {
	if ensure() != nil || provider() != CPU {
		return 1
	}
	for _, block := range []int{16, 8} {
		if blocksAre(block) {
			return block
		}
	}
	return 1
})

func blocksAre(block int) bool {
	const channels, area, kernel = 32, 5 * 5, 3 * 3
	x, w := make([]float32, channels*area), make([]float32, channels*kernel)
	for i := range x {
		x[i] = float32(math.Sin(float64(i)))
	}
	for i := range w {
		w[i] = float32(math.Cos(float64(i)))
	}
	g := nn.New()
	in := g.Input("x", nn.Float32, 1, channels, 5, 5)
	o := nn.ConvOptions{Pads: []int{1, 1, 1, 1}, Group: channels}
	g.Output("plain", in.Conv(g.Floats("w", w, channels, 1, 3, 3), nn.Value{}, o))
	blocked := g.Input("blocked", nn.Float32, 1, channels, 5, 5)
	g.Output("result", blocked.BlockedConv(g.Floats("wb", inBlocks(w, kernel, block), channels, 1, 3, 3), nn.Value{}, o))
	file, err := g.Bytes()
	if err != nil {
		return false
	}
	s, err := NewSession(file, Options{})
	if err != nil {
		return false
	}
	defer s.Close()
	out := make([]Tensor, 2)
	inputs := []Tensor{Floats(x, 1, channels, 5, 5), Floats(inBlocks(x, area, block), 1, channels, 5, 5)}
	if err := s.Run(context.Background(), inputs, out); err != nil {
		return false
	}
	for i, want := range inBlocks(out[0].Float32, area, block) {
		if math.Abs(float64(want-out[1].Float32[i])) > 1e-5 {
			return false
		}
	}
	return true
}

// inBlocks reorders [channels, area] to [channels/block, area, block].
func inBlocks(data []float32, area, block int) []float32 {
	out := make([]float32, len(data))
	for i, v := range data {
		channel, place := i/area, i%area
		out[(channel/block*area+place)*block+channel%block] = v
	}
	return out
}
