package training

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"

	"ownsight"
	"ownsight/internal/threads"
)

// see gives a digest of what this node makes of a picture: of the network, and of all the numbers that decoder, views and
// network gave for a drawn one. Nodes of the same digest may look at each other's pictures, for it makes no difference to a
// model which of them did. Other kinds of CPU, other fronts, or a GPU on one of them give other numbers.
func (s *Service) see() (digest string, err error) {
	threads.Background.Do(func() { digest, err = s.lookAtDrawn(context.Background()) })
	return digest, err
}

func (s *Service) lookAtDrawn(ctx context.Context) (string, error) {
	file, err := drawn()
	if err != nil {
		return "", err
	}
	_, views := looks(1)
	l := &looker{Service: s, looking: looking{Rows: views, Views: views}}
	features, maps, err := l.lookAtOne(ctx, ownsight.Train, sample{}, file, nil, nil)
	if err != nil {
		return "", fmt.Errorf("a drawn picture: %w", err)
	}
	hash := sha256.New()
	hash.Write([]byte(s.engine.Net().Digest))
	hash.Write(features)
	hash.Write(maps)
	return fmt.Sprintf("%x", hash.Sum(nil)), nil
}

// drawn is a JPEG that is larger than the network's input, with something on it at every size.
func drawn() ([]byte, error) {
	const width, height = 640, 480
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{uint8(x * y / 97), uint8(x/5 ^ y/3), uint8((x*x + 3*y*y) / 1021), 255})
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, nil)
	return b.Bytes(), err
}
