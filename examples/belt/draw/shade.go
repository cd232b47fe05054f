package draw

import (
	"image"
	"math"
	"sync"
)

// expose computes the light that reaches the camera, as a red, a green and a blue plane.
func (s *scene) expose(m *masks) [3]plane {
	var film [3]plane
	for c := range film {
		film[c] = newPlane(s.size)
	}
	w, h := s.size.X, s.size.Y
	for y := range h {
		for x := range w {
			i := y*w + x
			var seen colour
			if m.body.v[i] < 1 {
				seen = s.beltAt(x, y, m)
			}
			if m.body.v[i] > 0 {
				metal := s.metalAt(x, y, m)
				for c := range seen {
					seen[c] = mix(seen[c], metal[c], m.body.v[i])
				}
			}
			dust := 0.6 * m.dust.v[i]
			lamp := s.lampAt(x, y)
			for c := range film {
				film[c].v[i] = mix(seen[c], 0.28, dust) * lamp * s.light.colour[c]
			}
		}
	}
	return film
}

// lampAt is how brightly the lamp lights a place and the lens shows it.
func (s *scene) lampAt(x, y int) float32 {
	u, v := float32(2*x)/float32(s.size.X)-1, float32(2*y)/float32(s.size.Y)-1
	side := 1 + s.light.gradient*(u*s.light.dir[0]+v*s.light.dir[1])
	return s.camera.exposure * side * (1 - s.camera.vignette*0.5*(u*u+v*v))
}

// beltAt is the colour of the belt, or of the guide rail beside it, under the shadow of the gear.
func (s *scene) beltAt(x, y int, m *masks) colour {
	b, t := &s.belt, s.tiles
	sx, sy := x-int(s.light.shadow.x), y-int(s.light.shadow.y)
	sx, sy = min(max(sx, 0), s.size.X-1), min(max(sy, 0), s.size.Y-1)
	lit := 1 - m.shadow.v[sy*s.size.X+sx]*(1-s.light.ambient) - 0.2*m.shadow.v[y*s.size.X+x]
	if y < b.top || y >= b.bottom {
		return s.railAt(x, y, lit)
	}
	edge := smooth(float32(min(y-b.top, b.bottom-1-y)) / 10) // the rail's shadow
	texture := 1 + b.relief*t.grain.at(x+b.shift.X, y+b.shift.Y)
	if b.weave > 0 {
		texture += b.relief * weave(x+b.shift.X, y+b.shift.Y, b.weave)
	}
	streak := t.cloud.at((x+b.shift.Y)>>4, y*2+b.shift.X)
	stain := t.cloud.at(x+b.shift.Y, y+b.shift.X)
	texture *= 1 + b.wear*max(streak, 0) + 0.25*min(stain, 0)
	lit *= texture * (0.45 + 0.55*edge)
	return colour{b.colour[0] * lit, b.colour[1] * lit, b.colour[2] * lit}
}

// railAt is the brushed aluminium guide beside the belt.
func (s *scene) railAt(x, y int, lit float32) colour {
	brushed := 0.26 + 0.05*s.tiles.cloud.at((x+s.belt.shift.X)>>5, y*7+s.belt.shift.Y)
	v := lit * brushed * (0.8 + 0.4*s.light.dir[2])
	return colour{v * 0.98, v, v * 1.03}
}

// weave is the relief of a plain fabric, threads over and under each other; about -1..1.
func weave(x, y, pitch int) float32 {
	over := float32(1)
	if (x/pitch+y/pitch)%2 == 0 {
		x, over = y, 0.8
	}
	across := float32(x%pitch)/float32(pitch)*2 - 1
	return over * (1 - 2*across*across)
}

