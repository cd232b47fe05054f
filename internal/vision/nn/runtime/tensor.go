package runtime

import (
	"errors"
	"fmt"
	"slices"

	ort "github.com/yalue/onnxruntime_go"
)

// Tensor is an array in Go memory, row-major. Exactly one of Float32, Int64 and Uint8
// holds its elements; Uint8 is for inputs. The zero Tensor, as an output of Run, stands for one that
// Run is to allocate. A tensor needs one side at least: a scalar is of shape [1].
type Tensor struct {
	Shape   []int64
	Float32 []float32
	Int64   []int64
	Uint8   []byte
}

// Floats makes a tensor of float32 over data, which it shares.
func Floats(data []float32, shape ...int64) Tensor { return Tensor{Shape: shape, Float32: data} }

// Ints makes a tensor of int64 over data, which it shares.
func Ints(data []int64, shape ...int64) Tensor { return Tensor{Shape: shape, Int64: data} }

// Bytes makes a tensor of uint8 over data, which it shares.
func Bytes(data []byte, shape ...int64) Tensor { return Tensor{Shape: shape, Uint8: data} }

func (t Tensor) empty() bool {
	return t.Shape == nil && t.Float32 == nil && t.Int64 == nil && t.Uint8 == nil
}

// value wraps the tensor for ONNX Runtime without copying. The caller destroys it.
func (t Tensor) value() (ort.Value, error) {
	if len(t.Shape) == 0 {
		return nil, errors.New("a tensor needs a shape")
	}
	held, types := 0, 0
	for _, n := range []int{len(t.Float32), len(t.Int64), len(t.Uint8)} {
		if held += n; n > 0 {
			types++
		}
	}
	if types > 1 {
		return nil, errors.New("a tensor cannot hold elements of two types")
	}
	elements := int64(1)
	for _, side := range t.Shape {
		if side < 0 {
			return nil, fmt.Errorf("shape %v has a negative side", t.Shape)
		}
		elements *= side
	}
	if int64(held) != elements {
		return nil, fmt.Errorf("%d elements for shape %v", held, t.Shape)
	}
	switch {
	case t.Int64 != nil:
		return wrap(ort.NewTensor(t.Shape, t.Int64))
	case t.Uint8 != nil:
		return wrap(ort.NewTensor(t.Shape, t.Uint8))
	}
	return wrap(ort.NewTensor(t.Shape, t.Float32))
}

// wrap keeps a nil pointer from becoming a Value that is not nil.
func wrap[T ort.TensorData](t *ort.Tensor[T], err error) (ort.Value, error) {
	if err != nil {
		return nil, err
	}
	return t, nil
}

// fromValue takes over the elements that ONNX Runtime's binding copied into Go memory.
func fromValue(v ort.Value) (Tensor, error) {
	shape := slices.Clone([]int64(v.GetShape()))
	switch t := v.(type) {
	case *ort.Tensor[float32]:
		return Tensor{Shape: shape, Float32: t.GetData()}, nil
	case *ort.Tensor[int64]:
		return Tensor{Shape: shape, Int64: t.GetData()}, nil
	}
	return Tensor{}, fmt.Errorf("elements of type %T are not supported", v)
}
