package training

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision"
)

func TestShardRoundTrip(t *testing.T) {
	c := &shardContent{Rows: 2, Pictures: []pictureNote{{Digest: [32]byte{1}}, {Problem: "not a picture"}, {Digest: [32]byte{2}}}}
	for i := range 2 * 2 * vision.FeatureCount {
		c.values = append(c.values, float32(i)/7)
	}
	back, err := decodeShard(c.encode(), 3, 2)
	require.NoError(t, err)
	require.Equal(t, c, back)
}

func TestShardOfAnotherPlanIsRefused(t *testing.T) {
	c := &shardContent{Rows: 1, Pictures: []pictureNote{{}}, values: make([]float32, vision.FeatureCount)}
	file := c.encode()
	for name, err := range map[string]error{
		"more pictures":  second(decodeShard(file, 2, 1)),
		"more rows":      second(decodeShard(file, 1, 2)),
		"cut short":      second(decodeShard(file[:len(file)-1], 1, 1)),
		"only a length":  second(decodeShard(file[:4], 1, 1)),
		"nothing":        second(decodeShard(nil, 1, 1)),
		"absurd length":  second(decodeShard([]byte{255, 255, 255, 255, '{', '}'}, 1, 1)),
		"header no JSON": second(decodeShard([]byte{2, 0, 0, 0, '{', '{'}, 1, 1)),
	} {
		require.Error(t, err, name)
	}
}

func second[T any](_ T, err error) error { return err }