// metalAt is the colour of the gear.
func (s *scene) metalAt(x, y int, m *masks) colour {
	i, t, l := y*s.size.X+x, s.tiles, &s.light
	dx, dy := float32(x)-s.place.centre.x, float32(y)-s.place.centre.y
	radius := float32(math.Sqrt(float64(dx*dx+dy*dy))) + 1e-3
	face, rust := m.faces.v[i], m.rust.v[i]
	gx, gy := m.relief.slope(x, y)
	rough := (1 - face) * 0.25
	gx += rough * t.grain.at(x+s.metal.shift.X, y)
	gy += rough * t.grain.at(x+s.metal.shift.X, y+99)
	lean := 1 / float32(math.Sqrt(float64(1+gx*gx+gy*gy)))
	diffuse := max(0, (l.dir[2]-gx*l.dir[0]-gy*l.dir[1])*lean)

	// Lathe rings shine where they run across the light: a bow tie of light over the turned faces.
	along := (-dy*l.half[0] + dx*l.half[1]) / radius
	shine := 1 - along*along
	shine *= shine
	shine *= shine
	shine *= shine
	ring := 1 + s.metal.turning*t.white.at(int(radius*1.3), s.metal.shift.Y)
	gloss := face*0.55*shine*ring + 0.15*max(0, -gx*l.half[0]-gy*l.half[1])*4

	open := 1 - min(max((m.depth.v[i]-m.relief.v[i])*0.045, -0.1), 0.6)
	tone := mix(s.metal.web*(1+0.1*t.cloud.at(x+s.metal.shift.Y, y)), ring, face)
	tone *= 1 + s.metal.oil*min(0, t.cloud.at(x+s.metal.shift.X, y+s.metal.shift.Y)+0.15)
	tone += 0.35 * m.marks.v[i]
	dark := (1 - 0.9*m.torn.v[i]) * (1 - 0.55*m.seep.v[i])
	lit := (l.ambient + (1-l.ambient)*diffuse) * open * dark
	gloss *= open * dark * (1 - rust)

	corroded := 0.75 + 0.5*t.cloud.at(2*x+s.metal.shift.Y, 2*y) + 0.2*t.grain.at(x, y)
	rusty := colour{0.23 * corroded, 0.085 * corroded * corroded, 0.028 * corroded}
	var out colour
	for c := range out {
		out[c] = mix(s.metal.tone[c]*tone, rusty[c], 0.92*rust)*lit + gloss*s.metal.tone[c]
	}
	return out
}

// slope is the gradient at a pixel.
func (p plane) slope(x, y int) (gx, gy float32) {
	if x == 0 || y == 0 || x == p.w-1 || y == p.h-1 {
		return 0, 0
	}
	i := y*p.w + x
	return (p.v[i+1] - p.v[i-1]) / 2, (p.v[i+p.w] - p.v[i-p.w]) / 2
}

// develop blurs what moved while the shutter was open, adds the sensor's noise and turns light into sRGB.
func (s *scene) develop(film [3]plane) image.Image {
	out := image.NewRGBA(image.Rectangle{Max: s.size})
	noise, gamma := s.tiles.white, sRGB()
	moved := make([]float32, s.size.X)
	for c, p := range film {
		for y := range p.h {
			boxBlur(moved, p.v[y*p.w:(y+1)*p.w], s.camera.motion)
			grain, shift := noise.row(y+s.camera.shift.Y+c*91), s.camera.shift.X+c*177
			pix := out.Pix[y*out.Stride : (y+1)*out.Stride]
			for x, v := range moved {
				level := gamma[int(min(max(v, 0), 1)*float32(len(gamma)-1))]
				level += s.camera.noise * grain[(x+shift)&(tileSide-1)]
				pix[4*x+c] = uint8(min(max(level+0.5, 0), 255))
				pix[4*x+3] = 255
			}
		}
	}
	return out
}

// sRGB turns linear light, 0..1 in steps of 1/4095, into 0..255.
var sRGB = sync.OnceValue(func() *[4096]float32 {
	var table [4096]float32
	for i := range table {
		v := float64(i) / float64(len(table)-1)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		table[i] = float32(v * 255)
	}
	return &table
})
