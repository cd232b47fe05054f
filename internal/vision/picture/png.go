package picture

import (
	"bytes"
	"encoding/binary"
)

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	pngHeaderEnd = len(pngSignature) + 8 + 13 + 4 // after the chunk IHDR
)

// pngComponents gives the number of components of each PNG colour type, pngDepths its permitted bit depths
// (PNG specification, table 11.1).
var (
	pngComponents = map[byte]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
	pngDepths     = map[byte]string{0: "\x01\x02\x04\x08\x10", 2: "\x08\x10", 3: "\x01\x02\x04\x08", 4: "\x08\x10", 6: "\x08\x10"}
)

func readPNGHeader(b []byte) (Header, []byte, error) {
	if len(b) < pngHeaderEnd || string(b[8:16]) != "\x00\x00\x00\x0dIHDR" {
		return Header{}, nil, damaged(PNG, "its header chunk is missing")
	}
	ihdr := b[16:29]
	width, height := binary.BigEndian.Uint32(ihdr), binary.BigEndian.Uint32(ihdr[4:])
	depth, colour, interlace := ihdr[8], ihdr[9], ihdr[12]
	if width == 0 || height == 0 || width > 1<<31-1 || height > 1<<31-1 ||
		bytes.IndexByte([]byte(pngDepths[colour]), depth) < 0 || ihdr[10] != 0 || ihdr[11] != 0 || interlace > 1 {
		return Header{}, nil, damaged(PNG, "its header chunk breaks the PNG specification")
	}
	h := Header{
		Format: PNG,
		Stored: Size{Width: int(width), Height: int(height)},
		coding: coding{components: pngComponents[colour], depth: int(depth), indexed: colour == 3, buffered: interlace == 1, ended: true},
	}
	exif, err := h.coding.walkPNG(b[pngHeaderEnd:])
	if err != nil {
		return Header{}, nil, err
	}
	return h, exif, nil
}

// walkPNG goes over the chunks after the header up to the end chunk and returns the body of the eXIf chunk, if any.
func (c *coding) walkPNG(b []byte) (exif []byte, err error) {
	for len(b) >= 12 {
		length, kind := int64(binary.BigEndian.Uint32(b)), string(b[4:8])
		if length > int64(len(b)-12) {
			break
		}
		switch kind {
		case "IDAT":
			c.parts++
			c.data += int(length)
		case "eXIf":
			exif = b[8 : 8+length]
		case "IEND":
			if c.parts == 0 {
				return nil, damaged(PNG, "it has no picture data")
			}
			return exif, nil
		}
		b = b[12+length:]
	}
	return nil, damaged(PNG, "truncated: its end chunk is missing")
}
