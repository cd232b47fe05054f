package picture

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// View is a way to look at a picture: a rectangle of it, perhaps mirrored, in another light. The zero View is empty;
// start from [Identity].
type View struct {
	Left, Top, Width, Height float32 // ratios of the upright picture's sides, 0 to 1
	Flip                     bool    // mirrored left to right
	Brightness, Contrast     float32 // factors, 1 changes nothing; contrast works around mid-grey
}

// Identity is the whole picture as it is.
func Identity() View { return View{Width: 1, Height: 1, Brightness: 1, Contrast: 1} }

// levels gives the network's input for each 8-bit value: the view's light, then (v-127)/128.
func (v View) levels() (table [256]float32) {
	for i := range table {
		// The conversions keep compilers from fusing a multiplication and an addition, which would round
		// differently from one kind of processor to the next.
		lit := float32(float32(i)*v.Brightness) - 127.5
		lit = float32(lit*v.Contrast) + 127.5
		table[i] = (min(max(lit, 0), 255) - 127) / 128
	}
	return table
}

// Augmentation makes the views that a network is trained on.
type Augmentation struct {
	Seed uint64
	Flip bool // mirror half of the views; wrong where left and right mean something, as in letters
}

// Views gives the first n views of a picture, each a rectangle of 45 to 100 % of its area whose sides' ratio is changed by
// up to a quarter, with brightness and contrast changed by up to a fifth. picture is what tells it from others: a
// digest or a name, not its place in a list, so that adding pictures leaves the views of the rest alone.
//
// The views depend on nothing but the Augmentation, picture and their index.
func (a Augmentation) Views(picture string, n int) []View {
	identity := fnv.New64a()
	identity.Write([]byte(picture))
	random := rand.New(rand.NewPCG(a.Seed, identity.Sum64()))
	between := func(low, high float64) float64 { return low + float64((high-low)*random.Float64()) }
	coin := func() bool { return random.Uint64()&1 == 1 }

	views := make([]View, n)
	for i := range views {
		area := between(0.45, 1)
		stretch := between(1, 1.25)
		if coin() {
			stretch = 1 / stretch
		}
		width, height := min(math.Sqrt(area*stretch), 1), min(math.Sqrt(area/stretch), 1)
		views[i] = View{
			Left: float32(between(0, 1-width)), Top: float32(between(0, 1-height)),
			Width: float32(width), Height: float32(height),
			Brightness: float32(between(0.8, 1.2)), Contrast: float32(between(0.8, 1.2)),
			// Drawn even if unused: the other numbers stay the same with and without flips.
			Flip: coin() && a.Flip,
		}
	}
	return views
}
