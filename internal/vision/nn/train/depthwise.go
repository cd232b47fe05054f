package train

import (
	"slices"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/grad"
)

// depthConv lowers a depthwise convolution, part by part.
func (l *lowering) depthConv(n nn.Node, in signal, o nn.ConvOptions) (signal, error) {
	operands := n.Inputs()
	kernels, err := l.kernels(operands[1], len(in.parts))
	if err != nil {
		return in, err
	}
	biases := make([]kernel, len(in.parts))
	if len(operands) > 2 && operands[2].Exists() {
		if biases, err = l.kernels(operands[2], len(in.parts)); err != nil {
			return in, err
		}
	}
	planes := in.channels / len(in.parts) * l.options.Batch
	o.Group = planes
	out := signal{channels: in.channels}
	for i, v := range in.parts {
		x := v.Reshape(1, int64(planes), int64(in.height), int64(in.width))
		bias := nn.Value{}
		if biases[i].channels > 0 {
			bias = l.repeated(biases[i])
		}
		var y nn.Value
		switch b := l.backward(kernels[i], x, o); {
		case b.possible() && kernels[i].trained.Exists() && b.stride == 1:
			y = b.tuned(x, biases[i], o)
		case b.possible() && !kernels[i].trained.Exists():
			y = b.convolved(x, bias, o)
		default:
			y = l.moved(x, l.repeated(kernels[i]), bias, o)
		}
		out.height, out.width = int(y.Shape()[2]), int(y.Shape()[3])
		out.parts = append(out.parts, y.Reshape(int64(in.channels/len(in.parts)), -1))
	}
	return out, nil
}

// kernel is a part of a depthwise kernel or of its biases: either numbers, or a value that is trained.
type kernel struct {
	taps
	name    string
	trained nn.Value
	shape   nn.Shape
}

// kernels cuts a constant into parts of its channels.
func (l *lowering) kernels(v nn.Value, parts int) ([]kernel, error) {
	data, err := v.FloatData()
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(v.Shape())
	channels := int(shape[0]) / parts
	size := len(data) / parts
	shape[0] = nn.Dim(channels)
	var trained []nn.Value
	if l.options.Depthwise || slices.Contains(l.options.Kernels, v.Name()) {
		if trained, err = l.weight(v, int(v.Shape()[0]), len(data)/int(v.Shape()[0]), parts, false); err != nil {
			return nil, err
		}
	}
	list := make([]kernel, parts)
	for i := range list {
		list[i] = kernel{taps{channels, 1, 1, data[i*size : (i+1)*size]}, v.Name(), nn.Value{}, shape}
		if len(shape) == 4 {
			list[i].height, list[i].width = int(shape[2]), int(shape[3])
		}
		if trained != nil {
			list[i].trained = trained[i].Reshape(sides(shape)...)
		}
	}
	return list, nil
}

// repeated gives kernels, or biases, once for every picture of the batch.
func (l *lowering) repeated(k kernel) nn.Value {
	batch := l.options.Batch
	all := slices.Clone(k.shape)
	all[0] *= nn.Dim(batch)
	if k.trained.Exists() {
		wide := slices.Insert(slices.Clone(k.shape), 1, 1)
		to := slices.Insert(slices.Clone(k.shape), 1, nn.Dim(batch))
		return k.trained.Reshape(sides(wide)...).Expand(to...).Reshape(sides(all)...)
	}
	size := len(k.data) / k.channels
	var copies []float32
	for from := 0; from < len(k.data); from += size {
		for range batch {
			copies = append(copies, k.data[from:from+size]...)
		}
	}
	return l.graph.Floats(l.graph.Free(k.name+"/repeated"), copies, all...)
}

// taps is a depthwise kernel [channels, 1, height, width], or a part of one.
type taps struct {
	channels, height, width int
	data                    []float32
}

// part takes every stride-th row and column, from the given ones on, in reverse order.
func (t taps) part(top, left, stride int) taps {
	rows, columns := (t.height-top+stride-1)/stride, (t.width-left+stride-1)/stride
	p := taps{t.channels, rows, columns, make([]float32, 0, t.channels*rows*columns)}
	for c := range t.channels {
		for y := rows - 1; y >= 0; y-- {
			for x := columns - 1; x >= 0; x-- {
				p.data = append(p.data, t.data[(c*t.height+top+stride*y)*t.width+left+stride*x])
			}
		}
	}
	return p
}

// constant writes a kernel as BlockedConv wants it, the same for all pictures. Every element of it stands for one block.
func (l *lowering) constant(name string, t taps) nn.Value {
	area := t.height * t.width
	data := make([]float32, 0, len(t.data)*l.options.Batch)
	for c := range t.channels {
		for range l.options.Batch / l.block {
			for _, v := range t.data[c*area : (c+1)*area] {
				for range l.block {
					data = append(data, v)
				}
			}
		}
	}
	planes := nn.Dim(t.channels * l.options.Batch)
	return l.graph.Floats(l.graph.Free(name), data, planes, 1, nn.Dim(t.height), nn.Dim(t.width))
}

