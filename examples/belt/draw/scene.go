package draw

import (
	"image"
	"math"
	"math/rand/v2"
)

// colour is linear light: red, green, blue.
type colour [3]float32

// scene is everything in a picture that no label depends on.
type scene struct {
	size   image.Point
	tiles  *noises
	place  placement
	belt   belt
	metal  metal
	light  light
	camera camera
	dust   [][]point
	marks  [][]point // light scratches from handling
}

// belt is what the gear lies on; it moves from left to right.
type belt struct {
	colour      colour
	weave       int // threads of the fabric are this many pixels apart; 0 for plain rubber
	relief      float32
	wear        float32 // how bright the streaks along the belt are
	shift       image.Point
	top, bottom int // rows where the belt ends and the guide rails begin
}

// metal is how this gear was finished and handled.
type metal struct {
	tone    colour
	web     float32 // brightness of the cast web beside the machined faces
	turning float32 // depth of the rings that the lathe left
	oil     float32 // how dark the oil stains are
	shift   image.Point
}

// light is one lamp at the side and the light that comes from everywhere.
type light struct {
	colour   colour
	dir      [3]float32 // towards the lamp
	half     [2]float32 // across part of the half vector between lamp and camera
	ambient  float32
	gradient float32 // how much brighter the lamp's side is
	shadow   point   // where shadows fall, in pixels
	softness int
}

// camera is what lens and sensor do to the light.
type camera struct {
	exposure, vignette, noise float32
	motion                    int // the blur's reach to each side, in pixels
	shift                     image.Point
}

func newScene(rng *rand.Rand, size image.Point) *scene {
	s := &scene{size: size, tiles: tiles()}
	short := float64(min(size.X, size.Y))
	radius := short * between(rng, 0.445, 0.475)
	margin := radius + 0.015*short
	s.place = placement{
		centre: point{float32(between(rng, margin, float64(size.X)-margin)), float32(between(rng, margin, float64(size.Y)-margin))},
		radius: float32(radius),
		angle:  rng.Float64() * 2 * math.Pi,
	}
	s.belt = newBelt(rng, s)
	s.metal = newMetal(rng)
	s.light = newLight(rng, radius)
	s.camera = camera{
		exposure: float32(between(rng, 0.95, 1.15)), vignette: float32(between(rng, 0.05, 0.3)),
		noise: float32(between(rng, 1, 2.5)), shift: somewhere(rng),
		motion: int(short / 480 * between(rng, 0, 2.6)),
	}
	for range 15 + rng.IntN(70) {
		s.dust = append(s.dust, speck(rng, size))
	}
	for range rng.IntN(5) {
		s.marks = append(s.marks, handlingMark(rng, s.place))
	}
	return s
}

func newBelt(rng *rand.Rand, s *scene) belt {
	colours := []colour{{0.035, 0.095, 0.070}, {0.050, 0.078, 0.105}}
	b := belt{
		colour: colours[rng.IntN(len(colours))], relief: float32(between(rng, 0.06, 0.16)),
		wear: float32(between(rng, 0.05, 0.2)), shift: somewhere(rng),
		weave: []int{0, 0, 5}[rng.IntN(3)],
	}
	age := between(rng, 0.85, 1.15)
	for i := range b.colour {
		b.colour[i] *= float32(age * between(rng, 0.94, 1.06))
	}
	gap := func(free float32) int { return int(free * float32(between(rng, -0.6, 0.9))) }
	b.top = gap(s.place.centre.y - s.place.radius)
	b.bottom = s.size.Y - gap(float32(s.size.Y)-s.place.centre.y-s.place.radius)
	return b
}

func newMetal(rng *rand.Rand) metal {
	warm, tone := float32(between(rng, -0.03, 0.04)), float32(between(rng, 0.33, 0.39))
	return metal{
		tone: colour{tone * (1 + warm), tone, tone * (1 - warm)},
		web:  float32(between(rng, 0.66, 0.76)), turning: float32(between(rng, 0.02, 0.06)),
		oil: float32(between(rng, 0, 0.2)), shift: somewhere(rng),
	}
}

func newLight(rng *rand.Rand, radius float64) light {
	azimuth, elevation := rng.Float64()*2*math.Pi, between(rng, 0.8, 1.2)
	sin, cos := math.Sincos(azimuth)
	flat, up := math.Cos(elevation), math.Sin(elevation)
	l := light{
		dir:      [3]float32{float32(cos * flat), float32(sin * flat), float32(up)},
		ambient:  float32(between(rng, 0.55, 0.75)),
		gradient: float32(between(rng, 0.03, 0.18)),
		softness: max(1, int(radius*between(rng, 0.03, 0.09))),
	}
	length := math.Sqrt(flat*flat + (1+up)*(1+up))
	l.half = [2]float32{float32(cos * flat / length), float32(sin * flat / length)}
	height := radius * 0.13 * flat / up // the gear's thickness
	l.shadow = point{float32(-cos * height), float32(-sin * height)}
	warm := float32(between(rng, -0.09, 0.12)) // lamps from cold daylight to warm halogen, partly balanced by the camera
	tint := float32(between(rng, -0.015, 0.015))
	l.colour = colour{1 + warm*0.7, 1 + tint, 1 - warm}
	return l
}

func somewhere(rng *rand.Rand) image.Point { return image.Pt(rng.IntN(tileSide), rng.IntN(tileSide)) }

// speck is one grain of dust or lint.
func speck(rng *rand.Rand, size image.Point) []point {
	x, y := rng.Float64()*float64(size.X), rng.Float64()*float64(size.Y)
	scale := float64(min(size.X, size.Y)) / 480
	long, thin, turn := scale*between(rng, 0.6, 2.2), scale*between(rng, 0.5, 1.1), rng.Float64()*math.Pi
	outline := make([]point, 6)
	for i := range outline {
		sin, cos := math.Sincos(float64(i) * math.Pi / 3)
		u, v := long*cos, thin*sin
		ts, tc := math.Sincos(turn)
		outline[i] = point{float32(x + u*tc - v*ts), float32(y + u*ts + v*tc)}
	}
	return outline
}

// handlingMark is a thin bright line somewhere across the gear: every gear has been in a crate with others.
func handlingMark(rng *rand.Rand, place placement) []point {
	at := place.at(between(rng, 0.2, 0.95), rng.Float64()*2*math.Pi)
	heading, bend := rng.Float64()*2*math.Pi, between(rng, -0.12, 0.12)
	step := float64(place.radius) * between(rng, 0.02, 0.06)
	line := []point{at}
	for range 8 {
		sin, cos := math.Sincos(heading)
		at.x, at.y = at.x+float32(step*cos), at.y+float32(step*sin)
		line, heading = append(line, at), heading+bend
	}
	return ribbon(line, max(0.7, place.radius*0.007))
}
