package linear

import (
	"slices"

	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn"
)

// Head turns the features of one picture into a score for each label. Standardisation and temperature are already in
// its numbers. It is safe for concurrent use.
type Head struct {
	Task    model.Task
	Labels  []string
	Width   int       // number of features
	Weights []float32 // [labels, Width] row-major
	Bias    []float32 // [labels]
}

// Scaled multiplies the logits by a factor: a temperature, or a share in a sum.
func (h *Head) Scaled(factor float64) *Head {
	scaled := *h
	scaled.Weights, scaled.Bias = slices.Clone(h.Weights), slices.Clone(h.Bias)
	for _, numbers := range [][]float32{scaled.Weights, scaled.Bias} {
		for i, v := range numbers {
			numbers[i] = float32(factor * float64(v))
		}
	}
	return &scaled
}

// Logits writes the head behind features, [N, Width], of a graph: logits [N, labels].
func (h *Head) Logits(features nn.Value) nn.Value {
	g, k := features.Graph(), nn.Dim(len(h.Labels))
	return features.Gemm(g.Floats("head/weight", h.Weights, k, nn.Dim(h.Width)), g.Floats("head/bias", h.Bias, k), nn.GemmOptions{TransB: true})
}