// moved is the convolution in plain ONNX. Pictures that lie side by side are first laid one after another.
func (l *lowering) moved(x, weights, bias nn.Value, o nn.ConvOptions) nn.Value {
	if l.block == 1 {
		return x.Conv(weights, bias, o)
	}
	block := int64(l.block)
	blocks := int64(x.Shape()[1]) / block
	y := x.Reshape(blocks, -1, block).Transpose(0, 2, 1).Reshape(sides(x.Shape())...).Conv(weights, bias, o)
	return y.Reshape(blocks, block, -1).Transpose(0, 2, 1).Reshape(sides(y.Shape())...)
}

// backward is a depthwise convolution over blocks of pictures, and the gradient by its map: for each remainder of the
// rows and of the columns by the stride, a convolution with the taps that fall there. Their results are taken in turn.
type backward struct {
	*lowering
	kernel         kernel
	planes         int64
	sides, results [2]int // height and width before and after the convolution
	stride         int    // 0 where this cannot be done
	pads           []int
}

func (l *lowering) backward(k kernel, x nn.Value, o nn.ConvOptions) backward {
	in := x.Shape()
	b := backward{lowering: l, kernel: k, planes: int64(in[1]), stride: 1, pads: o.Pads}
	if len(o.Strides) > 0 {
		b.stride = o.Strides[0]
	}
	if len(o.Strides) > 1 && o.Strides[1] != b.stride || len(o.Dilations) > 0 && slices.Max(o.Dilations) > 1 {
		b.stride = 0
	}
	if len(b.pads) == 0 {
		b.pads = make([]int, 4)
	}
	for i, length := range []int{k.height, k.width} {
		b.sides[i] = int(in[2+i])
		if b.stride > 0 {
			b.results[i] = (b.sides[i]+b.pads[i]+b.pads[2+i]-length)/b.stride + 1
		}
	}
	return b
}

// possible says whether all of this can be done in blocks.
func (b backward) possible() bool {
	if b.block == 1 || b.stride == 0 || b.stride > min(b.kernel.height, b.kernel.width) {
		return false
	}
	for side := range 2 {
		if b.sides[side]%b.stride != 0 {
			return false
		}
		for remainder := range b.stride {
			if _, before, after := b.phase(side, remainder); before < 0 || after < 0 {
				return false
			}
		}
	}
	return true
}

func (b backward) convolved(x, bias nn.Value, o nn.ConvOptions) nn.Value {
	y := x.BlockedConv(b.constant(b.kernel.name+"/blocks", b.kernel.taps), bias, o)
	b.rules[y.Name()] = grad.Rule{Values: []nn.Value{x}, Slopes: func(slope nn.Value, _ []bool) []nn.Value {
		return []nn.Value{b.slope(slope)}
	}}
	return y
}

// phase says which taps meet the rows (side 0) or columns (side 1) of one remainder: those from first on, each stride
// apart. before and after are the zeros that the gradient of the result needs around it.
func (b backward) phase(side, remainder int) (first, before, after int) {
	first = (remainder + b.pads[side]) % b.stride
	kernel := []int{b.kernel.height, b.kernel.width}[side]
	count := (kernel - first + b.stride - 1) / b.stride
	before = count - 1 - (remainder+b.pads[side])/b.stride
	return first, before, b.sides[side]/b.stride + count - 1 - b.results[side] - before
}

func (b backward) slope(slope nn.Value) nn.Value {
	planes, block, stride := b.planes, int64(b.block), int64(b.stride)
	height, width := int64(b.sides[0]), int64(b.sides[1])
	var rows []nn.Value
	for y := range b.stride {
		var columns []nn.Value
		for x := range b.stride {
			top, above, below := b.phase(0, y)
			left, before, after := b.phase(1, x)
			kernel := b.constant(b.kernel.name+"/turned", b.kernel.part(top, left, b.stride))
			o := nn.ConvOptions{Pads: []int{above, before, below, after}, Group: int(planes)}
			part := slope.BlockedConv(kernel, nn.Value{}, o)
			columns = append(columns, part.Reshape(planes/block*height/stride, width/stride, 1, block))
		}
		rows = append(rows, b.joined(2, columns).Reshape(planes/block*height/stride, 1, width*block))
	}
	return b.joined(1, rows).Reshape(1, planes, height, width)
}

func (b backward) joined(axis int, parts []nn.Value) nn.Value {
	if len(parts) == 1 {
		return parts[0]
	}
	return b.graph.Concat(axis, parts...)
}
