//go:build !cgo || nojpegturbo

package picture

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"io"
)

// jpegMemory bounds the bytes that image/jpeg holds besides the result: the whole picture, and for progressive ones all
// its coefficients, four bytes each.
func jpegMemory(h Header) int64 {
	samples := int64(h.coding.components) * h.Stored.pixels()
	if h.coding.buffered {
		return 5 * samples
	}
	return samples
}

func decodeJPEG(b []byte, h Header, shrink int, dst *RGB) error {
	var src io.Reader = bytes.NewReader(b)
	if !h.coding.ended {
		// A picture of one scan with all its data but no end marker is sound; image/jpeg would refuse it.
		src = io.MultiReader(src, bytes.NewReader([]byte{0xFF, markerEOI}))
	}
	img, err := jpeg.Decode(src)
	if err != nil {
		return damaged(JPEG, fmt.Sprint(err))
	}
	reduce(img, shrink, dst)
	return nil
}
