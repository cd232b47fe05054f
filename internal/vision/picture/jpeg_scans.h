// Decoders of the five kinds of scan that a JPEG file can have.
#ifndef OWNSIGHT_JPEG_SCANS_H
#define OWNSIGHT_JPEG_SCANS_H

#include "jpeg_bits.h"

#include <jpegint.h>

struct scan_decoders {
  boolean (*sequential)(j_decompress_ptr, JBLOCKROW *);
  boolean (*first_dc)(j_decompress_ptr, JBLOCKROW *);
  boolean (*refine_dc)(j_decompress_ptr, JBLOCKROW *);
  boolean (*first_ac)(j_decompress_ptr, JBLOCKROW *);
  boolean (*refine_ac)(j_decompress_ptr, JBLOCKROW *);
};

extern const struct scan_decoders scan_decoders, scan_decoders_bmi2;

// quick_entropy is the state of the decoder. Every code is read and checked, but what the picture's scale has no use for
// is not stored: at an eighth all but the mean of a block. What a scan that refines others must know is only which
// coefficients are not zero; that is kept as one word a block, in zigzag order.
struct quick_entropy {
  struct jpeg_entropy_decoder pub;
  struct jpeg_entropy_decoder *own; // libjpeg's, which still checks each scan's parameters and tables
  const struct scan_decoders *decoders;
  struct bit_reader reader;
  unsigned restarts_to_go;
  int previous_dc[MAX_COMPS_IN_SCAN];
  unsigned end_run;                      // blocks that have nothing more in this band
  uint64_t *nonzero[MAX_COMPONENTS];     // by component
  uint64_t *next_nonzero, *last_nonzero; // of this scan
  int means_only[MAX_COMPS_IN_SCAN];     // by component of the scan
  struct codes *dc[NUM_HUFF_TBLS], *ac[NUM_HUFF_TBLS];
};

#endif
