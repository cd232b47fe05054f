package main

import (
	"fmt"
	"math"

	"github.com/nlpodyssey/gopickle/pytorch"
	"github.com/nlpodyssey/gopickle/types"
)

// epsilon is what the network's batch normalisation adds to the variance.
const epsilon = 1e-3

// tensor is one array of a PyTorch file, row-major.
type tensor struct {
	shape []int
	data  []float32
}

// weights are the float arrays of a PyTorch file by their names.
type weights map[string]tensor

// readWeights reads the state dictionary in a PyTorch file. Only arrays of float32
// are taken; counters are passed over. Nothing in the file is executed.
func readWeights(path string) (weights, error) {
	loaded, err := pytorch.Load(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	dict, ok := loaded.(*types.OrderedDict)
	if !ok {
		return nil, fmt.Errorf("reading %s: it holds %T, not a state dictionary", path, loaded)
	}
	w := weights{}
	for key, entry := range dict.Map {
		name, named := key.(string)
		t, isTensor := entry.Value.(*pytorch.Tensor)
		if !named || !isTensor {
			return nil, fmt.Errorf("reading %s: entry %v is no tensor", path, key)
		}
		floats, isFloat := t.Source.(*pytorch.FloatStorage)
		if !isFloat {
			continue
		}
		if w[name], err = rowMajor(t, floats.Data); err != nil {
			return nil, fmt.Errorf("reading %s: %s: %w", path, name, err)
		}
	}
	return w, nil
}

// rowMajor gathers the elements of a tensor in row-major order: kernels that came
// from TensorFlow are stored with their channels last.
func rowMajor(t *pytorch.Tensor, storage []float32) (tensor, error) {
	offsets := []int{t.StorageOffset}
	for i, side := range t.Size {
		next := make([]int, 0, len(offsets)*side)
		for _, offset := range offsets {
			for k := range side {
				next = append(next, offset+k*t.Stride[i])
			}
		}
		offsets = next
	}
	data := make([]float32, len(offsets))
	for i, offset := range offsets {
		if offset < 0 || offset >= len(storage) {
			return tensor{}, fmt.Errorf("shape %v does not lie in its storage", t.Size)
		}
		data[i] = storage[offset]
	}
	return tensor{t.Size, data}, nil
}

// folded returns the weights and biases of a convolution with the batch
// normalisation behind it worked in. Products are rounded one by one, so that the
// result is the same on processors that fuse them with the addition.
func (w weights) folded(conv, norm string) (tensor, tensor, error) {
	kernel, ok := w[conv+".weight"]
	if !ok || len(kernel.shape) != 4 {
		return tensor{}, tensor{}, fmt.Errorf("weights of %s are missing", conv)
	}
	channels := kernel.shape[0]
	var parts [4][]float32
	for i, part := range []string{"weight", "bias", "running_mean", "running_var"} {
		parts[i] = w[norm+"."+part].data
		if len(parts[i]) != channels {
			return tensor{}, tensor{}, fmt.Errorf("%s.%s has %d channels, %s has %d", norm, part, len(parts[i]), conv, channels)
		}
	}
	gamma, beta, mean, variance := parts[0], parts[1], parts[2], parts[3]
	scaled := tensor{kernel.shape, make([]float32, len(kernel.data))}
	bias := tensor{[]int{channels}, make([]float32, channels)}
	for c := range channels {
		scale := float64(gamma[c]) / math.Sqrt(float64(variance[c])+epsilon)
		size := len(kernel.data) / channels
		for i := c * size; i < (c+1)*size; i++ {
			scaled.data[i] = float32(float64(kernel.data[i]) * scale)
		}
		bias.data[c] = float32(float64(beta[c]) - float64(float64(mean[c])*scale))
	}
	return scaled, bias, nil
}
