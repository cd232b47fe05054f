package draw

import (
	"math"
	"math/rand/v2"
)

// The part is one gear wheel; lengths are in tip radii, angles in radians from its keyway.
const (
	teeth      = 10
	pitch      = 2 * math.Pi / teeth
	holes      = 4
	rootRadius = 0.77
	rimRadius  = 0.68 // the web, cast and recessed, lies between hub and rim
	holeCircle = 0.49
	holeRadius = 0.165
	hubRadius  = 0.29
	boreRadius = 0.16
)

// placement says where the gear lies on the picture.
type placement struct {
	centre point
	radius float32 // of the tips, in pixels
	angle  float64
}

// at turns polar coordinates of the part into a place in the picture.
func (p placement) at(radius, angle float64) point {
	sin, cos := math.Sincos(angle + p.angle)
	return point{p.centre.x + p.radius*float32(radius*cos), p.centre.y + p.radius*float32(radius*sin)}
}

// gear is the shape of one gear in picture pixels.
type gear struct {
	place placement
	outer []point   // teeth and rim
	inner [][]point // bore and bolt holes
	crack [][]point
	torn  [][]point // rough faces where teeth broke off
	rust  []rust
	gone  [][]point // what is missing: teeth, or a hole
}

// rust is a patch of corrosion, in picture pixels.
type rust struct {
	centre point
	radius float32
	seed   int // where to look into the noise
}

// newGear shapes a gear that lies at place, with the defect that the label names.
func newGear(rng *rand.Rand, place placement, label string) gear {
	g := gear{place: place}
	broken, brokenTeeth, undrilled := -1, 0, -1
	switch label {
	case MissingTooth:
		broken, brokenTeeth = rng.IntN(teeth), []int{1, 2, 2, 3}[rng.IntN(4)]
	case MissingHole:
		undrilled = rng.IntN(holes)
	case Crack:
		g.addCrack(rng)
	case Rust:
		g.addRust(rng)
	}
	for i := range teeth {
		if (i-broken+teeth)%teeth < brokenTeeth && broken >= 0 {
			g.addStump(rng, i)
		} else {
			g.addTooth(i)
		}
	}
	g.inner = append(g.inner, bore(place))
	for i := range holes {
		hole := circle(place, holeCircle, holeAngle(i), holeRadius)
		if i == undrilled {
			g.gone = append(g.gone, hole)
		} else {
			g.inner = append(g.inner, reversed(hole))
		}
	}
	return g
}

func holeAngle(i int) float64 { return (float64(i) + 0.5) * 2 * math.Pi / holes }

// tooth is half of one tooth's flank: radius, and half width in tooth pitches.
var tooth = []struct{ radius, half float64 }{{rootRadius, 0.30}, {0.82, 0.26}, {0.89, 0.205}, {0.95, 0.155}, {1, 0.10}}

func (g *gear) addTooth(i int) {
	middle := float64(i) * pitch
	for _, t := range tooth {
		g.outer = append(g.outer, g.place.at(t.radius, middle-t.half*pitch))
	}
	for j := len(tooth) - 1; j >= 0; j-- {
		g.outer = append(g.outer, g.place.at(tooth[j].radius, middle+tooth[j].half*pitch))
	}
}

// addStump draws what is left of a tooth that broke off: a rough line near the root.
func (g *gear) addStump(rng *rand.Rand, i int) {
	middle := float64(i) * pitch
	left, slope := between(rng, 0.01, 0.06), between(rng, -0.04, 0.04)
	var edge, face []point
	for step := -5; step <= 5; step++ {
		across := float64(step) / 5
		bulge := math.Sqrt(1 - 0.95*across*across)
		height := max(left+slope*across, 0) * bulge
		edge = append(edge, g.place.at(rootRadius+height+between(rng, 0, 0.02)*bulge, middle+0.3*pitch*across))
		face = append(face, g.place.at(rootRadius-0.01-between(rng, 0.10, 0.17)*bulge, middle+0.38*pitch*across))
	}
	g.outer = append(g.outer, edge...)
	g.torn = append(g.torn, append(edge, reversed(face)...))
	g.gone = append(g.gone, []point{
		g.place.at(rootRadius, middle-0.3*pitch), g.place.at(1, middle-0.115*pitch),
		g.place.at(1, middle+0.115*pitch), g.place.at(rootRadius, middle+0.3*pitch),
	})
}

