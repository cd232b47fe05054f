package training

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"ownsight/internal/vision"
)

// shardContent is the content of a shard's file: four bytes with the length of a JSON header, the header, then the
// features of the usable pictures in order, [usable, Rows, vision.FeatureCount] little-endian float32.
type shardContent struct {
	Rows     int           `json:"rows"`
	Pictures []pictureNote `json:"pictures"`
	values   []float32
}

// pictureNote says of one picture what was in it, or why it could not be used.
type pictureNote struct {
	Digest  [32]byte `json:"digest"`
	Problem string   `json:"problem,omitempty"`
	Unread  bool     `json:"unread,omitempty"` // it never came out of S3
	Denied  bool     `json:"denied,omitempty"` // for want of permission
}

// maxShardBytes bounds a shard's file that is read back: its features and a generous header.
const maxShardBytes = shardSize*8*vision.FeatureCount*4 + 1<<20

func (c *shardContent) encode() []byte {
	header, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers only
	}
	b := make([]byte, 0, 4+len(header)+4*len(c.values))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	b = append(b, header...)
	for _, v := range c.values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// decodeShard reads a file back and checks that it has as many pictures and rows as it should.
func decodeShard(b []byte, pictures, rows int) (*shardContent, error) {
	c := new(shardContent)
	if len(b) < 4 || uint32(len(b)-4) < binary.LittleEndian.Uint32(b) {
		return nil, fmt.Errorf("cut short at %d bytes", len(b))
	}
	body := 4 + int(binary.LittleEndian.Uint32(b))
	if err := json.Unmarshal(b[4:body], c); err != nil {
		return nil, err
	}
	usable := 0
	for _, p := range c.Pictures {
		if p.Problem == "" {
			usable++
		}
	}
	want := usable * rows * vision.FeatureCount
	if c.Rows != rows || len(c.Pictures) != pictures || len(b)-body != 4*want {
		return nil, fmt.Errorf("has %d pictures, %d rows and %d bytes of features; expected %d, %d and %d",
			len(c.Pictures), c.Rows, len(b)-body, pictures, rows, 4*want)
	}
	c.values = make([]float32, want)
	for i := range c.values {
		c.values[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[body+4*i:]))
	}
	return c, nil
}
