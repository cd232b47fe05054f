// Package corpus makes what black-box tests train on: small drawn pictures of machine parts, the manifest lines that
// label them, and files that are no usable pictures.
package corpus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"slices"

	"ownsight/examples/belt/draw"
)

// Labels are those of the pictures: told apart easily even when they are small.
var Labels = []string{draw.Good, draw.MissingTooth, draw.Rust}

// size of the pictures, in pixels.
var size = image.Pt(160, 128)

// Picture is one labelled file.
type Picture struct {
	Key   string
	Label string
	File  []byte
}

// Pictures draws n pictures of each label; the same prefix gives the same pictures. Their keys begin with the prefix.
func Pictures(prefix string, n int, labels ...string) (list []Picture) {
	rng := rand.New(rand.NewChaCha8([32]byte([]byte(fmt.Sprintf("%-32.32s", prefix)))))
	for i := range n {
		for _, label := range labels {
			drawn, _ := draw.PictureOf(rng, label, size)
			var file bytes.Buffer
			if err := jpeg.Encode(&file, drawn, nil); err != nil {
				panic(err) // into memory
			}
			list = append(list, Picture{Key: fmt.Sprintf("%s%s-%03d.jpg", prefix, label, i), Label: label, File: file.Bytes()})
		}
	}
	return list
}

// Manifest labels pictures that lie in a bucket, a line each.
func Manifest(bucket string, pictures []Picture) []byte {
	var b bytes.Buffer
	for _, p := range pictures {
		b.WriteString(Line(bucket, p.Key, p.Label) + "\n")
	}
	return b.Bytes()
}

// Line is a manifest line with one label for the whole picture for each of labels.
func Line(bucket, key string, labels ...string) string {
	line := map[string]any{"source-ref": "s3://" + bucket + "/" + key}
	for i, label := range labels {
		name := fmt.Sprintf("part-%d", i)
		line[name] = 1
		line[name+"-metadata"] = map[string]any{
			"class-name": label, "confidence": 1, "type": "groundtruth/image-classification", "job-name": "inspection",
			"human-annotated": "yes", "creation-date": "2024-05-06T07:08:09.101112",
		}
	}
	return marshal(line)
}

// BoxLine is a manifest line with one box.
func BoxLine(bucket, key, label string) string {
	return marshal(map[string]any{
		"source-ref": "s3://" + bucket + "/" + key,
		"boxes": map[string]any{
			"image_size":  []any{map[string]any{"width": size.X, "height": size.Y, "depth": 3}},
			"annotations": []any{map[string]any{"class_id": 0, "left": 10, "top": 10, "width": 40, "height": 40}},
		},
		"boxes-metadata": map[string]any{
			"objects": []any{map[string]any{"confidence": 1}}, "class-map": map[string]any{"0": label},
			"type": "groundtruth/object-detection", "human-annotated": "yes", "creation-date": "2024-05-06T07:08:09",
		},
	})
}

// Square draws one picture as a PNG of width x height and gives its pixels besides, as a network takes them: the planes
// of red, green and blue, each row by row, 0 to 255.
func Square(width, height int, label string) (file []byte, planes []float32) {
	drawn, _ := draw.PictureOf(rand.New(rand.NewPCG(1, 2)), label, image.Pt(width, height))
	var b bytes.Buffer
	if err := png.Encode(&b, drawn); err != nil {
		panic(err) // into memory
	}
	planes = make([]float32, 3*width*height)
	for y := range height {
		for x := range width {
			red, green, blue, _ := drawn.At(x, y).RGBA()
			for c, v := range [...]uint32{red, green, blue} {
				planes[(c*height+y)*width+x] = float32(v >> 8)
			}
		}
	}
	return b.Bytes(), planes
}

// Turned is a JPEG that says how its camera was held: an Exif segment with nothing but the orientation.
func Turned(file []byte, orientation byte) []byte {
	exif := []byte("\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00?\x00\x00\x00\x00\x00\x00")
	exif[bytes.IndexByte(exif, '?')] = orientation
	return slices.Concat(file[:2], exif, file[2:])
}

// Blank is a PNG of the given sides without anything on it.
func Blank(width, height int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		panic(err) // into memory
	}
	return b.Bytes()
}

func marshal(line map[string]any) string {
	b, err := json.Marshal(line)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return string(b)
}
