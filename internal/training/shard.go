package training

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"github.com/x448/float16"
)

// pictureNote is what was found out about a picture.
type pictureNote struct {
	Digest  [32]byte `json:"digest"`
	Problem string   `json:"problem,omitempty"`
	Unread  bool     `json:"unread,omitempty"` // it never came out of S3
	Denied  bool     `json:"denied,omitempty"` // for want of permission
}

// shardNotes are those of the pictures of a shard, in order.
type shardNotes struct {
	Pictures []pictureNote `json:"pictures"`
}

func (n shardNotes) encode() []byte {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return b
}

func decodeNotes(b []byte, pictures int) (n shardNotes, err error) {
	if err := json.Unmarshal(b, &n); err != nil {
		return n, err
	}
	if len(n.Pictures) != pictures {
		return n, fmt.Errorf("has %d pictures instead of %d", len(n.Pictures), pictures)
	}
	return n, nil
}

// appendFloats writes numbers as they are.
func appendFloats(b []byte, values []float32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func floats(b []byte) []float32 {
	values := make([]float32, len(b)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return values
}

// appendHalves writes numbers in half precision: maps are only trained on, and the noise of augmentation is a thousand
// times that of rounding.
func appendHalves(b []byte, values []float32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint16(b, float16.Fromfloat32(v).Bits())
	}
	return b
}

// halves reads them back, by a table of all there are: 256 kB.
func halves(b []byte, dst []float32) {
	for i := range dst {
		dst[i] = ofHalf[binary.LittleEndian.Uint16(b[2*i:])]
	}
}

var ofHalf = func() (table [1 << 16]float32) {
	for i := range table {
		table[i] = float16.Frombits(uint16(i)).Float32()
	}
	return table
}()
