package picture

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
