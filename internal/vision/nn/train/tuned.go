package train

import (
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/grad"
)

// tuned is a depthwise convolution over blocks of pictures whose kernel is trained too. Its stride is 1.
func (b backward) tuned(x nn.Value, bias kernel, o nn.ConvOptions) nn.Value {
	channels := int64(b.kernel.channels)
	taps := b.kernel.trained.Reshape(channels, -1)
	y := x.BlockedConv(b.spread(taps), nn.Value{}, o)
	b.rules[y.Name()] = grad.Rule{
		Values: []nn.Value{x, b.kernel.trained},
		Slopes: func(slope nn.Value, need []bool) []nn.Value {
			slopes := make([]nn.Value, 2)
			if need[0] {
				slopes[0] = b.byMap(taps, slope)
			}
			if need[1] {
				slopes[1] = b.byKernel(x, slope)
			}
			return slopes
		},
	}
	if bias.channels == 0 {
		return y
	}
	added := bias.trained
	if !added.Exists() {
		added = b.graph.Floats(b.graph.Free(bias.name), bias.data, nn.Dim(channels))
	}
	return y.Reshape(channels, -1).Add(added.Reshape(channels, 1)).Reshape(sides(y.Shape())...)
}

// spread repeats taps, [channels, height*width], as BlockedConv wants them: the same for all pictures.
func (b backward) spread(taps nn.Value) nn.Value {
	channels, area := taps.Shape()[0], taps.Shape()[1]
	blocks, block := nn.Dim(b.options.Batch/b.block), nn.Dim(b.block)
	return taps.Reshape(int64(channels), 1, int64(area), 1).Expand(channels, blocks, area, block).
		Reshape(b.planes, 1, int64(b.kernel.height), int64(b.kernel.width))
}

// byMap is the gradient by the map: the convolution of the result's gradient with the kernel turned round.
func (b backward) byMap(taps, slope nn.Value) nn.Value {
	area := b.kernel.height * b.kernel.width
	turn := make([]float32, area*area)
	for i := range area {
		turn[i*area+area-1-i] = 1
	}
	turned := taps.Gemm(b.graph.Floats(b.graph.Free(b.kernel.name+"/turn"), turn, nn.Dim(area), nn.Dim(area)),
		nn.Value{}, nn.GemmOptions{})
	_, above, below := b.phase(0, 0)
	_, before, after := b.phase(1, 0)
	return slope.BlockedConv(b.spread(turned), nn.Value{}, nn.ConvOptions{
		Pads: []int{above, before, below, after}, Group: int(b.planes),
	})
}

// byKernel is the gradient by the kernel. For each column of it, one product gives the sums over all pictures and
// columns for every pair of a row of the map and a row of the result; those pairs that are as far apart as a row of the
// kernel asks are then added up. That is many times the multiplications that are needed, but as a product of matrices
// they take less time.
func (b backward) byKernel(x, slope nn.Value) nn.Value {
	block := int64(b.block)
	stacks := b.planes / block
	height, width := int64(b.sides[0]), int64(b.sides[1])
	rows, columns := int64(b.results[0]), int64(b.results[1])
	channels, kernel := int64(b.kernel.channels), b.kernel

	pairs := make([]float32, int(height*rows)*kernel.height)
	for tap := range kernel.height {
		for row := range int(rows) {
			if at := row + tap - b.pads[0]; at >= 0 && at < int(height) {
				pairs[(at*int(rows)+row)*kernel.height+tap] = 1
			}
		}
	}
	apart := b.graph.Floats(b.graph.Free(kernel.name+"/pairs"), pairs, nn.Dim(height*rows), nn.Dim(kernel.height))
	across := slope.Reshape(stacks, rows, columns*block).Transpose(0, 2, 1)
	var taps []nn.Value
	for tap := range kernel.width {
		before := int64(b.pads[1]-tap) * block
		shifted := x.Reshape(stacks*height, width*block).
			Pad([]int{0, int(before)}, []int{0, int((columns-width)*block - before)}).
			Reshape(stacks, height, columns*block)
		sums := shifted.MatMul(across).Reshape(stacks, height*rows).Gemm(apart, nn.Value{}, nn.GemmOptions{})
		taps = append(taps, sums.Reshape(channels, stacks/channels, int64(kernel.height), 1))
	}
	return b.joined(3, taps).ReduceSum(false, 1).Reshape(sides(kernel.trained.Shape())...)
}
