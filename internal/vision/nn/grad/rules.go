package grad

import (
	"fmt"
	"math"

	"ownsight/internal/vision/nn"
)

// rules holds the gradient of every operator that has one.
var rules map[string]rule

func init() { // a table that its own functions do not refer to, but the compiler cannot know
	rules = map[string]rule{
		"Identity": sole(func(s step) nn.Value { return s.slope }),
		"Neg":      sole(func(s step) nn.Value { return s.slope.Neg() }),
		"Exp":      sole(func(s step) nn.Value { return s.slope.Mul(s.out) }),
		"Log":      sole(func(s step) nn.Value { return s.slope.Div(s.in[0]) }),
		"Sqrt":     sole(func(s step) nn.Value { return s.slope.Div(s.out.Add(s.out)) }),
		"Softplus": sole(func(s step) nn.Value { return s.slope.Mul(s.in[0].Sigmoid()) }),
		"Sigmoid":  sole(func(s step) nn.Value { return s.slope.Mul(s.out.Sub(s.out.Mul(s.out))) }),
		"Abs": sole(func(s step) nn.Value {
			zero := s.graph.Scalar(0)
			sign := s.in[0].Greater(zero).Cast(nn.Float32).Sub(s.in[0].Less(zero).Cast(nn.Float32))
			return s.slope.Mul(sign)
		}),
		"Relu": sole(func(s step) nn.Value {
			return s.slope.Mul(s.out.Greater(s.graph.Scalar(0)).Cast(nn.Float32))
		}),
		"Clip": clip,

		"Add": pair(
			func(s step) nn.Value { return s.slope },
			func(s step) nn.Value { return s.slope }),
		"Sub": pair(
			func(s step) nn.Value { return s.slope },
			func(s step) nn.Value { return s.slope.Neg() }),
		"Mul": pair(
			func(s step) nn.Value { return s.slope.Mul(s.in[1]) },
			func(s step) nn.Value { return s.slope.Mul(s.in[0]) }),
		"Div": pair(
			func(s step) nn.Value { return s.slope.Div(s.in[1]) },
			func(s step) nn.Value { return s.slope.Mul(s.out).Div(s.in[1]).Neg() }),
		"Max": extreme(nn.Value.Greater),
		"Min": extreme(nn.Value.Less),

		"Softmax": sole(func(s step) nn.Value {
			weighted := s.slope.Mul(s.out)
			return weighted.Sub(s.out.Mul(weighted.ReduceSum(true, s.Int("axis", -1))))
		}),
		"LogSoftmax": sole(func(s step) nn.Value {
			return s.slope.Sub(s.out.Exp().Mul(s.slope.ReduceSum(true, s.Int("axis", -1))))
		}),

		"Cast":      cast,
		"Reshape":   sole(func(s step) nn.Value { return like(s.slope, s.in[0]) }),
		"Expand":    sole(func(s step) nn.Value { return summed(s.slope, s.in[0].Shape()) }),
		"Transpose": sole(transpose),
		"Concat":    concat,
		"Pad":       pad,
		"Resize":    resize,

		"ReduceSum":         reduce(total),
		"ReduceMean":        reduce(average),
		"ReduceMax":         reduce(greatest),
		"GlobalAveragePool": sole(func(s step) nn.Value { return average(s, s.slope, s.out) }),
		"GlobalMaxPool":     sole(func(s step) nn.Value { return greatest(s, s.slope, s.out) }),

		"MatMul": matMul,
		"Gemm":   gemm,
		"Conv":   conv,
	}
}

// clip lets the gradient through where the result lies strictly between the bounds. It is found from the result alone,
// by two nodes, so that runtimes can clip in place and need not keep the operand for the way back.
func clip(s step) ([]nn.Value, error) {
	if len(s.in) != 3 {
		return nil, fmt.Errorf("a Clip of %d operands; one with both bounds is supported", len(s.in))
	}
	var limits [2]float32
	for i, towards := range []float32{float32(math.Inf(1)), float32(math.Inf(-1))} {
		bound, err := s.in[1+i].FloatData()
		if err != nil {
			return nil, err
		}
		limits[i] = inside(bound[0], towards)
	}
	inside := s.out.Equal(s.out.Clip(limits[0], limits[1]))
	return []nn.Value{s.slope.Mul(inside.Cast(nn.Float32))}, nil
}

// inside is the next number in a direction. Beside 0 it is the smallest that processors do not take for 0.
func inside(f, towards float32) float32 {
	if f == 0 {
		return float32(math.Copysign(0x1p-126, float64(towards)))
	}
	return math.Nextafter32(f, towards)
}

// extreme is the rule of Max and Min. Where both operands are equal, each gets half, as in PyTorch.
func extreme(ahead func(v, w nn.Value) nn.Value) rule {
	share := func(s step, mine, other nn.Value) nn.Value {
		half := s.graph.Scalar(0.5)
		won := ahead(mine, other).Cast(nn.Float32)
		lost := ahead(other, mine).Cast(nn.Float32)
		return s.slope.Mul(won.Sub(lost).Mul(half).Add(half))
	}
	return func(s step) ([]nn.Value, error) {
		if len(s.in) != 2 {
			return nil, fmt.Errorf("%s of %d operands; two are supported", s.Op(), len(s.in))
		}
		return pair(
			func(s step) nn.Value { return share(s, s.in[0], s.in[1]) },
			func(s step) nn.Value { return share(s, s.in[1], s.in[0]) })(s)
	}
}

// cast passes the gradient between floats; integers and truth values have none.
func cast(s step) ([]nn.Value, error) {
	if s.in[0].Type().Elem != nn.Float32 || s.out.Type().Elem != nn.Float32 {
		return nil, nil
	}
	return []nn.Value{s.slope}, nil
}

// matrix refuses operands that are not matrices.
func matrix(values ...nn.Value) error {
	for _, v := range values {
		if len(v.Shape()) != 2 {
			return fmt.Errorf("%v is not a matrix", v.Shape())
		}
	}
	return nil
}
