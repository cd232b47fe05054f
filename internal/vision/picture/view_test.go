package picture

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestViewsStayInTheirRanges(t *testing.T) {
	flips := 0
	views := Augmentation{Seed: 7, Flip: true}.Views("picture", 2000)
	smallest, largest := float32(1), float32(0)
	for _, v := range views {
		require.GreaterOrEqual(t, v.Left, float32(0))
		require.GreaterOrEqual(t, v.Top, float32(0))
		require.LessOrEqual(t, v.Left+v.Width, float32(1.00001))
		require.LessOrEqual(t, v.Top+v.Height, float32(1.00001))
		area := v.Width * v.Height
		smallest, largest = min(smallest, area), max(largest, area)
		require.InDelta(t, 1.025, v.Width/v.Height, 0.2251)
		require.InDelta(t, 1, v.Brightness, 0.2001)
		require.InDelta(t, 1, v.Contrast, 0.2001)
		if v.Flip {
			flips++
		}
	}
	require.InDelta(t, 0.45, smallest, 0.01)
	require.InDelta(t, 1, largest, 0.05)
	require.InDelta(t, 1000, flips, 100)
}

func TestViewsDependOnNothingElse(t *testing.T) {
	a := Augmentation{Seed: 1, Flip: true}
	require.Equal(t, a.Views("a", 5)[:3], a.Views("a", 3))
	require.NotEqual(t, a.Views("a", 3), a.Views("b", 3))
	require.NotEqual(t, a.Views("a", 3), Augmentation{Seed: 2, Flip: true}.Views("a", 3))

	unflipped := a.Views("a", 50)
	for i := range unflipped {
		unflipped[i].Flip = false
	}
	require.Equal(t, unflipped, Augmentation{Seed: 1}.Views("a", 50))

	// Trained models are the same from one version of the program to the next only while these numbers are.
	require.Equal(t, []View{
		{Left: 0, Top: 0.036923017, Width: 1, Height: 0.8783748, Brightness: 0.96712875, Contrast: 1.0338038},
		{Left: 0.06006238, Top: 0.016774505, Width: 0.8773096, Height: 0.8783717, Flip: true, Brightness: 0.8305438, Contrast: 1.1390476},
	}, a.Views("a", 2))
}
