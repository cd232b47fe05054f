//go:build !cgo || nojpegturbo || nolibdeflate

package picture

import (
	"image"
	"image/draw"
)

// reduce converts an image of any colour model to RGB, on white where it is transparent, and divides its sides by factor,
// averaging blocks of factor x factor pixels. dst has the divided size.
func reduce(src image.Image, factor int, dst *RGB) {
	bounds := src.Bounds()
	width, height := bounds.Dx(), bounds.Dy()
	// A strip of one row of blocks at a time, so that no second whole picture exists.
	strip := image.NewRGBA(image.Rect(0, 0, width, factor))
	for y := range dst.Size.Height {
		rows := min(factor, height-y*factor)
		area := image.Rect(0, 0, width, rows)
		draw.Draw(strip, area, image.White, image.Point{}, draw.Src)
		draw.Draw(strip, area, src, bounds.Min.Add(image.Pt(0, y*factor)), draw.Over)
		row := dst.Pix[3*y*dst.Size.Width:][:3*dst.Size.Width]
		averageBlocks(strip, rows, factor, row)
	}
}

// averageBlocks writes the mean colour of each block of a strip to dst; blocks at the edges may be smaller.
func averageBlocks(strip *image.RGBA, rows, factor int, dst []byte) {
	width := strip.Rect.Dx()
	for x := 0; len(dst) > 0; x, dst = x+factor, dst[3:] {
		columns := min(factor, width-x)
		var r, g, b uint32
		for y := range rows {
			block := strip.Pix[y*strip.Stride+4*x:][:4*columns]
			for ; len(block) >= 4; block = block[4:] {
				r += uint32(block[0])
				g += uint32(block[1])
				b += uint32(block[2])
			}
		}
		n := uint32(rows * columns)
		dst[0], dst[1], dst[2] = byte((r+n/2)/n), byte((g+n/2)/n), byte((b+n/2)/n)
	}
}
