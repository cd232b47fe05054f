package linear

import (
	"math"

	"ownsight/internal/vision/model"
)

// Scores computes the head without ONNX Runtime: features to a score a label, as the task has them.
func (h *Head) Scores(features, dst []float32) []float32 {
	dst = dst[:len(h.Labels)]
	sum := 0.0
	for l := range dst {
		z := float64(h.Bias[l])
		for j, f := range features {
			z += float64(f) * float64(h.Weights[l*h.Width+j])
		}
		if h.Task == model.MultiLabel {
			dst[l] = float32(1 / (1 + math.Exp(-z)))
			continue
		}
		dst[l] = float32(z)
	}
	if h.Task == model.MultiLabel {
		return dst
	}
	top := dst[0]
	for _, z := range dst {
		top = max(top, z)
	}
	for l, z := range dst {
		dst[l] = float32(math.Exp(float64(z - top)))
		sum += float64(dst[l])
	}
	for l := range dst {
		dst[l] = float32(float64(dst[l]) / sum)
	}
	return dst
}
