package draw

import (
	"bytes"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

var small = image.Pt(160, 120)

func pixels(t *testing.T, seed uint64, label string) (*image.RGBA, []Box) {
	t.Helper()
	picture, boxes := PictureOf(rand.New(rand.NewPCG(seed, 1)), label, small)
	require.Equal(t, image.Rectangle{Max: small}, picture.Bounds())
	return picture.(*image.RGBA), boxes
}

func TestDefectsAreBoxedInsideThePicture(t *testing.T) {
	for _, label := range Labels() {
		t.Run(label, func(t *testing.T) {
			for seed := range uint64(25) {
				picture, boxes := pixels(t, seed, label)
				if label == Good {
					require.Empty(t, boxes)
					continue
				}
				require.Len(t, boxes, 1)
				require.Equal(t, label, boxes[0].Label)
				require.True(t, boxes[0].In(picture.Rect), "%v", boxes[0])
				require.Greater(t, boxes[0].Dx()*boxes[0].Dy(), 12, "seed %d: too small to see", seed)
			}
		})
	}
}

func TestSameSeedSamePicture(t *testing.T) {
	for _, label := range Labels() {
		first, firstBoxes := pixels(t, 3, label)
		again, againBoxes := pixels(t, 3, label)
		require.True(t, bytes.Equal(first.Pix, again.Pix), label)
		require.Equal(t, firstBoxes, againBoxes)
		other, _ := pixels(t, 4, label)
		require.False(t, bytes.Equal(first.Pix, other.Pix), label)
	}
}

// The same seed draws the same scene under every label, so whatever differs from the good gear must be the defect.
func TestOnlyTheDefectTellsLabelsApart(t *testing.T) {
	for _, label := range Labels() {
		if label == Good {
			continue
		}
		t.Run(label, func(t *testing.T) {
			for seed := range uint64(10) {
				good, _ := pixels(t, seed, Good)
				bad, boxes := pixels(t, seed, label)
				require.Greater(t, change(good, bad, boxes[0].Rectangle, 1), 8.0, "seed %d: the defect cannot be seen", seed)
				// The shadow of what is missing, and blur, reach a little outside the box; rounding gives a level or two.
				near := boxes[0].Inset(-small.Y / 7)
				rest := []image.Rectangle{
					{Max: image.Pt(small.X, near.Min.Y)}, {Min: image.Pt(0, near.Max.Y), Max: small},
					{Max: image.Pt(near.Min.X, small.Y)}, {Min: image.Pt(near.Max.X, 0), Max: small},
				}
				for _, r := range rest {
					require.LessOrEqual(t, change(good, bad, r.Intersect(good.Rect), 0), 2.0, "seed %d: %v, box %v", seed, r, near)
				}
			}
		})
	}
}

// change is the largest mean difference of levels around any pixel of the box, over the pixels up to reach away.
func change(a, b *image.RGBA, box image.Rectangle, reach int) float64 {
	var most float64
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			var sum, count float64
			around := image.Rect(x-reach, y-reach, x+reach+1, y+reach+1).Intersect(a.Rect)
			for v := around.Min.Y; v < around.Max.Y; v++ {
				for u := around.Min.X; u < around.Max.X; u++ {
					p, q := a.RGBAAt(u, v), b.RGBAAt(u, v)
					for _, d := range []int{int(p.R) - int(q.R), int(p.G) - int(q.G), int(p.B) - int(q.B)} {
						sum += float64(max(d, -d))
						count++
					}
				}
			}
			most = max(most, sum/count)
		}
	}
	return most
}

func TestUnknownLabelPanics(t *testing.T) {
	require.PanicsWithValue(t, `draw: no label "bent"; the labels are ["crack" "good" "missing-hole" "missing-tooth" "rust"]`,
		func() { Picture(rand.New(rand.NewPCG(1, 1)), "bent") })
}

func TestBlurKeepsTheSumAndSpreadsAPoint(t *testing.T) {
	p := newPlane(image.Pt(11, 9))
	p.v[4*11+5] = 1
	blurred := p.blurred(1)
	// Two boxes of three make 1 2 3 2 1, over 9, each way.
	for dy, wy := range []float64{1, 2, 3, 2, 1} {
		for dx, wx := range []float64{1, 2, 3, 2, 1} {
			require.InDelta(t, wx*wy/81, float64(blurred.v[(4+dy-2)*11+5+dx-2]), 1e-6)
		}
	}
	flat := newPlane(image.Pt(11, 9))
	for i := range flat.v {
		flat.v[i] = 0.5
	}
	for _, v := range flat.blurred(3).v {
		require.InDelta(t, 0.5, float64(v), 1e-6, "the border neither darkens nor brightens")
	}
}

func BenchmarkPicture(b *testing.B) {
	tiles()
	for i := 0; b.Loop(); i++ {
		Picture(rand.New(rand.NewPCG(7, uint64(i))), Labels()[i%len(Labels())])
	}
}
