// Package loss writes the functions that a training makes small, as nodes of a graph. Each gives one number, of shape
// [1], composed of operators that package grad can differentiate.
package loss

import (
	"ownsight/internal/vision/nn"
)

// SoftmaxCrossEntropy is for pictures of exactly one label: logits and targets are [N, L], a target 1 at the label and 0
// elsewhere. smoothing, 0 to below 1, spreads that share of each target evenly over all labels. weights says how much a
// label counts, one number each; nil counts all the same. The loss is the mean over the pictures, each counted as its
// label's weight, as in PyTorch. A row of zeros is left out: so a batch may be filled up.
func SoftmaxCrossEntropy(logits, targets nn.Value, smoothing float32, weights []float32) nn.Value {
	g := logits.Graph()
	labels := float32(logits.Shape()[1])
	logs := logits.LogSoftmax(1)
	counted := targets
	if weights != nil {
		byLabel := g.Floats(g.Free("loss/weights"), weights, nn.Dim(len(weights)))
		counted = targets.Mul(byLabel)
		logs = logs.Mul(byLabel)
	}
	hit := logs.Mul(targets).ReduceSum(false, 0, 1)
	present := targets.ReduceSum(true, 1)
	spread := logs.Mul(present).ReduceSum(false, 0, 1)
	sum := hit.Mul(g.Scalar(1 - smoothing)).Add(spread.Mul(g.Scalar(smoothing / labels)))
	return sum.Neg().Div(atLeast(counted.ReduceSum(false, 0, 1), 1e-12)).Reshape(1)
}

// SigmoidCrossEntropy is for pictures of any number of labels: logits and targets are [N, L], targets 0 to 1. known, of
// the same shape, weighs each of these answers: 0 leaves one out. The loss is the mean over what is known.
func SigmoidCrossEntropy(logits, targets, known nn.Value) nn.Value {
	// -t ln(p) - (1-t) ln(1-p) for p = sigmoid(z) is softplus(z) - t z.
	each := logits.Softplus().Sub(targets.Mul(logits)).Mul(known)
	return each.ReduceSum(false, 0, 1).Div(atLeast(known.ReduceSum(false, 0, 1), 1e-12)).Reshape(1)
}

func total(v nn.Value) nn.Value {
	axes := make([]int, len(v.Shape()))
	for i := range axes {
		axes[i] = i
	}
	return v.ReduceSum(false, axes...)
}

// atLeast keeps a divisor away from 0.
func atLeast(v nn.Value, least float32) nn.Value { return v.Max(v.Graph().Scalar(least)) }
