package backbone

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"

	"ownsight/internal/vision/assets"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/quantize"
)

// Front is the arithmetic in which the frozen network runs. Heads and tails belong to the front on whose features they
// were trained, so its name stands in a model's card.
type Front string

const (
	// Float32 runs on every CPU. Its features differ in the last digits from one kind of CPU to another.
	Float32 Front = "float32"
	// Int8 takes half the time where the CPU multiplies bytes (VNNI). Its maps are 8-bit integers times a scale, and the
	// same to the last bit on all CPUs on which Check finds it exact.
	Int8 Front = "int8"
)

// ParseFront reads the name of a front.
func ParseFront(name string) (Front, error) {
	switch f := Front(name); f {
	case Float32, Int8:
		return f, nil
	}
	return "", fmt.Errorf("backbone: there is no front %q, only %s and %s", name, Float32, Int8)
}

// ranges are the intervals in which the network's maps lie, measured on pictures by
//
//	go run ./tools/backbone calibrate ../shared/pictures/*/
//
//go:embed ranges.json
var ranges []byte

// int8Sum is the SHA-256 of the network in integers.
const int8Sum = "29360076899d575f61f7da41ff73658862b65336d85ebf4115affd9e33f3c75c"

// Network returns the whole network of a front, as Whole does: inputs, outputs and the names of both are the same.
// Every call gives a new graph, which the caller may change.
//
// Training is for graphs in float32: a tail that is to be tuned is taken from Whole, and the maps that it is fed from
// the front.
func Network(f Front) (*nn.Graph, error) {
	switch f {
	case Float32:
		return Whole()
	case Int8:
		file, err := int8File()
		if err != nil {
			return nil, err
		}
		return nn.Parse(file)
	}
	return nil, fmt.Errorf("backbone: there is no front %q", f)
}

// Digest returns the SHA-256 of the front's network, in hexadecimal. Features of different networks must not be mixed;
// this tells them apart. Of what is no front it is empty.
func (f Front) Digest() string {
	switch f {
	case Float32:
		return assets.BackboneSum
	case Int8:
		return int8Sum
	}
	return ""
}

// measured reads the ranges.
var measured = sync.OnceValues(func() (r quantize.Ranges, err error) {
	if err := json.Unmarshal(ranges, &r); err != nil {
		return nil, fmt.Errorf("backbone: ranges: %w", err)
	}
	return r, nil
})

// Levels gives the ranges of the front's maps by the names of its outputs where they are 8-bit integers, and nil where
// they are floats. What stands on such a map and has the same range loses nothing by rounding it again. The ranges
// are not to be changed.
func (f Front) Levels() (quantize.Ranges, error) {
	if f != Int8 {
		return nil, nil
	}
	return measured()
}

// int8File converts the network, which takes some 50 ms; a file of its own would make the program 4 MB larger.
var int8File = sync.OnceValues(func() ([]byte, error) {
	whole, err := Whole()
	if err != nil {
		return nil, err
	}
	r, err := measured()
	if err != nil {
		return nil, err
	}
	graph, err := quantize.Convert(whole, r)
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	file, err := graph.Bytes()
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	sum := sha256.Sum256(file)
	if got := hex.EncodeToString(sum[:]); got != int8Sum {
		return nil, fmt.Errorf("backbone: the network in integers has SHA-256 %s, not %s: "+
			"if the change is meant, write the new one beside it", got, int8Sum)
	}
	return file, nil
})
