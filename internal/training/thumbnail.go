package training

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"

	"ownsight/internal/vision/picture"
)

// How thumbnails are drawn. Objects in a picture need more room than the picture itself.
const (
	thumbnailSide    = 200 // pixels of the longer side, at most
	boxedSide        = 320 // the same where boxes are drawn over it
	thumbnailQuality = 70
)

// thumbnail draws a picture small. One that is gone, or has changed since it was looked at, has none: the model is
// trained and judged, and does not fail for that.
func (w *work) thumbnail(ctx context.Context, s sample) ([]byte, error) {
	file, err := w.fetch(ctx, s)
	if refused(err) != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	side := thumbnailSide
	if w.plan.boxed() {
		side = boxedSide
	}
	return shrunk(ctx, w.engine.Decoder(), file, side)
}

// shrunk is a JPEG file of a picture whose longer side has so many pixels at most.
func shrunk(ctx context.Context, d *picture.Decoder, file []byte, side int) ([]byte, error) {
	header, err := picture.Inspect(file)
	if err != nil {
		return nil, err
	}
	size := header.Size
	if longer := max(size.Width, size.Height); longer > side {
		size = picture.Size{Width: max(1, size.Width*side/longer), Height: max(1, size.Height*side/longer)}
	}
	rgb, err := d.Decode(ctx, file, size)
	if err != nil {
		return nil, err
	}
	defer rgb.Release()
	planes := make([]float32, 3*size.Width*size.Height)
	picture.Tensor(rgb, picture.Identity(), size, planes)
	small := image.NewRGBA(image.Rect(0, 0, size.Width, size.Height))
	area := size.Width * size.Height
	for i := range area {
		for c := range 3 {
			small.Pix[4*i+c] = uint8(planes[c*area+i]*128 + 127.5)
		}
		small.Pix[4*i+3] = 255
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: thumbnailQuality}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
