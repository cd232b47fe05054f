//go:build cgo

#include "resample_c.h"

#include <stddef.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>

static inline __m128i two_weights(const int16_t *weights) {
  int32_t both;
  memcpy(&both, weights, sizeof both);
  return _mm_set1_epi32(both);
}

// squash resamples a row into three planes of 8 bits.
static void squash(const uint8_t *line, int width, const int32_t *first, const int16_t *weights, int stride, uint8_t *planes) {
  const __m128i zero = _mm_setzero_si128(), half = _mm_set1_epi32(1 << (RESAMPLE_WEIGHT_BITS - 1));
  for (int x = 0; x < width; x++, weights += stride) {
    const uint8_t *p = line + 3 * first[x];
    __m128i sum = half;
    for (int k = 0; k < stride; k += 2, p += 6) {
      __m128i here = _mm_loadl_epi64((const __m128i *)p), next = _mm_srli_epi64(here, 24);
      __m128i pairs = _mm_unpacklo_epi8(_mm_unpacklo_epi8(here, next), zero); // red here, red of the next, green here, ...
      sum = _mm_add_epi32(sum, _mm_madd_epi16(pairs, two_weights(weights + k)));
    }
    sum = _mm_srli_epi32(sum, RESAMPLE_WEIGHT_BITS);
    uint32_t rgb = _mm_cvtsi128_si32(_mm_packus_epi16(_mm_packs_epi32(sum, zero), zero));
    planes[x] = rgb, planes[width + x] = rgb >> 8, planes[2 * width + x] = rgb >> 16;
  }
}

// add_rows adds up rows of count bytes. It works on eight at a time, beyond count where that is no multiple.
static void add_rows(const uint8_t *ring, int count, int first, const int16_t *weights, int stride, int32_t *sums) {
  const __m128i zero = _mm_setzero_si128(), half = _mm_set1_epi32(1 << (RESAMPLE_WEIGHT_BITS - 1));
  for (int i = 0; i < count; i += 8) {
    __m128i low = half, high = half;
    for (int k = 0, slot = first % stride; k < stride; k += 2) {
      int next = slot + 1 == stride ? 0 : slot + 1;
      __m128i a = _mm_loadl_epi64((const __m128i *)(ring + (size_t)slot * count + i));
      __m128i b = _mm_loadl_epi64((const __m128i *)(ring + (size_t)next * count + i));
      __m128i pairs = _mm_unpacklo_epi8(a, b), w = two_weights(weights + k);
      low = _mm_add_epi32(low, _mm_madd_epi16(_mm_unpacklo_epi8(pairs, zero), w));
      high = _mm_add_epi32(high, _mm_madd_epi16(_mm_unpackhi_epi8(pairs, zero), w));
      slot = next + 1 == stride ? 0 : next + 1;
    }
    _mm_storeu_si128((__m128i *)(sums + i), _mm_srli_epi32(low, RESAMPLE_WEIGHT_BITS));
    _mm_storeu_si128((__m128i *)(sums + i + 4), _mm_srli_epi32(high, RESAMPLE_WEIGHT_BITS));
  }
}

#else

static void squash(const uint8_t *line, int width, const int32_t *first, const int16_t *weights, int stride, uint8_t *planes) {
  for (int x = 0; x < width; x++, weights += stride) {
    const uint8_t *p = line + 3 * first[x];
    int32_t r = 1 << (RESAMPLE_WEIGHT_BITS - 1), g = r, b = r;
    for (int k = 0; k < stride; k++, p += 3) r += weights[k] * p[0], g += weights[k] * p[1], b += weights[k] * p[2];
    planes[x] = r >> RESAMPLE_WEIGHT_BITS, planes[width + x] = g >> RESAMPLE_WEIGHT_BITS;
    planes[2 * width + x] = b >> RESAMPLE_WEIGHT_BITS;
  }
}

static void add_rows(const uint8_t *ring, int count, int first, const int16_t *weights, int stride, int32_t *sums) {
  for (int i = 0; i < count; i++) sums[i] = 1 << (RESAMPLE_WEIGHT_BITS - 1);
  for (int k = 0; k < stride; k++) {
    const uint8_t *row = ring + (size_t)((first + k) % stride) * count;
    for (int i = 0; i < count; i++) sums[i] += weights[k] * row[i];
  }
  for (int i = 0; i < count; i++) sums[i] >>= RESAMPLE_WEIGHT_BITS;
}

#endif

static void put_planes(const int32_t *sums, int width, size_t plane, const float *levels, float *dst) {
  for (int c = 0; c < 3; c++)
    for (int x = 0; x < width; x++) dst[c * plane + x] = levels[sums[c * width + x]];
}

// put_cells writes a row into cells of 12 bytes, of which dst is the first byte.
static void put_cells(const int32_t *sums, int width, const uint8_t *steps, uint8_t *dst) {
  for (int x = 0; x < width; x += 2, dst += 12)
    for (int c = 0; c < 3; c++) dst[c] = steps[sums[c * width + x]], dst[3 + c] = steps[sums[c * width + x + 1]];
}

void resample(const uint8_t *pixels, int width, int height, int out_width, int out_height,
              const int32_t *column_first, const int16_t *column_weights, int column_stride,
              const int32_t *row_first, const int16_t *row_weights, int row_stride,
              const float *levels, float *planes, const uint8_t *steps, uint8_t *cells,
              uint8_t *line, uint8_t *ring, int32_t *sums) {
  int count = 3 * out_width, ready = row_first[0]; // rows before this one have gone through the first pass
  size_t plane = (size_t)out_width * out_height;
  for (int y = 0; y < out_height; y++, row_weights += row_stride) {
    int end = row_first[y] + row_stride < height ? row_first[y] + row_stride : height;
    for (; ready < end; ready++) {
      memcpy(line, pixels + 3 * (size_t)width * ready, 3 * (size_t)width);
      squash(line, out_width, column_first, column_weights, column_stride, ring + (size_t)(ready % row_stride) * count);
    }
    add_rows(ring, count, row_first[y], row_weights, row_stride, sums);
    if (planes)
      put_planes(sums, out_width, plane, levels, planes + (size_t)y * out_width);
    else
      put_cells(sums, out_width, steps, cells + (size_t)(y / 2) * out_width * 6 + y % 2 * 6);
  }
}
