package detect

import (
	"cmp"
	"math"
	"slices"
)

const (
	reach     = 1.5  // strides from a box's middle within which places draw it
	cutOff    = 0.35 // share of a box that is seen, below which nobody is to say that it is there or not
	leastSeen = 2    // pixels of the shorter side, likewise
)

// targets is what a network is to say of one picture, or of each of a batch.
type targets struct {
	label   []float32 // [places], of the box that a place draws; -1 where it draws none
	counted []float32 // [places], 0 where what the network says of labels does not matter, else 1
	boxes   []float32 // [4, places], left, top, right and bottom in pixels of the input
}

func newTargets(s shape, batch int) targets {
	n := batch * s.places()
	return targets{make([]float32, n), make([]float32, n), make([]float32, 4*n)}
}

// part takes the memory of one picture of a batch.
func (t targets) part(place, batch int) targets {
	of := func(list []float32) []float32 {
		n := len(list) / batch
		return list[place*n : (place+1)*n]
	}
	return targets{of(t.label), of(t.counted), of(t.boxes)}
}

// fill writes the targets. Each box is drawn by the places near its middle, of the levels for boxes of its size. A place
// that could draw several draws that whose middle is nearest, by the box's sides. Every box has one place at least if
// there is a free one.
func (s shape) fill(t targets, list []seen) {
	clear(t.boxes)
	for i := range t.counted {
		t.label[i], t.counted[i] = -1, 1
	}
	list = slices.Clone(list)
	// Large boxes first: where two are equally near, the smaller one is drawn.
	slices.SortStableFunc(list, func(a, b seen) int { return cmp.Compare(b.area(), a.area()) })
	nearest := make([]float64, s.places()) // of the box that a place draws
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	for _, b := range list {
		if b.Share < cutOff || min(b.width(), b.height()) < leastSeen {
			s.ignore(t, b)
			continue
		}
		side := math.Sqrt(b.area())
		from := 0
		for _, l := range s.Levels {
			if side >= l.Least && side < l.Most {
				s.assign(t, l, from, b, nearest)
			}
			from += l.rows(s.Size) * l.columns(s.Size)
		}
	}
}

// assign lets the places of a level draw a box; from is the level's first place.
func (s shape) assign(t targets, l level, from int, b seen, nearest []float64) {
	x, y := (b.Left+b.Right)/2, (b.Top+b.Bottom)/2
	stride := float64(l.Stride)
	closest := [2]int{int(x / stride), int(y / stride)}
	for row := max(closest[1]-2, 0); row <= min(closest[1]+2, l.rows(s.Size)-1); row++ {
		for column := max(closest[0]-2, 0); column <= min(closest[0]+2, l.columns(s.Size)-1); column++ {
			dx := math.Abs((float64(column)+0.5)*stride - x)
			dy := math.Abs((float64(row)+0.5)*stride - y)
			within := max(dx, dy) < reach*stride && dx < b.width()/2 && dy < b.height()/2
			if !within && [2]int{column, row} != closest {
				continue
			}
			place := from + row*l.columns(s.Size) + column
			distance := math.Hypot(dx/b.width(), dy/b.height())
			if distance > nearest[place] {
				continue
			}
			nearest[place] = distance
			s.set(t, place, b)
		}
	}
}

func (s shape) set(t targets, place int, b seen) {
	t.label[place], t.counted[place] = float32(b.Label), 1
	for i, v := range []float64{b.Left, b.Top, b.Right, b.Bottom} {
		t.boxes[i*s.places()+place] = float32(v)
	}
}

// ignore leaves the places inside a box out of account unless they draw another one.
func (s shape) ignore(t targets, b seen) {
	from := 0
	for _, l := range s.Levels {
		stride := float64(l.Stride)
		for row := range l.rows(s.Size) {
			for column := range l.columns(s.Size) {
				x, y := (float64(column)+0.5)*stride, (float64(row)+0.5)*stride
				place := from + row*l.columns(s.Size) + column
				if x > b.Left && x < b.Right && y > b.Top && y < b.Bottom && t.label[place] < 0 {
					t.counted[place] = 0
				}
			}
		}
		from += l.rows(s.Size) * l.columns(s.Size)
	}
}
