//go:build cgo && !nojpegturbo

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

#include <jerror.h>

#include "jpeg_turbo.h"

#ifndef LIBJPEG_TURBO_VERSION
#error "libjpeg-turbo is needed; build with -tags nojpegturbo to decode JPEG in Go instead"
#endif
#if JMSG_LENGTH_MAX > 200
#error "jpeg_outcome.message is too short for this libjpeg"
#endif

struct decoder {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf failed;
  struct jpeg_outcome *outcome;
  enum entropy entropy;
};

static void fail(j_common_ptr jpeg) {
  struct decoder *d = jpeg->client_data;
  d->outcome->status = jpeg->err->msg_code == JERR_OUT_OF_MEMORY ? JPEG_OUT_OF_MEMORY : JPEG_DAMAGED;
  jpeg->err->format_message(jpeg, d->outcome->message);
  longjmp(d->failed, 1);
}

// libjpeg fills damaged parts with grey and merely warns. Only warnings after which every pixel is still what was
// encoded are let through.
static void warn(j_common_ptr jpeg, int level) {
  if (level >= 0) return; // a trace message
  switch (jpeg->err->msg_code) {
  case JWRN_EXTRANEOUS_DATA:   // stray bytes between segments
  case JWRN_JPEG_EOF:          // no end marker; if data is missing too, JWRN_HIT_MARKER follows
  case JWRN_JFIF_MAJOR:        // a later JFIF version
  case JWRN_ADOBE_XFORM:       // an unknown colour transform, guessed
  case JWRN_BOGUS_PROGRESSION: // scans in an unusual order
    return;
  }
  fail(jpeg);
}

// libjpeg calls a progress monitor before it reads the first coefficient, and many times after.
static void first_progress(j_common_ptr jpeg) {
  struct decoder *d = jpeg->client_data;
  jpeg->progress = NULL;
  use_entropy((j_decompress_ptr)jpeg, d->entropy);
}

static void silent(j_common_ptr jpeg) { (void)jpeg; }

// CMYK is written inverted by everything that follows Adobe, which is whatever leaves an Adobe marker.
static void cmyk_to_rgb(const JSAMPLE *cmyk, int width, int inverted, unsigned char *rgb) {
  for (int x = 0; x < width; x++, cmyk += 4) {
    int flip = inverted ? 0 : 255, k = cmyk[3] ^ flip;
    for (int i = 0; i < 3; i++) *rgb++ = ((cmyk[i] ^ flip) * k + 127) / 255;
  }
}

static void read_rows(struct decoder *d, unsigned char *dst) {
  j_decompress_ptr jpeg = &d->jpeg;
  size_t stride = 3 * (size_t)jpeg->output_width;
  JSAMPARRAY inks = NULL;
  if (jpeg->out_color_space == JCS_CMYK)
    inks = jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, 4 * jpeg->output_width, 1);
  while (jpeg->output_scanline < jpeg->output_height) {
    unsigned char *row = dst + stride * jpeg->output_scanline;
    if (inks) {
      jpeg_read_scanlines(jpeg, inks, 1);
      cmyk_to_rgb(inks[0], jpeg->output_width, jpeg->saw_Adobe_marker, row);
    } else {
      jpeg_read_scanlines(jpeg, &row, 1);
    }
  }
}

void decode_jpeg(const unsigned char *src, unsigned long length, int shrink, enum entropy entropy, int width, int height,
                 unsigned char *dst, struct jpeg_outcome *outcome) {
  struct decoder d = {.outcome = outcome, .entropy = entropy};
  outcome->status = JPEG_DECODED;
  d.jpeg.err = jpeg_std_error(&d.errors);
  d.errors.error_exit = fail;
  d.errors.emit_message = warn;
  d.errors.output_message = silent;
  d.jpeg.client_data = &d;
  if (setjmp(d.failed)) {
    jpeg_destroy_decompress(&d.jpeg);
    return;
  }
  jpeg_create_decompress(&d.jpeg);
  jpeg_mem_src(&d.jpeg, (unsigned char *)src, length);
  jpeg_read_header(&d.jpeg, TRUE);
  d.jpeg.out_color_space = d.jpeg.num_components == 4 ? JCS_CMYK : JCS_RGB;
  d.jpeg.scale_num = 1;
  d.jpeg.scale_denom = shrink;
  d.progress.progress_monitor = first_progress;
  d.jpeg.progress = &d.progress;
  jpeg_start_decompress(&d.jpeg);
  if (d.jpeg.output_width != (JDIMENSION)width || d.jpeg.output_height != (JDIMENSION)height)
    ERREXIT(&d.jpeg, JERR_BAD_LENGTH); // dst has room for what was inspected, and for nothing else
  read_rows(&d, dst);
  // What follows the last row is of no interest, so the file is not read to its end.
  jpeg_destroy_decompress(&d.jpeg);
}
