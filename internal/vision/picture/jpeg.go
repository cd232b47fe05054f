package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

const (
	jpegSignature = "\xff\xd8\xff"
	exifSignature = "Exif\x00\x00"

	// maxScans bounds a progressive JPEG. Encoders write about ten scans. Each one makes the decoder walk over the whole
	// picture again, however few bytes it has: 100 scans of 4096 x 4096 pixels in a file of 200 kB kept a core busy
	// for two seconds.
	maxScans = 32
)

// JPEG markers, ITU-T T.81 table B.1.
const (
	markerTEM  = 0x01
	markerSOF0 = 0xC0 // baseline
	markerSOF2 = 0xC2 // progressive
	markerDHT  = 0xC4
	markerDAC  = 0xCC
	markerSOFF = 0xCF
	markerRST0 = 0xD0
	markerRST7 = 0xD7
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerSOS  = 0xDA
	markerDQT  = 0xDB
	markerDNL  = 0xDC
	markerDRI  = 0xDD
	markerAPP0 = 0xE0
	markerAPP1 = 0xE1
	markerAPPF = 0xEF
	markerCOM  = 0xFE
)

// jpegReader walks over the segments of a JPEG file by the same rules as libjpeg, or stricter ones, so that it never
// sees fewer scans than the decoder will.
type jpegReader struct {
	header Header
	exif   []byte // TIFF structure of the first Exif segment
	scans  int
}

func readJPEGHeader(b []byte) (Header, []byte, error) {
	r := jpegReader{header: Header{Format: JPEG}}
	if err := r.walk(b); err != nil {
		return Header{}, nil, err
	}
	c := &r.header.coding
	switch {
	case r.scans == 0:
		return Header{}, nil, damaged(JPEG, "it ends before the picture data")
	case c.buffered && !c.ended:
		// With several scans nobody can tell whether a later one is missing. With one, the decoder can.
		return Header{}, nil, damaged(JPEG, "truncated: its end marker is missing")
	}
	return r.header, r.exif, nil
}

func (r *jpegReader) walk(b []byte) error {
	for pos := len(jpegSignature) - 1; ; {
		marker, next, found := nextMarker(b, pos)
		if !found {
			return nil
		}
		pos = next
		switch {
		case marker == markerEOI:
			r.header.coding.ended = true
			return nil
		case marker == markerTEM, markerRST0 <= marker && marker <= markerRST7:
			continue // these have no body
		case marker == markerSOI:
			return damaged(JPEG, "a second picture starts inside the first")
		}
		if len(b)-pos < 2 {
			return nil
		}
		length := int(binary.BigEndian.Uint16(b[pos:]))
		if length < 2 {
			return damaged(JPEG, fmt.Sprintf("segment %#x has an impossible length", marker))
		}
		if length > len(b)-pos {
			return nil
		}
		if err := r.segment(marker, b[pos+2:pos+length]); err != nil {
			return err
		}
		pos += length
	}
}

// nextMarker finds the next marker at or after pos, past entropy-coded data, stuffed zeros and fill bytes, and
// returns it with the position after it.
func nextMarker(b []byte, pos int) (marker byte, next int, found bool) {
	for {
		i := bytes.IndexByte(b[pos:], 0xFF)
		if i < 0 {
			return 0, 0, false
		}
		pos += i
		for pos < len(b) && b[pos] == 0xFF {
			pos++
		}
		if pos == len(b) {
			return 0, 0, false
		}
		pos++
		if b[pos-1] != 0 {
			return b[pos-1], pos, true
		}
	}
}

func (r *jpegReader) segment(marker byte, body []byte) error {
	switch {
	case marker == markerAPP1:
		if tiff, ok := bytes.CutPrefix(body, []byte(exifSignature)); ok && r.exif == nil {
			r.exif = tiff
		}
		return nil
	case marker == markerSOS:
		return r.scan(body)
	case marker == markerDHT, marker == markerDQT, marker == markerDRI, marker == markerDNL, marker == markerDAC,
		marker == markerCOM, markerAPP0 <= marker && marker <= markerAPPF:
		return nil
	case markerSOF0 <= marker && marker <= markerSOF2:
		return r.frame(marker, body)
	case markerSOF2 < marker && marker <= markerSOFF:
		return unsupported(JPEG, "lossless, hierarchical or arithmetic coding", "save it as baseline or progressive JPEG")
	}
	return damaged(JPEG, fmt.Sprintf("unknown segment %#x", marker))
}

func (r *jpegReader) frame(marker byte, body []byte) error {
	c := &r.header.coding
	if c.components != 0 {
		return damaged(JPEG, "it has two frame headers")
	}
	if len(body) < 6 || len(body) != 6+3*int(body[5]) {
		return damaged(JPEG, "its frame header has the wrong length")
	}
	height, width := binary.BigEndian.Uint16(body[1:]), binary.BigEndian.Uint16(body[3:])
	*c = coding{components: int(body[5]), depth: int(body[0]), buffered: marker == markerSOF2}
	r.header.Stored = Size{Width: int(width), Height: int(height)}
	switch {
	case c.depth != 8:
		return unsupported(JPEG, fmt.Sprintf("%d bits a colour", c.depth), "save it with 8 bits")
	case c.components != 1 && c.components != 3 && c.components != 4:
		return unsupported(JPEG, fmt.Sprintf("%d colour components", c.components), "save it as RGB or grey")
	case width == 0 || height == 0:
		return damaged(JPEG, "its frame header names no size")
	}
	return nil
}

func (r *jpegReader) scan(body []byte) error {
	c := &r.header.coding
	switch {
	case c.components == 0:
		return damaged(JPEG, "picture data comes before the frame header")
	case len(body) < 1:
		return damaged(JPEG, "empty scan header")
	}
	if r.scans++; r.scans > maxScans {
		return unsupported(JPEG, fmt.Sprintf("more than %d scans", maxScans), "save it anew")
	}
	if r.scans > 1 || int(body[0]) < c.components {
		c.buffered = true
	}
	return nil
}
