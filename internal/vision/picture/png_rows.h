// What lies between a PNG file's compressed data and RGB.
#ifndef OWNSIGHT_PNG_ROWS_H
#define OWNSIGHT_PNG_ROWS_H

#include <stddef.h>
#include <stdint.h>

enum { PNG_DECODED, PNG_BAD_DATA, PNG_TOO_LITTLE, PNG_TOO_MUCH, PNG_BAD_FILTER, PNG_OUT_OF_MEMORY };

// The most bytes that vectors read beyond a row.
enum { PNG_SLACK = 8 };

struct png_form {
  int width, height;
  int components; // 1 to 4: grey or palette, grey and alpha, RGB, RGB and alpha
  int depth;      // bits a component; less than 8 for one component only
  int interlaced;
  int keyed;      // pixels equal to key are transparent: for grey of 16 bits and RGB
  uint8_t key[6]; // as they lie in a row
  uint8_t colours[256][3]; // of each value of one component with 8 bits or less
};

// inflate_png unpacks a zlib stream of length bytes to exactly room bytes.
int inflate_png(const uint8_t *src, size_t length, uint8_t *dst, size_t room);

// decode_png_rows makes 8-bit RGB on white of filtered rows, and divides the sides by shrink (1, 2, 4 or 8) by averaging
// blocks. raw holds all rows of all passes, each after its filter's number, and PNG_SLACK bytes more; it is changed. whole
// has room for the picture in RGB where it is interlaced, and is not used otherwise. dst has the divided size, rounded up.
int decode_png_rows(const struct png_form *form, uint8_t *raw, int shrink, uint8_t *whole, uint8_t *dst);

#endif
