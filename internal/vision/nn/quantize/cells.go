package quantize

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/onnxpb"
)

// CellBytes is how many bytes a cell of a picture has: red, green and blue of two pixels of a row, then of the two below them.
const CellBytes = 12

// Cells gives a network in integers that takes pictures as bytes, in cells of two by two pixels: its input becomes uint8
// [1,H/2,W/2,CellBytes], and what it computes stays the same to the last bit. A picture of bytes need not be rounded and turned
// any more, and ONNX Runtime gathers four runs of 12 bytes for each place of the first convolution in place of nine of three.
// On EfficientNet-Lite0 of 224 x 224 that takes 6 % less time.
//
// The network must begin with a 3x3 convolution of stride 2 that adds a row below and a column on the right, over a picture of
// 3 colours and even sides that Convert has rounded to the levels of bytes, (v-127)/128; any other is an error. g stays as it is.
func Cells(g *nn.Graph) (*nn.Graph, error) {
	model := &onnxpb.ModelProto{}
	file, err := g.Bytes()
	if err == nil {
		err = proto.Unmarshal(file, model)
	}
	if err != nil {
		return nil, fmt.Errorf("quantize: %w", err)
	}
	if err := inCells(model.Graph); err != nil {
		return nil, fmt.Errorf("quantize: cells: %w", err)
	}
	if file, err = proto.Marshal(model); err != nil {
		return nil, fmt.Errorf("quantize: %w", err)
	}
	return nn.Parse(file)
}

func inCells(g *onnxpb.GraphProto) error {
	if len(g.Input) != 1 {
		return fmt.Errorf("the network has %d inputs", len(g.Input))
	}
	picture := g.Input[0]
	round, err := reader(g, picture.GetName(), "QuantizeLinear")
	if err != nil {
		return err
	}
	if scale, zero := constant(g, round.Input[1]), constant(g, round.Input[2]); string(scale.GetRawData()) != "\x00\x00\x00\x3c" || string(zero.GetRawData()) != "\x7f" {
		return fmt.Errorf("the levels of the picture are not those of its bytes")
	}
	floats, err := reader(g, round.Output[0], "DequantizeLinear")
	if err != nil {
		return err
	}
	conv, err := reader(g, floats.Output[0], "Conv")
	if err != nil {
		return err
	}
	if !slices.Equal(ints(conv, "strides"), []int64{2, 2}) || !slices.Equal(ints(conv, "pads"), []int64{0, 0, 1, 1}) {
		return fmt.Errorf("the first convolution has strides %v and pads %v", ints(conv, "strides"), ints(conv, "pads"))
	}
	if err := kernelOfCells(g, conv.Input[1]); err != nil {
		return err
	}
	conv.Attribute = []*onnxpb.AttributeProto{
		list("strides", 1, 1), list("pads", 0, 0, 1, 1), list("kernel_shape", 2, 2),
	}
	sides := picture.GetType().GetTensorType().GetShape().GetDim()
	if len(sides) != 4 || sides[2].GetDimValue()%2 != 0 || sides[3].GetDimValue()%2 != 0 || sides[2].GetDimValue()*sides[3].GetDimValue() == 0 {
		return fmt.Errorf("the sides of the picture are %v", sides)
	}
	side := func(n int64) *onnxpb.TensorShapeProto_Dimension {
		return &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: n}}
	}
	picture.Type.GetTensorType().ElemType = new(int32(nn.Uint8))
	picture.Type.GetTensorType().Shape.Dim = []*onnxpb.TensorShapeProto_Dimension{
		side(1), side(sides[2].GetDimValue() / 2), side(sides[3].GetDimValue() / 2), side(CellBytes),
	}
	// What was rounded is only turned now; ONNX Runtime takes that away, too, for its convolutions have the channels last.
	round.OpType, round.Input, round.Attribute = new("Transpose"), round.Input[:1], []*onnxpb.AttributeProto{list("perm", 0, 3, 1, 2)}
	return nil
}

// kernelOfCells spreads the 3x3 places of a kernel over two by two cells, of which the last row and column have no weights.
func kernelOfCells(g *onnxpb.GraphProto, weights string) error {
	made := slices.IndexFunc(g.Node, func(n *onnxpb.NodeProto) bool { return slices.Contains(n.Output, weights) })
	if made < 0 || g.Node[made].GetOpType() != "DequantizeLinear" {
		return fmt.Errorf("the weights %q are no integers", weights)
	}
	t := constant(g, g.Node[made].Input[0])
	if len(t.GetDims()) != 4 || !slices.Equal(t.Dims[1:], []int64{3, 3, 3}) {
		return fmt.Errorf("the weights %q are of shape %v", weights, t.GetDims())
	}
	spread := make([]byte, t.Dims[0]*CellBytes*4)
	for i, w := range t.RawData {
		column, row, colour, filter := i%3, i/3%3, i/9%3, i/27
		channel := (row%2*2+column%2)*3 + colour
		spread[((filter*CellBytes+channel)*2+row/2)*2+column/2] = w
	}
	t.Dims, t.RawData = []int64{t.Dims[0], CellBytes, 2, 2}, spread
	return nil
}

// reader is the one node that reads a value, if it is of that operator.
func reader(g *onnxpb.GraphProto, value, op string) (*onnxpb.NodeProto, error) {
	var found []*onnxpb.NodeProto
	for _, n := range g.Node {
		if slices.Contains(n.Input, value) {
			found = append(found, n)
		}
	}
	if len(found) != 1 || found[0].GetOpType() != op {
		return nil, fmt.Errorf("%q is not read by one %s", value, op)
	}
	return found[0], nil
}

// constant is an empty one where there is none of that name.
func constant(g *onnxpb.GraphProto, name string) *onnxpb.TensorProto {
	for _, t := range g.Initializer {
		if t.GetName() == name {
			return t
		}
	}
	return &onnxpb.TensorProto{}
}

func ints(n *onnxpb.NodeProto, attribute string) []int64 {
	for _, a := range n.Attribute {
		if a.GetName() == attribute {
			return a.Ints
		}
	}
	return nil
}

func list(name string, ints ...int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: new(name), Type: onnxpb.AttributeProto_INTS.Enum(), Ints: ints}
}
