//go:build cgo && !nolibdeflate

#include "png_rows.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "png_filter.h"

int inflate_png(const uint8_t *src, size_t length, uint8_t *dst, size_t room) {
  struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
  if (!d) return PNG_OUT_OF_MEMORY;
  enum libdeflate_result result = libdeflate_zlib_decompress(d, src, length, dst, room, NULL);
  libdeflate_free_decompressor(d);
  switch (result) {
  case LIBDEFLATE_SUCCESS: return PNG_DECODED;
  case LIBDEFLATE_SHORT_OUTPUT: return PNG_TOO_LITTLE;
  case LIBDEFLATE_INSUFFICIENT_SPACE: return PNG_TOO_MUCH;
  default: return PNG_BAD_DATA;
  }
}

// Colours on white are what package image/draw makes of them, to the last bit. v is not multiplied by alpha yet.
static inline uint8_t on_white8(uint32_t v, uint32_t alpha) { return ((255 - alpha) * 257 + v * alpha * 257 / 255) >> 8; }
static inline uint8_t on_white16(uint32_t v, uint32_t alpha) { return (65535 - alpha + v * alpha / 65535) >> 8; }

static inline uint32_t wide(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }

static void to_rgb8(const struct png_form *form, const uint8_t *row, int width, uint8_t *rgb) {
  switch (form->components) {
  case 1:
    for (int x = 0; x < width && form->depth == 8; x++) memcpy(rgb + 3 * x, form->colours[row[x]], 3);
    for (int x = 0; x < width && form->depth < 8; x++) {
      int bit = x * form->depth, shift = 8 - form->depth - (bit & 7);
      memcpy(rgb + 3 * x, form->colours[row[bit >> 3] >> shift & ((1 << form->depth) - 1)], 3);
    }
    return;
  case 2:
    for (int x = 0; x < width; x++) memset(rgb + 3 * x, on_white8(row[2 * x], row[2 * x + 1]), 3);
    return;
  case 3:
    memcpy(rgb, row, 3 * (size_t)width);
    return;
  }
  for (int x = 0; x < width; x++, row += 4, rgb += 3)
    if (row[3] == 255)
      memcpy(rgb, row, 3);
    else
      for (int c = 0; c < 3; c++) rgb[c] = on_white8(row[c], row[3]);
}

static void to_rgb16(const struct png_form *form, const uint8_t *row, int width, uint8_t *rgb) {
  switch (form->components) {
  case 1:
    for (int x = 0; x < width; x++) memset(rgb + 3 * x, row[2 * x], 3);
    return;
  case 2:
    for (int x = 0; x < width; x++) memset(rgb + 3 * x, on_white16(wide(row + 4 * x), wide(row + 4 * x + 2)), 3);
    return;
  case 3:
    for (int i = 0; i < 3 * width; i++) rgb[i] = row[2 * i];
    return;
  }
  for (int x = 0; x < width; x++)
    for (int c = 0; c < 3; c++) rgb[3 * x + c] = on_white16(wide(row + 8 * x + 2 * c), wide(row + 8 * x + 6));
}

static void to_rgb(const struct png_form *form, const uint8_t *row, int width, uint8_t *rgb) {
  (form->depth == 16 ? to_rgb16 : to_rgb8)(form, row, width, rgb);
  if (!form->keyed) return;
  size_t step = form->components * form->depth / 8;
  for (int x = 0; x < width; x++)
    if (memcmp(row + x * step, form->key, step) == 0) memset(rgb + 3 * x, 255, 3);
}

// work is the memory for rows: the one above the first, one in RGB, and sums of columns.
struct work {
  uint8_t *zeros, *rgb;
  uint16_t *sums;
};

// average divides a strip's sums, of rows each, into blocks of shrink columns.
static void average(const uint16_t *sums, int width, int rows, int shrink, uint8_t *dst) {
  for (int x = 0; x < width; x += shrink) {
    int columns = width - x < shrink ? width - x : shrink, n = rows * columns;
    uint32_t r = n / 2, g = n / 2, b = n / 2;
    for (const uint16_t *p = sums + 3 * x, *end = p + 3 * columns; p < end; p += 3) r += p[0], g += p[1], b += p[2];
    *dst++ = r / n, *dst++ = g / n, *dst++ = b / n;
  }
}

