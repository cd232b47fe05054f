package main

import (
	"errors"
	"fmt"

	"ownsight/internal/vision/nn"
)

// strides of the groups of blocks of every EfficientNet-Lite. A group is a run of
// blocks with the same number of output channels; all else is read off the weights.
var strides = []int{1, 2, 2, 2, 1, 2, 1}

// taps names the maps that leave the network, by the group they come from.
var taps = map[int]string{2: "stride8", 4: "stride16", 6: "stride32"}

// builder writes the network. Its first error sticks, like that of the graph.
type builder struct {
	graph   *nn.Graph
	weights weights
	err     error
}

// network builds EfficientNet-Lite (Liu 2020, github.com/tensorflow/tpu, models/official/efficientnet/lite)
// as a graph from "picture" [N,3,H,W], normalised as (rgb-127)/128, to the maps "stride8", "stride16" and
// "stride32", the "embedding" [N,1280], the pooled "features" of all four and, if asked for, the "logits" of
// the 1000 ImageNet classes.
func network(w weights, logits bool) (*nn.Graph, error) {
	b := &builder{graph: nn.New(), weights: w}
	g := b.graph
	x := g.Input("picture", nn.Float32, g.Dim("N"), 3, g.Dim("H"), g.Dim("W"))
	x = b.conv(x, "_conv_stem", "_bn0", 2).Clip(0, 6)
	var maps []nn.Value
	group, channels := -1, 0
	for i := 0; b.has(i); i++ {
		stride := 1
		if out := b.outputs(i); out != channels {
			group, channels = group+1, out
			if group == len(strides) {
				return nil, errors.New("the weights have more groups of blocks than an EfficientNet-Lite")
			}
			stride = strides[group]
		}
		x = b.block(x, i, stride)
		if name, tapped := taps[group]; tapped && (!b.has(i+1) || b.outputs(i+1) != channels) {
			g.Output(name, x)
			maps = append(maps, x)
		}
	}
	if len(maps) != len(taps) {
		return nil, fmt.Errorf("the weights have %d groups of blocks, an EfficientNet-Lite has %d", group+1, len(strides))
	}
	pooled := b.conv(x, "_conv_head", "_bn1", 1).Clip(0, 6).GlobalAveragePool()
	embedding := pooled.Reshape(0, -1)
	g.Output("embedding", embedding)
	if logits {
		g.Output("logits", b.classifier(embedding))
	}
	g.Output("features", features(g, maps, pooled))
	return g, errors.Join(b.err, g.Err())
}

// features joins the average and the greatest of every channel of each map, then the embedding.
func features(g *nn.Graph, maps []nn.Value, pooled nn.Value) nn.Value {
	var parts []nn.Value
	for _, m := range maps {
		parts = append(parts, m.GlobalAveragePool(), m.GlobalMaxPool())
	}
	return g.Concat(1, append(parts, pooled)...).Reshape(0, -1)
}

// block is an inverted residual: widen, convolve each channel by itself, narrow.
func (b *builder) block(x nn.Value, i, stride int) nn.Value {
	name := blockName(i)
	defer b.graph.Scope(name)()
	y := x
	if _, widened := b.weights[name+"._expand_conv.weight"]; widened {
		y = b.conv(y, name+"._expand_conv", name+"._bn0", 1).Clip(0, 6)
	}
	y = b.conv(y, name+"._depthwise_conv", name+"._bn1", stride).Clip(0, 6)
	y = b.conv(y, name+"._project_conv", name+"._bn2", 1)
	if in, out := x.Shape(), y.Shape(); stride == 1 && len(in) > 1 && len(out) > 1 && in[1] == out[1] {
		y = x.Add(y)
	}
	return y
}

// conv is a convolution with the batch normalisation folded in. One without an
// input channel of its own in the kernel's second side is depthwise.
func (b *builder) conv(x nn.Value, conv, norm string, stride int) nn.Value {
	kernel, bias, err := b.weights.folded(conv, norm)
	if err != nil {
		b.err = errors.Join(b.err, err)
		return x
	}
	o := nn.ConvOptions{Strides: []int{stride, stride}, Pads: padding(kernel.shape[2], stride), Group: 1}
	if kernel.shape[1] == 1 {
		o.Group = kernel.shape[0]
	}
	return x.Conv(b.constant(conv+".weight", kernel), b.constant(conv+".bias", bias), o)
}

// padding is TensorFlow's "SAME" for sides that the stride divides: what the
// kernel needs beyond the picture, the odd one after it.
func padding(kernel, stride int) []int {
	total := kernel - stride
	before, after := total/2, total-total/2
	return []int{before, before, after, after}
}

func (b *builder) classifier(embedding nn.Value) nn.Value {
	w, bias := b.weights["_fc.weight"], b.weights["_fc.bias"]
	return embedding.Gemm(b.constant("_fc.weight", w), b.constant("_fc.bias", bias), nn.GemmOptions{TransB: true})
}

func (b *builder) constant(name string, t tensor) nn.Value {
	shape := make(nn.Shape, len(t.shape))
	for i, side := range t.shape {
		shape[i] = nn.Dim(side)
	}
	return b.graph.Floats(name, t.data, shape...)
}

func blockName(i int) string { return fmt.Sprintf("_blocks.%d", i) }

func (b *builder) has(i int) bool { return b.outputs(i) > 0 }

// outputs returns the output channels of a block, 0 if there is no such block.
func (b *builder) outputs(i int) int {
	if t, ok := b.weights[blockName(i)+"._project_conv.weight"]; ok && len(t.shape) == 4 {
		return t.shape[0]
	}
	return 0
}
