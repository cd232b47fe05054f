package detect

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/vision/evaluate/boxes"
	"ownsight/internal/vision/picture"
)

func testShape(labels int) shape {
	s := shape{Size: picture.Size{Width: 256, Height: 256}, Labels: labels}
	for i, stride := range []int{8, 16, 32} {
		side := float64(4 * stride)
		s.Levels = append(s.Levels, level{
			Stride: stride, Width: side, Height: side, Least: bounds[i] / overlap, Most: bounds[i+1] * overlap,
		})
	}
	return s
}

func square(label int, x, y, side float64) seen {
	return seen{Label: label, Left: x - side/2, Top: y - side/2, Right: x + side/2, Bottom: y + side/2, Share: 1}
}

// drawnAt lists the places of a level that draw a box of a label, as column and row.
func drawnAt(s shape, t targets, stride, label int) (list [][2]int) {
	from := 0
	for _, l := range s.Levels {
		columns := l.columns(s.Size)
		for i := range l.rows(s.Size) * columns {
			if l.Stride == stride && t.label[from+i] == float32(label) {
				list = append(list, [2]int{i % columns, i / columns})
			}
		}
		from += l.rows(s.Size) * columns
	}
	return list
}

// row lists the places of a row from one column to another.
func row(y, from, to int) (list [][2]int) {
	for x := from; x <= to; x++ {
		list = append(list, [2]int{x, y})
	}
	return list
}

func TestPlacesDrawTheBoxTheyAreIn(t *testing.T) {
	tests := map[string]struct {
		list   []seen
		stride int
		want   [][2]int // of label 0
	}{
		"small":        {[]seen{square(0, 24, 24, 14)}, 8, [][2]int{{2, 2}, {3, 2}, {2, 3}, {3, 3}}},
		"tiny":         {[]seen{square(0, 23, 17, 3)}, 8, [][2]int{{2, 2}}},
		"at the edge":  {[]seen{{Label: 0, Left: 250, Top: 250, Right: 256, Bottom: 256, Share: 1}}, 8, [][2]int{{31, 31}}},
		"medium":       {[]seen{square(0, 72, 72, 64)}, 16, slices.Concat(row(3, 3, 5), row(4, 3, 5), row(5, 3, 5))},
		"not too fine": {[]seen{square(0, 72, 72, 64)}, 8, nil},
		"beside":       {[]seen{square(0, 72, 72, 64), square(1, 104, 72, 64)}, 16, slices.Concat(row(3, 3, 4), row(4, 3, 4), row(5, 3, 4))},
		"cut off":      {[]seen{{Label: 0, Left: 0, Top: 0, Right: 64, Bottom: 20, Share: 0.2}}, 8, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := testShape(2)
			b := newTargets(s, 1)
			s.fill(b, test.list)
			require.Equal(t, test.want, drawnAt(s, b, test.stride, 0))
		})
	}
}

func TestWhatIsCutOffIsNotJudged(t *testing.T) {
	s := testShape(1)
	b := newTargets(s, 1)
	s.fill(b, []seen{{Left: 0, Top: 0, Right: 16, Bottom: 64, Share: 0.2}})
	left := 0
	for _, c := range b.counted {
		if c == 0 {
			left++
		}
	}
	require.Equal(t, 2*8+1*4, left) // 2 x 8 places of stride 8, 1 x 4 of stride 16
}

// Boxes go where the pixels go: a bright rectangle on grey is found again where place says.
func TestBoxesGoWhereThePixelsGo(t *testing.T) {
	const width, height = 96, 64
	b := boxes.Box{Left: 0, Top: 0.75, Width: 0.25, Height: 0.25}
	rgb := &picture.RGB{Size: picture.Size{Width: width, Height: height}, Pix: make([]byte, 3*width*height)}
	for y := range height {
		for x := range width {
			v := byte(127)
			if x < 24 && y >= 48 {
				v = 255
			}
			for c := range 3 {
				rgb.Pix[3*(y*width+x)+c] = v
			}
		}
	}
	size := picture.Size{Width: 256, Height: 256}
	o := Options{Seed: 3, Overturn: true}
	inside, cut := 0, 0
	for epoch := range 40 {
		p := varied("a", epoch, size, o)
		p.Brightness, p.Contrast = 1, 1
		input := make([]float32, 3*256*256)
		p.draw(rgb, size, input, make([]float32, len(input)))
		found := seen{Left: 256, Top: 256}
		for y := range 256 {
			for x := range 256 {
				if input[y*256+x] > 0.5 {
					found.Left, found.Top = min(found.Left, float64(x)), min(found.Top, float64(y))
					found.Right, found.Bottom = max(found.Right, float64(x+1)), max(found.Bottom, float64(y+1))
				}
			}
		}
		list := p.place([]boxes.Box{b}, size)
		if len(list) == 0 {
			require.Zero(t, found.Right)
			continue
		}
		inside++
		if list[0].Share < 1 {
			cut++
		}
		want := []float64{found.Left, found.Top, found.Right, found.Bottom}
		got := []float64{list[0].Left, list[0].Top, list[0].Right, list[0].Bottom}
		require.InDeltaSlice(t, want, got, 1.5, "epoch %d: %+v", epoch, p)
	}
	require.Greater(t, inside, 30)
	require.Positive(t, cut)
}
