//go:build cgo && !nojpegturbo

package picture

/*
// The static library: the program stays one file. Of the two that libjpeg-turbo brings, libjpeg tells warnings apart by
// code, where TurboJPEG keeps the text of the last one only.
#cgo linux LDFLAGS: -l:libjpeg.a
#cgo !linux LDFLAGS: -ljpeg
#include "jpeg_turbo.h"
*/
import "C"

import (
	"errors"
	"unsafe"
)

// jpegMemory bounds the bytes that libjpeg holds besides the result. A picture in several scans needs all its
// coefficients at once, two bytes and a bit each; otherwise a few rows do.
func jpegMemory(h Header) int64 {
	if !h.coding.buffered {
		return 0
	}
	samples := int64(h.coding.components) * h.Stored.pixels()
	return 2*samples + samples/8
}

func decodeJPEG(b []byte, _ Header, shrink int, dst *RGB) error {
	return decodeScans(b, shrink, dst, quickly)
}

// entropy is who decodes Huffman codes. What libjpeg makes of a file is the measure for what we do.
type entropy C.enum_entropy

const (
	asLibjpeg entropy = C.ENTROPY_LIBJPEG
	plainly   entropy = C.ENTROPY_PLAIN
	quickly   entropy = C.ENTROPY_QUICK
)

func decodeScans(b []byte, shrink int, dst *RGB, how entropy) error {
	var outcome C.struct_jpeg_outcome
	C.decode_jpeg((*C.uchar)(unsafe.SliceData(b)), C.ulong(len(b)), C.int(shrink), C.enum_entropy(how),
		C.int(dst.Size.Width), C.int(dst.Size.Height), (*C.uchar)(unsafe.SliceData(dst.Pix)), &outcome)
	switch outcome.status {
	case C.JPEG_DECODED:
		return nil
	case C.JPEG_OUT_OF_MEMORY:
		return errors.New("out of memory while decoding a JPEG picture")
	}
	return damaged(JPEG, C.GoString(&outcome.message[0]))
}
