package corpus

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
)

// ShapeLabels are those of the shapes, in alphabetical order.
var ShapeLabels = []string{"disc", "square"}

// shapesSize is that of the pictures of shapes, in pixels.
var shapesSize = image.Pt(192, 160)

// Drawn is one file and the shapes on it.
type Drawn struct {
	Key    string
	Shapes []Shape
	File   []byte
}

// Shape is a labelled rectangle, in pixels.
type Shape struct {
	Label string
	image.Rectangle
}

// Shapes draws n pictures of red discs and blue squares on noise: one on some, two on others, and on every eighth none.
// The same prefix gives the same pictures.
func Shapes(prefix string, n int) (list []Drawn) {
	rng := rand.New(rand.NewChaCha8([32]byte([]byte(fmt.Sprintf("%-32.32s", prefix)))))
	for i := range n {
		p := Drawn{Key: fmt.Sprintf("%sshapes-%03d.png", prefix, i)}
		picture := image.NewNRGBA(image.Rectangle{Max: shapesSize})
		for y := range shapesSize.Y {
			for x := range shapesSize.X {
				grey := func() uint8 { return uint8(100 + rng.IntN(50)) }
				picture.SetNRGBA(x, y, color.NRGBA{grey(), grey(), grey(), 255})
			}
		}
		half := shapesSize.X / 2 // so that two never overlap
		for place := range []int{1, 2, 1, 2, 1, 2, 1, 0}[i%8] {
			side := 44 + rng.IntN(36)
			at := image.Pt(place*half+rng.IntN(half-side), rng.IntN(shapesSize.Y-side))
			s := Shape{Label: ShapeLabels[rng.IntN(2)], Rectangle: image.Rectangle{at, at.Add(image.Pt(side, side))}}
			s.draw(picture)
			p.Shapes = append(p.Shapes, s)
		}
		var file bytes.Buffer
		if err := png.Encode(&file, picture); err != nil {
			panic(err) // into memory
		}
		p.File = file.Bytes()
		list = append(list, p)
	}
	return list
}

func (s Shape) draw(picture *image.NRGBA) {
	middle, side := s.Min.Add(s.Max), s.Dx() // twice the middle, to stay in whole numbers
	for y := s.Min.Y; y < s.Max.Y; y++ {
		for x := s.Min.X; x < s.Max.X; x++ {
			dx, dy := 2*x+1-middle.X, 2*y+1-middle.Y
			switch {
			case s.Label == ShapeLabels[1]:
				picture.SetNRGBA(x, y, color.NRGBA{30, 40, 230, 255})
			case dx*dx+dy*dy <= side*side:
				picture.SetNRGBA(x, y, color.NRGBA{230, 40, 30, 255})
			}
		}
	}
}

// ShapesManifest draws a box around each shape of pictures that lie in a bucket, a line for each picture.
func ShapesManifest(bucket string, pictures []Drawn) []byte {
	var b bytes.Buffer
	for _, p := range pictures {
		annotations, objects, names := []any{}, []any{}, map[string]any{}
		for _, s := range p.Shapes {
			class := 0
			if s.Label == ShapeLabels[1] {
				class = 1
			}
			names[fmt.Sprint(class)] = s.Label
			objects = append(objects, map[string]any{"confidence": 1})
			annotations = append(annotations, map[string]any{"class_id": class, "left": s.Min.X, "top": s.Min.Y, "width": s.Dx(), "height": s.Dy()})
		}
		b.WriteString(marshal(map[string]any{
			"source-ref": "s3://" + bucket + "/" + p.Key,
			"shapes": map[string]any{
				"image_size":  []any{map[string]any{"width": shapesSize.X, "height": shapesSize.Y, "depth": 3}},
				"annotations": annotations,
			},
			"shapes-metadata": map[string]any{
				"objects": objects, "class-map": names, "type": "groundtruth/object-detection", "human-annotated": "yes",
				"creation-date": "2024-05-06T07:08:09",
			},
		}) + "\n")
	}
	return b.Bytes()
}
