package backbone

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheFrontIsChosen(t *testing.T) {
	right := Verdict{Exact: true, Cosine: 0.9993, Error: 0.04, FloatMS: 5, Int8MS: 2.5}
	tests := map[string]struct {
		change func(*Verdict)
		front  Front
		reason string
	}{
		"right and quick": {func(*Verdict) {}, Int8, "is exact on this CPU and takes 2.5 ms a picture, float32 5.0 ms"},
		"slow":            {func(v *Verdict) { v.Int8MS = 4.5 }, Float32, "gains too little"},
		"other numbers":   {func(v *Verdict) { v.Exact = false }, Float32, "other numbers on this CPU than elsewhere"},
		"another way":     {func(v *Verdict) { v.Cosine = 0.97 }, Float32, "wrong on this CPU: cosine 0.9700"},
		"another length":  {func(v *Verdict) { v.Error = 0.2 }, Float32, "wrong on this CPU"},
		"nothing":         {func(v *Verdict) { *v = Verdict{} }, Float32, "wrong on this CPU"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := right
			test.change(&v)
			v.decide()
			require.Equal(t, test.front, v.Front)
			require.Contains(t, v.Reason, test.reason)
		})
	}
}

func TestVectorsAreCompared(t *testing.T) {
	cosine, apart := alike([]float32{3, 4}, []float32{3, 4})
	require.InDelta(t, 1, cosine, 1e-12)
	require.Zero(t, apart)
	cosine, apart = alike([]float32{3, 0}, []float32{0, 4})
	require.Zero(t, cosine)
	require.InDelta(t, 5./3, apart, 1e-12)
}

// Drawn pictures hold pixels as pictures do, all of them.
func TestDrawnPicturesHoldPixels(t *testing.T) {
	p := drawn(1)
	require.Len(t, p.Pix, PictureLength)
	require.Less(t, slices.Min(p.Pix), byte(12))
	require.Greater(t, slices.Max(p.Pix), byte(243))
	require.NotEqual(t, p, drawn(2))
}
