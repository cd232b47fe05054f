//go:build cgo && !nolibdeflate

#include "png_filter.h"

#include <string.h>

// A pixel depends on the one before it, so that only its own bytes can be worked on side by side: up to eight, in 16 bits
// each. Lanes beyond the pixel hold whatever follows.
typedef uint8_t bytes __attribute__((vector_size(8)));
typedef int16_t pixel __attribute__((vector_size(16)));

// The step must be known to the compiler in all of these, or they are slow.
#define INLINE static inline __attribute__((always_inline))

INLINE pixel load(const uint8_t *p, int step) {
  bytes b = {0};
  memcpy(&b, p, step <= 4 ? 4 : 8);
  return __builtin_convertvector(b, pixel);
}

INLINE void store(uint8_t *p, pixel v, int step) {
  bytes b = __builtin_convertvector(v, bytes);
  uint64_t word;
  memcpy(&word, &b, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (step & 8) memcpy(p, &word, 8);
  if (step & 4) memcpy(p, &word, 4), p += 4, word >>= 32;
  if (step & 2) memcpy(p, &word, 2), p += 2, word >>= 16;
  if (step & 1) *p = word;
#else
  memcpy(p, &word, step);
#endif
}

#if defined(__SSE2__)
INLINE pixel lesser(pixel a, pixel b) { return __builtin_ia32_pminsw128(a, b); }
INLINE pixel greater(pixel a, pixel b) { return __builtin_ia32_pmaxsw128(a, b); }
#else
INLINE pixel lesser(pixel a, pixel b) { return (a & (a < b)) | (b & (a >= b)); }
INLINE pixel greater(pixel a, pixel b) { return (b & (a < b)) | (a & (a >= b)); }
#endif

INLINE void sub(uint8_t *row, size_t length, int step) {
  pixel left = {0};
  for (size_t i = 0; i < length; i += step) store(row + i, left = (left + load(row + i, step)) & 0xFF, step);
}

INLINE void average(uint8_t *row, const uint8_t *above, size_t length, int step) {
  pixel left = {0};
  for (size_t i = 0; i < length; i += step) {
    left = (load(row + i, step) + ((left + load(above + i, step)) >> 1)) & 0xFF;
    store(row + i, left, step);
  }
}

// The guess is whichever of left, up and corner is next to left + up - corner. That is the lesser of left and up where the
// corner is beyond the greater one by the half of their distance or more, and so on: short enough a chain of operations
// from one pixel to the next.
INLINE void paeth_wide(uint8_t *row, const uint8_t *above, size_t length, int step) {
  pixel left = {0}, corner = {0};
  for (size_t i = 0; i < length; i += step) {
    pixel up = load(above + i, step);
    pixel limit = (3 * corner - up) - left, least = lesser(left, up), most = greater(left, up);
    pixel below = most > limit, over = limit > least;
    pixel guess = (corner & below & over) | (least & ~below) | (most & ~over);
    left = (load(row + i, step) + guess) & 0xFF;
    store(row + i, left, step);
    corner = up;
  }
}

// The chain is shorter still without vectors, and up to three of them run side by side.
INLINE void paeth(uint8_t *row, const uint8_t *above, size_t length, int step) {
  int left[3] = {0}, corner[3] = {0};
  for (size_t i = 0; i < length; i += step)
#pragma GCC unroll 3
    for (int c = 0; c < step; c++) {
      int up = above[i + c], limit = 3 * corner[c] - up - left[c];
      int least = left[c] < up ? left[c] : up, most = left[c] < up ? up : left[c];
      int guess = most <= limit ? least : corner[c];
      guess = limit <= least ? most : guess;
      row[i + c] = left[c] = (row[i + c] + guess) & 0xFF;
      corner[c] = up;
    }
}

#define WITH_STEP(n)                                                                                                   \
  case n:                                                                                                              \
    if (filter == 1) sub(row, length, n);                                                                              \
    if (filter == 3) average(row, above, length, n);                                                                   \
    if (filter == 4) (n > 3 ? paeth_wide : paeth)(row, above, length, n);                                              \
    break

int unfilter(int filter, uint8_t *restrict row, const uint8_t *restrict above, size_t length, int step) {
  if (filter > 4) return 0;
  if (filter == 2)
    for (size_t i = 0; i < length; i++) row[i] += above[i];
  else
    switch (step) {
      WITH_STEP(1);
      WITH_STEP(2);
      WITH_STEP(3);
      WITH_STEP(4);
      WITH_STEP(6);
      WITH_STEP(8);
    }
  return 1;
}
