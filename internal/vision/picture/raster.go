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

// upright copies src into dst as its EXIF orientation asks (EXIF 2.32, tag 274) and returns dst, which has the upright size.
func upright(src *RGB, orientation int, dst *RGB) *RGB {
	right, down := 3, 3*src.Size.Width // steps through src for a step right and a step down in dst
	first := 0                         // where dst's top left pixel lies in src
	lastColumn, lastRow := right*(src.Size.Width-1), down*(src.Size.Height-1)
	switch orientation {
	case 2: // mirrored
		first, right = lastColumn, -right
	case 3: // upside down
		first, right, down = lastColumn+lastRow, -right, -down
	case 4: // upside down and mirrored
		first, down = lastRow, -down
	case 5: // rows are columns from the left
		right, down = down, right
	case 6: // rows are columns from the right
		first, right, down = lastRow, -down, right
	case 7: // rows are columns from the right, bottom up
		first, right, down = lastColumn+lastRow, -down, -right
	case 8: // rows are columns from the left, bottom up
		first, right, down = lastColumn, down, -right
	}
	out := dst.Pix
	for range dst.Size.Height {
		at := first
		for range dst.Size.Width {
			pixel := src.Pix[at : at+3 : at+3]
			out[0], out[1], out[2] = pixel[0], pixel[1], pixel[2]
			out, at = out[3:], at+right
		}
		first += down
	}
	return dst
}
