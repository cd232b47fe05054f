package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Fields of the protobuf messages that an ONNX file consists of (onnx.proto).
const (
	modelGraph       protowire.Number = 7
	modelMetadata    protowire.Number = 14
	entryKey         protowire.Number = 1
	entryValue       protowire.Number = 2
	graphInitializer protowire.Number = 5
	tensorDims       protowire.Number = 1
	tensorType       protowire.Number = 2
	tensorName       protowire.Number = 8
	tensorRaw        protowire.Number = 9
	tensorFloat                       = 1 // the value of tensorType for float32
)

// maxWidth bounds the number of features.
const maxWidth = 1 << 16

// Read takes the head and the card out of a model file that Write made. The file may come from a stranger: nothing is
// allocated for more than the file really holds, and what does not fit together is refused. Whether the head fits the
// backbone that is there is for the caller to see, by the card's Backbone.
func Read(onnx []byte) (*Head, Card, error) {
	var text []byte
	tensors := map[string]tensor{}
	err := each(onnx, func(f field) error {
		switch f.number {
		case modelMetadata:
			return readEntry(f.bytes, &text)
		case modelGraph:
			return readGraph(f.bytes, tensors)
		}
		return nil
	})
	if err != nil {
		return nil, Card{}, fmt.Errorf("model: not a whole ONNX file: %w", err)
	}
	card, err := parseCard(text)
	if err != nil {
		return nil, Card{}, err
	}
	h := &Head{Task: card.Task, Labels: card.Labels}
	weights, bias := tensors[weightName], tensors[biasName]
	k := uint64(len(card.Labels))
	if len(weights.dims) != 2 || weights.dims[0] != k || weights.dims[1] < 1 || weights.dims[1] > maxWidth ||
		len(bias.dims) != 1 || bias.dims[0] != k {
		return nil, Card{}, fmt.Errorf("model: weights %v and bias %v are no head for %d labels", weights.dims, bias.dims, k)
	}
	h.Width = int(weights.dims[1])
	if h.Weights, err = weights.floats(); err != nil {
		return nil, Card{}, err
	}
	if h.Bias, err = bias.floats(); err != nil {
		return nil, Card{}, err
	}
	return h, card, h.check()
}

// readEntry takes the card from a metadata entry, if it is the one.
func readEntry(entry []byte, text *[]byte) error {
	var key string
	var value []byte
	err := each(entry, func(f field) error {
		switch f.number {
		case entryKey:
			key = string(f.bytes)
		case entryValue:
			value = f.bytes
		}
		return nil
	})
	if key == cardKey {
		*text = value
	}
	return err
}

// readGraph takes the tensors of the head from a graph.
func readGraph(graph []byte, into map[string]tensor) error {
	return each(graph, func(f field) error {
		if f.number != graphInitializer {
			return nil
		}
		t, name, err := readTensor(f.bytes)
		if name == weightName || name == biasName {
			into[name] = t
		}
		return err
	})
}

// tensor is a constant of the file; raw is part of the file itself.
type tensor struct {
	dims []uint64
	kind uint64
	raw  []byte
}

func readTensor(message []byte) (t tensor, name string, err error) {
	err = each(message, func(f field) error {
		switch f.number {
		case tensorDims:
			return t.addDims(f)
		case tensorType:
			t.kind = f.varint
		case tensorName:
			name = string(f.bytes)
		case tensorRaw:
			t.raw = f.bytes
		}
		return nil
	})
	return t, name, err
}

// addDims takes one side, or several that are packed into one field.
func (t *tensor) addDims(f field) error {
	packed := f.bytes
	if packed == nil {
		packed = protowire.AppendVarint(nil, f.varint)
	}
	for len(packed) > 0 {
		side, n := protowire.ConsumeVarint(packed)
		if n < 0 {
			return protowire.ParseError(n)
		}
		if len(t.dims) == 8 {
			return errors.New("a constant with more than 8 sides")
		}
		t.dims, packed = append(t.dims, side), packed[n:]
	}
	return nil
}

// floats copies the numbers out of the file. The product of the sides has been bounded.
func (t tensor) floats() ([]float32, error) {
	count := uint64(1)
	for _, side := range t.dims {
		count *= side
	}
	if t.kind != tensorFloat || uint64(len(t.raw)) != 4*count {
		return nil, fmt.Errorf("model: %d bytes of type %d are not %v float32 numbers", len(t.raw), t.kind, t.dims)
	}
	numbers := make([]float32, count)
	for i := range numbers {
		numbers[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.raw[4*i:]))
	}
	return numbers, nil
}

// field is one field of a protobuf message: bytes or a number, by its type.
type field struct {
	number protowire.Number
	bytes  []byte // part of the message; nil unless it is of the type that has a length
	varint uint64
}

// each visits the fields of a protobuf message in their order, without copying.
func each(message []byte, visit func(field) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		f := field{number: number}
		switch kind {
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(message)
		case protowire.VarintType:
			f.varint, n = protowire.ConsumeVarint(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}
