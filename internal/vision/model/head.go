// Package model is a trained model as it leaves the trainer: one ONNX file from picture to scores, which runs in any
// ONNX Runtime, and a card, a small JSON text that says what the model answers, from what and how well. A server that
// already runs the model's frozen backbone needs neither the file nor its network, only the head inside it.
package model

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Head turns the features of one picture into a score for each label. Standardisation and temperature are already in
// its numbers. It is safe for concurrent use.
type Head struct {
	Task    Task
	Labels  []string
	Width   int       // number of features
	Weights []float32 // [labels, Width] row-major
	Bias    []float32 // [labels]
}

// Scores writes the scores of one picture, as the task has them, into dst, which must have room for one a label, and
// returns it. It panics when the number of features is not Width.
func (h *Head) Scores(features, dst []float32) []float32 {
	if len(features) != h.Width {
		panic(fmt.Sprintf("model: %d features for a head of %d", len(features), h.Width))
	}
	dst = dst[:len(h.Labels)]
	copy(dst, h.Bias)
	blas32.Gemv(blas.NoTrans, 1,
		blas32.General{Rows: len(h.Labels), Cols: h.Width, Stride: h.Width, Data: h.Weights},
		blas32.Vector{N: len(features), Inc: 1, Data: features}, 1,
		blas32.Vector{N: len(dst), Inc: 1, Data: dst})
	if h.Task == MultiLabel {
		sigmoid(dst)
	} else {
		softmax(dst)
	}
	return dst
}

func sigmoid(z []float32) {
	for i, v := range z {
		z[i] = float32(1 / (1 + math.Exp(-float64(v))))
	}
}

func softmax(z []float32) {
	top := z[0]
	for _, v := range z {
		top = max(top, v)
	}
	sum := float32(0)
	for i, v := range z {
		z[i] = float32(math.Exp(float64(v - top)))
		sum += z[i]
	}
	for i := range z {
		z[i] /= sum
	}
}

// check refuses a head that does not fit together or would not give numbers.
func (h *Head) check() error {
	if err := h.Task.check(); err != nil {
		return err
	}
	k := len(h.Labels)
	if k < 2 || h.Width < 1 || len(h.Weights) != k*h.Width || len(h.Bias) != k {
		return fmt.Errorf("model: a head of %d weights and %d biases for %d features and %d labels",
			len(h.Weights), len(h.Bias), h.Width, k)
	}
	for _, numbers := range [][]float32{h.Weights, h.Bias} {
		for _, v := range numbers {
			if v-v != 0 {
				return errors.New("model: the head holds numbers that are not finite")
			}
		}
	}
	return nil
}
