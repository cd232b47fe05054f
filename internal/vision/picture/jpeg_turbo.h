// Decodes one JPEG file with libjpeg-turbo.
#ifndef OWNSIGHT_JPEG_TURBO_H
#define OWNSIGHT_JPEG_TURBO_H

#include "jpeg_entropy.h"

enum { JPEG_DECODED, JPEG_DAMAGED, JPEG_OUT_OF_MEMORY };

struct jpeg_outcome {
  int status;
  char message[200]; // libjpeg's words, unless decoded
};

// decode_jpeg writes width x height pixels of RGB to dst. width and height are the picture's sides divided by shrink
// (1, 2, 4 or 8) and rounded up; a file whose own header says otherwise is damaged.
void decode_jpeg(const unsigned char *src, unsigned long length, int shrink, enum entropy entropy, int width, int height,
                 unsigned char *dst, struct jpeg_outcome *outcome);

#endif
