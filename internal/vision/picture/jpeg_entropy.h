// Huffman decoding for libjpeg-turbo: the same coefficients, and the same complaints, in half the time.
#ifndef OWNSIGHT_JPEG_ENTROPY_H
#define OWNSIGHT_JPEG_ENTROPY_H

#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

// Who decodes Huffman codes: libjpeg, we with any processor's instructions, or we with the best of this one's.
enum entropy { ENTROPY_LIBJPEG, ENTROPY_PLAIN, ENTROPY_QUICK };

// use_entropy puts our decoder in the place of libjpeg's. It must be called once, after jpeg_start_decompress has begun
// and before the first coefficient is read: a progress monitor is such a place, for pictures of several scans too. The
// data source must never suspend, and emit_message must not return from JWRN_HIT_MARKER and JWRN_HUFF_BAD_CODE.
// Where libjpeg's modules cannot be replaced it does nothing.
void use_entropy(j_decompress_ptr jpeg, enum entropy entropy);

#endif
