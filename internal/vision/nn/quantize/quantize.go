// Package quantize turns a network of convolutions from float32 into 8-bit integers.
//
// The result is the same graph in ONNX's QDQ form: inputs, outputs, constants and nodes keep their names, and around
// each convolution and each sum of maps stand pairs of QuantizeLinear and DequantizeLinear, from which ONNX Runtime
// makes integer convolutions and integer sums (see "Quantize ONNX models" in its documentation). What leaves the
// network is float32 again.
//
// Numbers are represented as in Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
// Integer-Arithmetic-Only Inference" (https://arxiv.org/abs/1712.05877), with weights per output channel:
//
//	maps     value = scale * (q - zero)   q uint8, one scale and zero a map
//	weights  value = scale[c] * q         q int8 in -127..127, one scale an output channel
//	biases   value = scale of the map * scale[c] * q, int32
//
// Maps are unsigned because the CPU's instructions multiply unsigned by signed bytes: signed maps take twice as long.
package quantize

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/onnxpb"
)

// Range is the interval that the elements of a map are taken to lie in. What lies outside is cut off.
type Range struct{ Low, High float32 }

// MarshalJSON writes the range as [low, high].
func (r Range) MarshalJSON() ([]byte, error) { return json.Marshal([2]float32{r.Low, r.High}) }

// UnmarshalJSON reads [low, high].
func (r *Range) UnmarshalJSON(text []byte) error {
	var pair [2]float32
	if err := json.Unmarshal(text, &pair); err != nil {
		return err
	}
	r.Low, r.High = pair[0], pair[1]
	return nil
}

func (r Range) check() error {
	width := float64(r.High) - float64(r.Low)
	if !(r.Low <= r.High) || math.IsInf(width, 0) {
		return fmt.Errorf("%v to %v is no range", r.Low, r.High)
	}
	return nil
}

// Ranges holds the range of each map, by the name of the value in the float graph.
type Ranges map[string]Range

// Unbounded names the values whose ranges Convert needs and the graph does not tell, in the graph's order: its inputs
// and the results of convolutions and sums that no Clip bounds.
func Unbounded(g *nn.Graph) ([]string, error) {
	c, err := convert(g, nil)
	if err != nil {
		return nil, err
	}
	return c.missing, nil
}

// Convert gives the network in integers. ranges must hold all that Unbounded names; one that it holds beside those,
// for the result of a Clip, replaces the Clip's own bounds. Convolutions must have constant weights and biases of their
// own. g stays as it is; its metadata is left behind.
func Convert(g *nn.Graph, ranges Ranges) (*nn.Graph, error) {
	for _, name := range slices.Sorted(maps.Keys(ranges)) {
		if err := ranges[name].check(); err != nil {
			return nil, fmt.Errorf("quantize: value %q: %w", name, err)
		}
	}
	c, err := convert(g, ranges)
	if err != nil {
		return nil, err
	}
	if len(c.missing) > 0 {
		return nil, fmt.Errorf("quantize: no range is given for %s", strings.Join(c.missing, ", "))
	}
	file, err := proto.MarshalOptions{Deterministic: true}.Marshal(c.model)
	if err != nil {
		return nil, fmt.Errorf("quantize: %w", err)
	}
	whole, err := nn.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("quantize: %w", err)
	}
	var outputs []string
	for _, out := range whole.Outputs() {
		outputs = append(outputs, out.Name())
	}
	return whole.Extract(nil, outputs) // without the floats of maps that only integer nodes read
}

func convert(g *nn.Graph, ranges Ranges) (*conversion, error) {
	file, err := g.Bytes()
	if err != nil {
		return nil, fmt.Errorf("quantize: %w", err)
	}
	model := &onnxpb.ModelProto{}
	if err := proto.Unmarshal(file, model); err != nil {
		return nil, fmt.Errorf("quantize: %w", err)
	}
	c := newConversion(g, model, ranges)
	if err := c.run(); err != nil {
		return nil, fmt.Errorf("quantize: %w", err)
	}
	return c, nil
}
