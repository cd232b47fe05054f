//go:build cgo

package picture

/*
#cgo CFLAGS: -O2
#include "resample_c.h"
*/
import "C"

import "unsafe"

const tapsTogether = 2

// resampler is the working memory of one Tensor call.
type resampler struct {
	columns, rows taps
	levels        [256]float32 // network input for each 8-bit value
	steps         [256]byte    // the same as a byte
	line, ring    []byte
	sums          []int32
}

func (r *resampler) run(p *RGB, size Size, planes []float32, cells []byte) {
	r.line = grow(r.line, 3*(p.Size.Width+r.columns.stride)+C.RESAMPLE_SLACK)
	r.ring = grow(r.ring, 3*size.Width*r.rows.stride+C.RESAMPLE_SLACK)
	r.sums = grow(r.sums, 3*size.Width+C.RESAMPLE_SLACK/4)
	C.resample((*C.uint8_t)(unsafe.SliceData(p.Pix)), C.int(p.Size.Width), C.int(p.Size.Height), C.int(size.Width), C.int(size.Height),
		(*C.int32_t)(unsafe.SliceData(r.columns.first)), (*C.int16_t)(unsafe.SliceData(r.columns.weights)), C.int(r.columns.stride),
		(*C.int32_t)(unsafe.SliceData(r.rows.first)), (*C.int16_t)(unsafe.SliceData(r.rows.weights)), C.int(r.rows.stride),
		(*C.float)(unsafe.Pointer(&r.levels)), (*C.float)(unsafe.SliceData(planes)), (*C.uint8_t)(unsafe.Pointer(&r.steps)), (*C.uint8_t)(unsafe.SliceData(cells)),
		(*C.uint8_t)(unsafe.SliceData(r.line)), (*C.uint8_t)(unsafe.SliceData(r.ring)), (*C.int32_t)(unsafe.SliceData(r.sums)))
}
