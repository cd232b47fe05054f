package loss

import "ownsight/internal/vision/nn"

// Overlaps gives the intersection over union of pairs of boxes, and the generalised one (Rezatofighi et al., 2019,
// arXiv:1902.09630), -1 to 1. Boxes are given by the places of their four sides, of one shape; those of the first kind
// have positive sides. What comes out has that shape.
func Overlaps(left, top, right, bottom, left2, top2, right2, bottom2 nn.Value) (overlap, generalized nn.Value) {
	common := right.Min(right2).Sub(left.Max(left2)).Relu().Mul(bottom.Min(bottom2).Sub(top.Max(top2)).Relu())
	both := right.Sub(left).Mul(bottom.Sub(top)).Add(right2.Sub(left2).Mul(bottom2.Sub(top2)))
	union := atLeast(both.Sub(common), 1e-6)
	around := atLeast(right.Max(right2).Sub(left.Min(left2)).Mul(bottom.Max(bottom2).Sub(top.Min(top2))), 1e-6)
	overlap = common.Div(union)
	return overlap, overlap.Sub(around.Sub(union).Div(around))
}

// Quality is the quality focal loss of Li et al. (Generalized Focal Loss, 2020, arXiv:2006.04388): cross entropy of
// logits and targets, 0 to 1, of one shape, each weighed by the square of its error and by weights, of a shape that
// broadcasts. It is divided by the sum of objects.
func Quality(logits, targets, weights, objects nn.Value) nn.Value {
	wrong := targets.Sub(logits.Sigmoid())
	each := logits.Softplus().Sub(targets.Mul(logits)).Mul(wrong.Mul(wrong)).Mul(weights)
	return total(each).Div(atLeast(total(objects), 1)).Reshape(1)
}

// Mean is the mean of values by weights of the same shape, 0 where all weights are.
func Mean(values, weights nn.Value) nn.Value {
	return total(values.Mul(weights)).Div(atLeast(total(weights), 1e-12)).Reshape(1)
}