// addCrack lets a crack run from the bore, from a bolt hole or from between two teeth through the metal, with two side branches.
func (g *gear) addCrack(rng *rand.Rand) {
	start := rng.IntN(holes)
	var radius, angle, heading float64
	switch rng.IntN(3) {
	case 0: // from the bore outwards, between two bolt holes
		radius, angle = boreRadius-0.02, holeAngle(start)+math.Pi/holes+between(rng, -0.15, 0.15)
		heading = between(rng, -0.3, 0.3)
	case 1: // from one bolt hole towards the next
		side := float64(1 - 2*rng.IntN(2))
		radius, angle = holeCircle, holeAngle(start)+side*0.9*holeRadius/holeCircle
		heading = side * (math.Pi/2 + between(rng, -0.3, 0.5))
	case 2: // from between two teeth inwards, past the bolt holes
		gap := math.Round((holeAngle(start)+math.Pi/holes)/pitch-0.5) + 0.5
		radius, angle = rootRadius+0.01, gap*pitch
		heading = math.Pi + between(rng, -0.2, 0.2)
	}
	length, width := between(rng, 0.6, 0.85), between(rng, 0.055, 0.08)
	line := walk(rng, g.place, g.place.at(radius, angle), angle+g.place.angle+heading, length)
	g.crack = append(g.crack, ribbon(line, g.place.radius*float32(width)))
	for side := -1.0; side <= 1; side += 2 {
		from := line[len(line)/4+rng.IntN(len(line)/3)]
		turn := heading + side*between(rng, 0.5, 1.1)
		branch := walk(rng, g.place, from, angle+g.place.angle+turn, length*between(rng, 0.25, 0.5))
		g.crack = append(g.crack, ribbon(branch, g.place.radius*float32(width)*0.7))
	}
}

// addRust scatters one to three patches, the first the largest, over one side of the gear.
func (g *gear) addRust(rng *rand.Rand) {
	angle, size := rng.Float64()*2*math.Pi, between(rng, 0.36, 0.52)
	for range 1 + rng.IntN(3) {
		at := g.place.at(between(rng, 0.3, 0.8), angle)
		g.rust = append(g.rust, rust{at, g.place.radius * float32(size), rng.IntN(tileSide)})
		angle, size = angle+between(rng, -1.1, 1.1), size*between(rng, 0.6, 0.9)
	}
}

// walk wanders from a place in small steps that change direction at random; length in tip radii.
func walk(rng *rand.Rand, place placement, at point, heading, length float64) []point {
	const step = 0.035
	line := []point{at}
	for range max(int(length/step), 3) {
		sin, cos := math.Sincos(heading + between(rng, -0.75, 0.75))
		at.x += place.radius * float32(step*cos)
		at.y += place.radius * float32(step*sin)
		line = append(line, at)
	}
	return line
}

// ribbon is the outline of a line that is width wide where it starts and runs out to a point.
func ribbon(line []point, width float32) []point {
	n := len(line)
	out := make([]point, 2*n)
	for i, p := range line {
		a, b := line[max(i-1, 0)], line[min(i+1, n-1)]
		dx, dy := b.x-a.x, b.y-a.y
		half := width / 2 * (1 - 0.85*float32(i)/float32(n-1)) / float32(math.Hypot(float64(dx), float64(dy)))
		out[i] = point{p.x - dy*half, p.y + dx*half}
		out[2*n-1-i] = point{p.x + dy*half, p.y - dx*half}
	}
	return out
}

// bore is the outline of the shaft hole with its keyway, to be cut out.
func bore(place placement) []point {
	const corners, keyHalf, keyTop = 40, 0.24, boreRadius * 1.45
	outline := []point{place.at(keyTop/math.Cos(keyHalf*0.7), keyHalf*0.7), place.at(keyTop/math.Cos(keyHalf*0.7), -keyHalf*0.7)}
	for i := range corners + 1 {
		outline = append(outline, place.at(boreRadius, -keyHalf-float64(i)/corners*2*(math.Pi-keyHalf)))
	}
	return outline
}

// circle is a round outline whose middle lies at the polar coordinates of the part; all lengths in tip radii.
func circle(place placement, distance, angle, radius float64) []point {
	const corners = 40
	middle := place.at(distance, angle)
	outline := make([]point, corners)
	for i := range outline {
		sin, cos := math.Sincos(float64(i) / corners * 2 * math.Pi)
		outline[i] = point{middle.x + place.radius*float32(radius*cos), middle.y + place.radius*float32(radius*sin)}
	}
	return outline
}

func reversed(outline []point) []point {
	out := make([]point, len(outline))
	for i, p := range outline {
		out[len(out)-1-i] = p
	}
	return out
}

// between draws a number evenly from low..high.
func between(rng *rand.Rand, low, high float64) float64 { return low + (high-low)*rng.Float64() }
