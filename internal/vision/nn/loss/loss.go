// Package loss writes the functions that a training makes small, as nodes of a graph. Each gives one number, of shape
// [1], composed of operators that package grad can differentiate.
package loss

import (
	"fmt"

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

// Focal is the loss of a heat map of objects' centres, of Zhou et al. (Objects as Points, 2019, arXiv:1904.07850).
// logits and targets are of one shape; targets are 1 at centres and fall to 0 around them. It is divided by the number
// of centres.
func Focal(logits, targets nn.Value) nn.Value {
	g := logits.Graph()
	one := g.Scalar(1)
	centre := targets.Equal(one).Cast(nn.Float32)
	p := logits.Sigmoid()
	far := one.Sub(targets)
	far = far.Mul(far)
	far = far.Mul(far)
	missed := one.Sub(p)
	// -ln(p) is softplus(-z), and -ln(1-p) is softplus(z): exact where p is near 0 or 1.
	hit := logits.Neg().Softplus().Mul(missed.Mul(missed)).Mul(centre)
	alarm := logits.Softplus().Mul(p.Mul(p)).Mul(far).Mul(one.Sub(centre))
	return total(hit.Add(alarm)).Div(atLeast(total(centre), 1)).Reshape(1)
}

// Distances is the loss of boxes by GIoU (Rezatofighi et al., 2019, arXiv:1902.09630). Both boxes of a row are given as
// the distances [M, 4] from one point inside to their left, top, right and bottom sides, none negative. weights, [M, 1],
// says how much each row counts. The loss, 1-GIoU, lies between 0 and 2, and is the mean by these weights.
func Distances(boxes, truth, weights nn.Value) nn.Value {
	g := boxes.Graph()
	rows := int(boxes.Shape()[0])
	// Width and height are left plus right and top plus bottom: a product with this matrix.
	pairs := g.Floats(g.Free("loss/pairs"), []float32{1, 0, 0, 1, 1, 0, 0, 1}, 4, 2)
	area := func(distances nn.Value) nn.Value {
		sides := distances.MatMul(pairs)
		width := sides.Pad([]int{0, 0}, []int{0, -1})
		height := sides.Pad([]int{0, -1}, []int{0, 0})
		return width.Mul(height)
	}
	if s := truth.Shape(); len(s) != 2 || int(s[0]) != rows || s[1] != 4 {
		panic(fmt.Sprintf("loss: boxes %v and truth %v", boxes.Shape(), s))
	}
	common := area(boxes.Min(truth))
	around := atLeast(area(boxes.Max(truth)), 1e-12)
	union := atLeast(area(boxes).Add(area(truth)).Sub(common), 1e-12)
	giou := common.Div(union).Sub(around.Sub(union).Div(around))
	return total(g.Scalar(1).Sub(giou).Mul(weights)).Div(atLeast(total(weights), 1e-12)).Reshape(1)
}

// L1 is the mean of the absolute differences, each weighed by weights, of a shape that broadcasts to theirs.
func L1(values, truth, weights nn.Value) nn.Value {
	each := values.Sub(truth).Abs().Mul(weights)
	counted := weights.Expand(each.Shape()...)
	return total(each).Div(atLeast(total(counted), 1e-12)).Reshape(1)
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
