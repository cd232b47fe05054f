package draw

import (
	"image"
	"math"
)

// masks is the gear of a scene as planes: what covers a pixel, and how high the metal stands there.
type masks struct {
	body   plane // metal
	faces  plane // the part of it that was machined: rim, teeth and hub
	relief plane // height in pixels, edges rounded
	depth  plane // relief, smeared: a place lower than its surroundings gets less light
	shadow plane // of the gear on the belt, before the light shifts it
	torn   plane // cracks, and the rough faces where teeth broke off
	seep   plane // oil that came out of a crack
	rust   plane
	dust   plane
	marks  plane
}

func newMasks(s *scene, g gear) *masks {
	blank := newPlane(s.size)
	m := &masks{
		body:  fill(s.size, append([][]point{g.outer}, g.inner...)...),
		faces: fill(s.size, g.outer, reversed(circle(g.place, 0, 0, rimRadius)), circle(g.place, 0, 0, hubRadius)),
		dust:  fill(s.size, s.dust...),
		marks: fill(s.size, s.marks...),
		torn:  blank,
		seep:  blank,
		rust:  blank,
	}
	if g.crack != nil {
		m.torn = fill(s.size, g.crack...)
		m.seep = m.seeped(s)
	}
	if g.torn != nil {
		m.torn = s.roughen(fill(s.size, g.torn...))
	}
	if g.rust != nil {
		m.rust = corrode(s, g.rust)
	}
	height := newPlane(s.size)
	unit := g.place.radius / 200
	for i, body := range m.body.v {
		if body > 0 {
			height.v[i] = unit * body * (4 + 5*m.faces.v[i]) * (1 - 0.6*m.torn.v[i])
		}
	}
	m.relief = height.blurred(max(1, int(unit*1.7)))
	m.depth = m.relief.blurred(max(2, int(unit*9)))
	m.shadow = m.body.blurred(s.light.softness)
	return m
}

// defect is the box around what is wrong with the gear.
func (m *masks) defect(s *scene, g gear) image.Rectangle {
	if g.gone != nil {
		return fill(s.size, append(g.gone, g.torn...)...).bounds(0.3)
	}
	seen := newPlane(s.size)
	for i, body := range m.body.v {
		seen.v[i] = body * max(m.torn.v[i], m.rust.v[i])
	}
	return seen.bounds(0.3)
}

// roughen makes a face look torn: dark, with crystals that glint.
func (s *scene) roughen(face plane) plane {
	for i, v := range face.v {
		if v > 0 {
			x, y := i%face.w, i/face.w
			face.v[i] = v * min(max(0.72+0.3*s.tiles.grain.at(x+s.metal.shift.Y, y)+0.2*s.tiles.cloud.at(x*4, y*4), 0), 1)
		}
	}
	return face
}

// seeped is the oil around the cracks, more of it here than there.
func (m *masks) seeped(s *scene) plane {
	out := m.torn.blurred(max(2, int(s.place.radius*0.03)))
	for i, v := range out.v {
		x, y := i%out.w, i/out.w
		out.v[i] = smooth(v * 5 * (0.8 + 0.6*s.tiles.cloud.at(x*2+s.metal.shift.Y, y*2)))
	}
	return out
}

// corrode grows patches of rust: thick in the middle, ragged at the edge, with islands around.
func corrode(s *scene, patches []rust) plane {
	out := newPlane(s.size)
	noise, zoom := s.tiles.cloud, 240/s.place.radius
	for _, r := range patches {
		reach := image.Pt(int(r.radius)+1, int(r.radius)+1)
		middle := image.Pt(int(r.centre.x), int(r.centre.y))
		area := image.Rectangle{middle.Sub(reach), middle.Add(reach)}.Intersect(image.Rectangle{Max: s.size})
		for y := area.Min.Y; y < area.Max.Y; y++ {
			for x := area.Min.X; x < area.Max.X; x++ {
				dx, dy := float32(x)-r.centre.x, float32(y)-r.centre.y
				near := 1 - float32(math.Sqrt(float64(dx*dx+dy*dy)))/r.radius
				n := noise.at(r.seed+int(dx*zoom)+tileSide, r.seed+int(dy*zoom)+tileSide)
				i := y*s.size.X + x
				out.v[i] = max(out.v[i], smooth((min(near, 1)+0.6*n-0.22)*4)*smooth(near*8))
			}
		}
	}
	return out
}

// bounds is the smallest rectangle around all values above the threshold.
func (p plane) bounds(threshold float32) image.Rectangle {
	var box image.Rectangle
	for y := range p.h {
		for x, v := range p.v[y*p.w : (y+1)*p.w] {
			if v > threshold {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}
