package corpus

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"

	belt "ownsight/examples/belt/draw"
)

// MixedLabels are those of pictures that have any of them, in alphabetical order.
var MixedLabels = []string{"dim", belt.MissingTooth, belt.Rust}

// Mixed is one file with one label or several.
type Mixed struct {
	Key    string
	Labels []string
	File   []byte
}

// MixedPictures draws n pictures of two gears side by side: one may lack teeth, the other may be rusty, and the light may
// be low. Every mixture of the labels comes in turn, but never none. The same prefix gives the same pictures.
func MixedPictures(prefix string, n int) (list []Mixed) {
	rng := rand.New(rand.NewChaCha8([32]byte([]byte(fmt.Sprintf("%-32.32s", prefix)))))
	for i := range n {
		p := Mixed{Key: fmt.Sprintf("%smixed-%03d.jpg", prefix, i)}
		has := map[string]bool{}
		for bit, label := range MixedLabels {
			if (i%7+1)&(1<<bit) != 0 {
				p.Labels, has[label] = append(p.Labels, label), true
			}
		}
		var file bytes.Buffer
		if err := jpeg.Encode(&file, twoGears(rng, has), nil); err != nil {
			panic(err) // into memory
		}
		p.File = file.Bytes()
		list = append(list, p)
	}
	return list
}

func twoGears(rng *rand.Rand, has map[string]bool) image.Image {
	half := image.Pt(size.X/2+16, size.Y)
	picture := image.NewRGBA(image.Rect(0, 0, 2*half.X, half.Y))
	places := rng.Perm(2)
	for i, label := range []string{belt.MissingTooth, belt.Rust} {
		if !has[label] {
			label = belt.Good
		}
		gear, _ := belt.PictureOf(rng, label, half)
		at := image.Pt(places[i]*half.X, 0)
		draw.Draw(picture, image.Rectangle{at, at.Add(half)}, gear, gear.Bounds().Min, draw.Src)
	}
	if has["dim"] {
		draw.Draw(picture, picture.Bounds(), image.NewUniform(color.Alpha{170}), image.Point{}, draw.Over)
	}
	return picture
}

// MixedManifest labels pictures that lie in a bucket, a line each.
func MixedManifest(bucket string, pictures []Mixed) []byte {
	var b bytes.Buffer
	for _, p := range pictures {
		b.WriteString(Line(bucket, p.Key, p.Labels...) + "\n")
	}
	return b.Bytes()
}
