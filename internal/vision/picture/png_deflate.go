//go:build cgo && !nolibdeflate

package picture

/*
// The static library, as for JPEG.
#cgo linux LDFLAGS: -l:libdeflate.a
#cgo !linux LDFLAGS: -ldeflate
#include "png_rows.h"
*/
import "C"

import (
	"errors"
	"sync"
	"unsafe"
)

// pngScratch holds the rows of pictures that are being decoded.
var pngScratch = sync.Pool{New: func() any { return new(buffer) }}

// pngMemory bounds the bytes that are held besides the result: all rows as the file has them, its compressed data once
// more if that lies in parts, and an interlaced picture in RGB.
func pngMemory(h Header) int64 {
	bytes := pngRawBytes(h)
	if h.coding.parts > 1 {
		bytes += int64(h.coding.data)
	}
	if h.coding.buffered {
		bytes += 3 * h.Stored.pixels()
	}
	return bytes
}

// pngRawBytes is the length of all rows of all passes, each with its filter's number.
func pngRawBytes(h Header) int64 {
	rows := func(s Size) int64 {
		if s.Width == 0 {
			return 0
		}
		return int64(s.Height) * int64(1+(s.Width*h.coding.components*h.coding.depth+7)/8)
	}
	if !h.coding.buffered {
		return rows(h.Stored)
	}
	total := int64(0)
	for _, pass := range pngPasses {
		total += rows(pass.of(h.Stored))
	}
	return total
}

// pngPass says which pixels a pass of an interlaced picture has: from x, y on each one so far to the right and down.
type pngPass struct{ x, y, right, down int }

// pngPasses are those of the PNG specification, section 8.2.
var pngPasses = [7]pngPass{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}

func (p pngPass) of(s Size) Size {
	return Size{Width: (s.Width - p.x + p.right - 1) / p.right, Height: (s.Height - p.y + p.down - 1) / p.down}
}

func decodePNG(b []byte, h Header, shrink int, dst *RGB) error {
	chunks, err := readPNGChunks(b, h.coding)
	if err != nil {
		return err
	}
	scratch := pngScratch.Get().(*buffer)
	defer pngScratch.Put(scratch)
	raw := int(pngRawBytes(h))
	memory := scratch.take(int(pngMemory(h)) + C.PNG_SLACK)
	rows, rest := memory[:raw+C.PNG_SLACK], memory[raw+C.PNG_SLACK:]
	data := chunks.data[0]
	if len(chunks.data) > 1 {
		data = rest[:0]
		for _, part := range chunks.data {
			data = append(data, part...)
		}
		rest = rest[len(data):]
	}
	status := C.inflate_png((*C.uint8_t)(unsafe.SliceData(data)), C.size_t(len(data)), (*C.uint8_t)(unsafe.SliceData(rows)), C.size_t(raw))
	if status == C.PNG_DECODED {
		form := chunks.form(h)
		status = C.decode_png_rows(&form, (*C.uint8_t)(unsafe.SliceData(rows)), C.int(shrink),
			(*C.uint8_t)(unsafe.SliceData(rest)), (*C.uint8_t)(unsafe.SliceData(dst.Pix)))
	}
	switch status {
	case C.PNG_DECODED:
		return nil
	case C.PNG_OUT_OF_MEMORY:
		return errors.New("out of memory while decoding a PNG picture")
	case C.PNG_TOO_LITTLE:
		return damaged(PNG, "it has too little pixel data")
	case C.PNG_TOO_MUCH:
		return damaged(PNG, "it has too much pixel data")
	case C.PNG_BAD_FILTER:
		return damaged(PNG, "it has a row with an unknown filter")
	}
	return damaged(PNG, "its compressed data breaks the rules or its checksum is wrong")
}

func (p *pngChunks) form(h Header) C.struct_png_form {
	f := C.struct_png_form{width: C.int(h.Stored.Width), height: C.int(h.Stored.Height), components: C.int(p.coding.components), depth: C.int(p.coding.depth)}
	if p.coding.buffered {
		f.interlaced = 1
	}
	if key := p.rawKey(); key != nil {
		f.keyed = 1
		for i, v := range key {
			f.key[i] = C.uint8_t(v)
		}
	}
	if p.coding.components == 1 && p.coding.depth <= 8 {
		for i, colour := range p.colours() {
			for c, v := range colour {
				f.colours[i][c] = C.uint8_t(v)
			}
		}
	}
	return f
}
