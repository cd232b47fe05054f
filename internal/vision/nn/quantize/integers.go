package quantize

import "math"

const (
	steps      = math.MaxUint8 // of a map's range
	mostWeight = math.MaxInt8  // -128 is left out, so that the weights are symmetric
	// mostBias leaves half of int32 to the products: more than 60,000 of them fit.
	mostBias = 1 << 30
)

// levels says how a map is represented: value = scale * (q - zero).
type levels struct {
	scale float32
	zero  uint8
}

// of fits 256 levels to a range. Zero is always one of them, for the padding of convolutions must be exact.
func (r Range) levels() levels {
	low, high := math.Min(float64(r.Low), 0), math.Max(float64(r.High), 0)
	if low == high {
		return levels{1, 0}
	}
	scale := float32((high - low) / steps)
	if scale == 0 {
		scale = math.SmallestNonzeroFloat32
	}
	zero := math.RoundToEven(-low / float64(scale))
	return levels{scale, uint8(min(zero, steps))}
}

// kernel holds the weights and biases of a convolution as integers.
type kernel struct {
	weights []int8
	scales  []float32 // one an output channel
	biases  []int32
	steps   []float32 // of the biases, one an output channel
}

// quantized rounds the weights of a convolution, [channels, ...], and its biases, [channels] or none, of which the map
// that it reads has the given scale.
func quantized(weights, biases []float32, channels int, scale float32) kernel {
	k := kernel{weights: make([]int8, len(weights)), scales: make([]float32, channels)}
	size := len(weights) / channels
	for c := range channels {
		row := weights[c*size : (c+1)*size]
		bias := float32(0)
		if biases != nil {
			bias = biases[c]
		}
		k.scales[c] = channelScale(row, bias, scale)
		roundRow(row, k.scales[c], k.weights[c*size:(c+1)*size])
		if biases != nil {
			step := scale * k.scales[c]
			k.steps = append(k.steps, step)
			k.biases = append(k.biases, int32(math.RoundToEven(float64(bias)/float64(step))))
		}
	}
	return k
}

// channelScale is the finest scale at which both the weights and the bias of a channel fit. A channel whose weights
// have vanished in training still has its bias.
func channelScale(weights []float32, bias, scale float32) float32 {
	var bits uint32 // of floats without a sign, which are in the order of their bits
	for _, w := range weights {
		bits = max(bits, math.Float32bits(w)&math.MaxInt32)
	}
	most := float64(math.Float32frombits(bits))
	s := float32(max(most/mostWeight, math.Abs(float64(bias))/(float64(scale)*mostBias)))
	if s == 0 || scale*s == 0 {
		return 1
	}
	return s
}

// roundRow rounds the weights of one output channel so that their sum is kept: where the maps are positive, as behind a
// ReLU, errors of one sign would add up. Each is rounded to the nearest integer (halves to even), and as long as all
// errors together make half a step or more, the weight that was moved furthest goes to its other neighbour. This is the
// step over kernels and channels of Guo et al. 2022, "SQuant: On-the-Fly Data-Free Quantization via Diagonal Hessian
// Approximation" (https://arxiv.org/abs/2202.07471); on EfficientNet-Lite0 it halves the error.
func roundRow(weights []float32, scale float32, integers []int8) {
	sum := 0.0
	missing := make([]float64, len(weights)) // from each integer, in steps
	for i, w := range weights {
		exact := float64(w) / float64(scale)
		q := math.RoundToEven(exact)
		integers[i], missing[i] = int8(q), exact-q
		sum += exact - q
	}
	for ; sum > 0.5; sum-- {
		at := furthest(missing, 1)
		integers[at]++
		missing[at]--
	}
	for ; sum < -0.5; sum++ {
		at := furthest(missing, -1)
		integers[at]--
		missing[at]++
	}
}

// furthest gives the place of the number that is greatest in a direction, 1 or -1, the first of equal ones.
func furthest(numbers []float64, direction float64) int {
	at, most := 0, math.Inf(-1)
	for i, n := range numbers {
		if n *= direction; n > most {
			at, most = i, n
		}
	}
	return at
}
