package training

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNotesOfAShard(t *testing.T) {
	n := shardNotes{Pictures: []pictureNote{
		{Digest: [32]byte{1, 255}}, {Problem: "not a picture"}, {Problem: "no such object", Unread: true}, {Problem: "no", Unread: true, Denied: true},
	}}
	back, err := decodeNotes(n.encode(), 4)
	require.NoError(t, err)
	require.Equal(t, n, back)
}

func TestNotesOfAnotherPlanAreRefused(t *testing.T) {
	file := shardNotes{Pictures: []pictureNote{{Digest: [32]byte{1}}}}.encode()
	for name, c := range map[string]struct {
		file     []byte
		pictures int
	}{
		"more pictures":  {file, 2},
		"fewer pictures": {file, 0},
		"cut short":      {file[:len(file)-1], 1},
		"nothing":        {nil, 1},
		"no pictures":    {[]byte(`{}`), 1},
		"digest too big": {[]byte(`{"pictures":[{"digest":[256]}]}`), 1},
	} {
		_, err := decodeNotes(c.file, c.pictures)
		require.Error(t, err, name)
	}
}

func TestFloatsKeepEveryBit(t *testing.T) {
	values := []float32{0, float32(math.Copysign(0, -1)), 1, -1. / 3, math.MaxFloat32, math.SmallestNonzeroFloat32, float32(math.Inf(-1))}
	file := appendFloats([]byte{7}, values)
	require.Len(t, file, 1+4*len(values))
	back := floats(file[1:])
	for i, v := range values {
		require.Equal(t, math.Float32bits(v), math.Float32bits(back[i]))
	}
	require.Empty(t, floats(nil))
}

// TestHalves rounds to the nearest of eleven digits: 2^-11 of a number, and for those below 2^-14 half of the least step.
func TestHalves(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	values := []float32{0, 1, -1, 65504, -65504, 1. / 3, 6, 0x1p-14, 0x1p-24, 1 + 0x1p-11, 1 + 3*0x1p-11}
	for range 10_000 {
		values = append(values, float32(math.Ldexp(random.Float64()*2-1, random.IntN(30)-14)))
	}
	file := appendHalves([]byte{7}, values)
	require.Len(t, file, 1+2*len(values))
	back := make([]float32, len(values))
	halves(file[1:], back)
	for i, v := range values {
		bound := max(math.Abs(float64(v))*0x1p-11, 0x1p-25)
		require.InDelta(t, v, back[i], bound, "%g", v)
	}
	require.Equal(t, []float32{0, 1, -1, 65504, -65504}, back[:5])
	require.Equal(t, []float32{6, 0x1p-14, 0x1p-24, 1, 1 + 0x1p-9}, back[6:11], "halfway is to the even one")

	again := make([]float32, len(values))
	halves(appendHalves(nil, back), again)
	require.Equal(t, back, again, "what was rounded once stays")
}
