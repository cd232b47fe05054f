// Resampling of RGB pictures with weights that are worked out beforehand.
#ifndef OWNSIGHT_RESAMPLE_H
#define OWNSIGHT_RESAMPLE_H

#include <stdint.h>

// Weights have so many fractional bits, and each output's sum to one exactly.
enum { RESAMPLE_WEIGHT_BITS = 13 };

// What resample reads and writes beyond the ends of its working memory: bytes.
enum { RESAMPLE_SLACK = 32 };

// resample makes out_width x out_height numbers of three colours of width x height pixels. Output x of a row is the sum
// over k < column_stride of column_weights[x * column_stride + k] times the pixel at column_first[x] + k, and likewise for
// rows; strides are even, and weights are zero where there is no pixel. Both passes round to 8 bits. Where planes is not NULL it gets
// the numbers that levels has for these, in three planes; else cells gets the bytes that steps has for them, those of two by two
// pixels together, for which out_width and out_height are even. Working memory: line has 3 * (width + column_stride) bytes, ring row_stride times 3 * out_width, sums
// 3 * out_width numbers, each with RESAMPLE_SLACK bytes more.
void resample(const uint8_t *pixels, int width, int height, int out_width, int out_height,
              const int32_t *column_first, const int16_t *column_weights, int column_stride,
              const int32_t *row_first, const int16_t *row_weights, int row_stride,
              const float *levels, float *planes, const uint8_t *steps, uint8_t *cells,
              uint8_t *line, uint8_t *ring, int32_t *sums);

#endif
