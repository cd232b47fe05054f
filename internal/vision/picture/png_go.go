//go:build !cgo || nolibdeflate

package picture

import (
	"bytes"
	"fmt"
	"image/png"
)

// pngMemory bounds the bytes that image/png allocates for the pixels.
func pngMemory(h Header) int64 {
	bytes := 4 * h.Stored.pixels()
	if h.coding.depth == 16 {
		bytes *= 2
	}
	if h.coding.buffered {
		bytes *= 2 // each of the seven passes is an image of its own, together as large as the whole
	}
	return bytes
}

func decodePNG(b []byte, _ Header, shrink int, dst *RGB) error {
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return damaged(PNG, fmt.Sprint(err))
	}
	reduce(img, shrink, dst)
	return nil
}
