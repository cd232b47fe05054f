package picture

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// blockJPEG writes JPEG files that image/jpeg's encoder cannot: any number of components, progressive, with markers
// left out or repeated. Every block of 8 x 8 pixels has one colour, which survives the coding exactly.
type blockJPEG struct {
	Size
	components  int
	value       func(component, blockX, blockY int) byte // as stored: YCbCr or inks
	progressive bool
	scans       int  // copies of the picture data; 0 means 1
	adobe       bool // with the marker of Adobe's programs: four components are then inverted CMYK
	orientation int  // 0 leaves EXIF out
}

func (j blockJPEG) bytes() []byte {
	var b bytes.Buffer
	b.WriteString("\xff\xd8")
	if j.orientation != 0 {
		segment(&b, markerAPP1, append([]byte(exifSignature), exifOrientation(binary.BigEndian, uint16(j.orientation))...))
	}
	if j.adobe {
		segment(&b, 0xEE, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))
	}
	segment(&b, markerDQT, append([]byte{0}, bytes.Repeat([]byte{8}, 64)...)) // so that a block's DC coefficient is its value - 128
	frame := []byte{8, byte(j.Height >> 8), byte(j.Height), byte(j.Width >> 8), byte(j.Width), byte(j.components)}
	scan := []byte{byte(j.components)}
	for c := range byte(j.components) {
		frame = append(frame, c+1, 0x11, 0)
		scan = append(scan, c+1, 0)
	}
	marker, last := byte(markerSOF0), byte(63)
	if j.progressive {
		marker, last = markerSOF2, 0 // one scan of DC coefficients is a whole, if coarse, picture
	}
	segment(&b, marker, frame)
	// DC: categories 0 to 11 in four bits each. AC: the end of a block in one bit.
	segment(&b, markerDHT, []byte{0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
	segment(&b, markerDHT, []byte{0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	for range max(j.scans, 1) {
		segment(&b, markerSOS, append(scan, 0, last, 0))
		j.writeBlocks(&b)
	}
	b.WriteString("\xff\xd9")
	return b.Bytes()
}

func (j blockJPEG) writeBlocks(b *bytes.Buffer) {
	var word, length uint
	put := func(value, n uint) {
		for word, length = word<<n|value, length+n; length >= 8; length -= 8 {
			octet := byte(word >> (length - 8))
			b.WriteByte(octet)
			if octet == 0xFF {
				b.WriteByte(0)
			}
		}
	}
	previous := make([]int, j.components)
	for y := range (j.Height + 7) / 8 {
		for x := range (j.Width + 7) / 8 {
			for c := range j.components {
				dc := int(j.value(c, x, y)) - 128
				difference := dc - previous[c]
				previous[c] = dc
				category := uint(bits.Len(uint(max(difference, -difference))))
				put(category, 4)
				if difference < 0 {
					difference += 1<<category - 1
				}
				put(uint(difference), category)
				if !j.progressive {
					put(0, 1)
				}
			}
		}
	}
	put(0x7F, 7)
}

func segment(b *bytes.Buffer, marker byte, body []byte) {
	b.Write([]byte{0xFF, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)})
	b.Write(body)
}

// exifOrientation is a TIFF structure with the orientation tag and nothing else.
func exifOrientation(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("MM")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		b = []byte("II")
	}
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)      // where the directory starts
	b = order.AppendUint16(b, 1)      // its entries
	b = order.AppendUint16(b, 0x0112) // Orientation
	b = order.AppendUint16(b, 3)      // type SHORT
	b = order.AppendUint32(b, 1)      // one value
	b = order.AppendUint16(b, orientation)
	b = order.AppendUint16(b, 0)
	return order.AppendUint32(b, 0) // no further directory
}
