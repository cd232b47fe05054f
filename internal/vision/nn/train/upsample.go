package train

import (
	"errors"
	"slices"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/grad"
)

var errUpsampling = errors.New("of Resize, only what Upsample2 writes is supported")

// upsample repeats every row and every column.
func (l *lowering) upsample(n nn.Node, in signal) (signal, error) {
	if len(n.Inputs()) != 3 || n.Text("mode") != "nearest" || n.Text("coordinate_transformation_mode") != "asymmetric" {
		return in, errUpsampling
	}
	if scales, err := n.Inputs()[2].FloatData(); err != nil || !slices.Equal(scales, []float32{1, 1, 2, 2}) {
		return in, errUpsampling
	}
	channels, block := int64(in.channels/len(in.parts)), int64(l.block)
	rows, width := channels*int64(l.options.Batch*in.height)/block, int64(in.width)
	out := in.each(func(v nn.Value) nn.Value {
		wide := v.Reshape(rows*width, 1, block)
		wide = l.graph.Concat(1, wide, wide).Reshape(rows, 1, 2*width*block)
		high := l.graph.Concat(1, wide, wide)
		// The gradient is added up by two sums, not by cutting what was joined.
		l.rules[high.Name()] = grad.Rule{Values: []nn.Value{v}, Slopes: func(slope nn.Value, _ []bool) []nn.Value {
			sum := slope.ReduceSum(false, 1).Reshape(rows*width, 2, block).ReduceSum(false, 1)
			return []nn.Value{sum.Reshape(sides(v.Shape())...)}
		}}
		return high.Reshape(channels, -1)
	})
	out.height, out.width = 2*in.height, 2*in.width
	return out, nil
}