// add_row takes row y of the picture into account, and writes a row of dst where that is the last of its strip.
static void add_row(const struct png_form *form, struct work w, const uint8_t *restrict rgb, int y, int shrink, uint8_t *dst) {
  size_t n = 3 * (size_t)form->width;
  uint16_t *restrict sums = w.sums;
  if (y % shrink == 0) memset(sums, 0, n * sizeof *sums);
  for (size_t i = 0; i < n; i++) sums[i] += rgb[i];
  if (y % shrink == shrink - 1 || y == form->height - 1)
    average(sums, form->width, y % shrink + 1, shrink, dst + 3 * (size_t)(y / shrink) * ((form->width + shrink - 1) / shrink));
}

static size_t row_bytes(const struct png_form *form, int width) {
  return ((size_t)width * form->components * form->depth + 7) / 8;
}

static int straight(const struct png_form *form, struct work w, uint8_t *raw, int shrink, uint8_t *dst) {
  size_t length = row_bytes(form, form->width);
  int step = (form->components * form->depth + 7) / 8, plain = form->components == 3 && form->depth == 8 && !form->keyed;
  const uint8_t *above = w.zeros;
  for (int y = 0; y < form->height; y++, above = raw + 1, raw += 1 + length) {
    if (!unfilter(raw[0], raw + 1, above, length, step)) return PNG_BAD_FILTER;
    uint8_t *rgb = shrink == 1 ? dst + 3 * (size_t)y * form->width : w.rgb;
    if (shrink == 1 || !plain) to_rgb(form, raw + 1, form->width, rgb);
    if (shrink > 1) add_row(form, w, plain ? raw + 1 : rgb, y, shrink, dst);
  }
  return PNG_DECODED;
}

// The passes of an interlaced picture: PNG specification, section 8.2.
static const struct { int x, y, right, down; } passes[7] = {
  {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
};

static int interlaced(const struct png_form *form, struct work w, uint8_t *raw, uint8_t *whole) {
  int step = (form->components * form->depth + 7) / 8;
  for (int p = 0; p < 7; p++) {
    int right = passes[p].right, width = (form->width - passes[p].x + right - 1) / right;
    size_t length = row_bytes(form, width);
    const uint8_t *above = w.zeros;
    if (width == 0) continue;
    for (int y = passes[p].y; y < form->height; y += passes[p].down, above = raw + 1, raw += 1 + length) {
      if (!unfilter(raw[0], raw + 1, above, length, step)) return PNG_BAD_FILTER;
      to_rgb(form, raw + 1, width, w.rgb);
      uint8_t *out = whole + 3 * ((size_t)y * form->width + passes[p].x);
      for (int x = 0; x < width; x++) memcpy(out + 3 * x * right, w.rgb + 3 * x, 3);
    }
  }
  return PNG_DECODED;
}

int decode_png_rows(const struct png_form *form, uint8_t *raw, int shrink, uint8_t *whole, uint8_t *dst) {
  size_t zeros = row_bytes(form, form->width) + PNG_SLACK, n = 3 * (size_t)form->width;
  uint16_t *memory = calloc(1, n * sizeof *memory + n + zeros);
  if (!memory) return PNG_OUT_OF_MEMORY;
  struct work w = {.sums = memory, .rgb = (uint8_t *)(memory + n), .zeros = (uint8_t *)(memory + n) + n};
  int status = form->interlaced ? interlaced(form, w, raw, shrink == 1 ? dst : whole) : straight(form, w, raw, shrink, dst);
  if (status == PNG_DECODED && form->interlaced && shrink > 1)
    for (int y = 0; y < form->height; y++) add_row(form, w, whole + n * y, y, shrink, dst);
  free(memory);
  return status;
}
