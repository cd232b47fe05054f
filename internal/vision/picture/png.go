package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/png"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngComponents gives the number of components of each PNG colour type, pngDepths its permitted bit depths
// (PNG specification, table 11.1).
var (
	pngComponents = map[byte]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
	pngDepths     = map[byte]string{0: "\x01\x02\x04\x08\x10", 2: "\x08\x10", 3: "\x01\x02\x04\x08", 4: "\x08\x10", 6: "\x08\x10"}
)

func readPNGHeader(b []byte) (Header, []byte, error) {
	const headerEnd = len(pngSignature) + 8 + 13 + 4
	if len(b) < headerEnd || string(b[8:16]) != "\x00\x00\x00\x0dIHDR" {
		return Header{}, nil, damaged(PNG, "its header chunk is missing")
	}
	ihdr := b[16:29]
	width, height := binary.BigEndian.Uint32(ihdr), binary.BigEndian.Uint32(ihdr[4:])
	depth, colour, interlace := ihdr[8], ihdr[9], ihdr[12]
	if width == 0 || height == 0 || width > 1<<31-1 || height > 1<<31-1 ||
		bytes.IndexByte([]byte(pngDepths[colour]), depth) < 0 || ihdr[10] != 0 || ihdr[11] != 0 || interlace > 1 {
		return Header{}, nil, damaged(PNG, "its header chunk breaks the PNG specification")
	}
	exif, err := walkPNG(b[headerEnd:])
	if err != nil {
		return Header{}, nil, err
	}
	return Header{
		Format: PNG,
		Stored: Size{Width: int(width), Height: int(height)},
		coding: coding{components: pngComponents[colour], depth: int(depth), buffered: interlace == 1, ended: true},
	}, exif, nil
}

// walkPNG goes over the chunks after the header up to the end chunk and returns the body of the eXIf chunk, if any.
func walkPNG(b []byte) (exif []byte, err error) {
	for data := false; len(b) >= 12; {
		length, kind := int64(binary.BigEndian.Uint32(b)), string(b[4:8])
		if length > int64(len(b)-12) {
			break
		}
		switch kind {
		case "IDAT":
			data = true
		case "eXIf":
			exif = b[8 : 8+length]
		case "IEND":
			if !data {
				return nil, damaged(PNG, "it has no picture data")
			}
			return exif, nil
		}
		b = b[12+length:]
	}
	return nil, damaged(PNG, "truncated: its end chunk is missing")
}

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

func decodePNG(b []byte, shrink int, dst *RGB) error {
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return damaged(PNG, fmt.Sprint(err))
	}
	reduce(img, shrink, dst)
	return nil
}
