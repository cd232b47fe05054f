// What the scans of a JPEG file are read with: bits and Huffman codes.
#ifndef OWNSIGHT_JPEG_BITS_H
#define OWNSIGHT_JPEG_BITS_H

#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

// bit_reader holds the next bits of a scan at the top of a word. Past the scan's end it yields zeros and counts them, so
// that whoever reads need not ask at every code: overrun asks once a block.
struct bit_reader {
  uint64_t word;
  int count;  // bits in word that may be read
  int padded; // how many of all bits so far came after the end
};

enum { CODE_BITS = 10, SKIP_BITS = 11 };

// A code in a table: how many bits it takes with the value after it, how many of these are the value, and the upper half
// of its symbol (a run). 0 bits: the code is longer than the table's index.
struct code {
  uint8_t bits, size, run, symbol;
};

// Several codes that fit the table's index, to be passed over: their bits with those of the values, and how far along
// the block they lead. A code that ends the block counts as one more step, and sets last.
struct skip {
  uint8_t bits, steps, last;
};

struct codes {
  struct code code[1 << CODE_BITS];
  struct skip skip[1 << SKIP_BITS]; // for sequential AC tables only
  int32_t past[18];                 // for each length: the first code, aligned to 16 bits, that is longer
  int32_t offset[17];               // symbol's place minus code, for each length
  const JHUFF_TBL *table;
};

void make_codes(struct codes *c, const JHUFF_TBL *table);
void make_skips(struct codes *c);

// refill_slowly goes on where the next eight bytes hold 0xFF or are not there.
struct bit_reader refill_slowly(struct bit_reader r, j_decompress_ptr jpeg);

// long_code looks up what make_codes had no room for.
struct code long_code(const struct codes *c, struct bit_reader r, j_decompress_ptr jpeg);

// refill makes at least 56 bits available.
static inline struct bit_reader refill(struct bit_reader r, j_decompress_ptr jpeg) {
  struct jpeg_source_mgr *src = jpeg->src;
  uint64_t next;
  if (src->bytes_in_buffer >= sizeof next && jpeg->unread_marker == 0) {
    memcpy(&next, src->next_input_byte, sizeof next);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    next = __builtin_bswap64(next);
#endif
    // Whether a byte is 0xFF: adding one to each then carries into its top bit.
    const uint64_t ones = 0x0101010101010101, tops = ones << 7;
    if ((next & ((next & ~tops) + ones) & tops) == 0) {
      int bytes = (64 - r.count) >> 3;
      r.word |= next >> r.count;
      r.count += bytes << 3;
      src->next_input_byte += bytes;
      src->bytes_in_buffer -= bytes;
      return r;
    }
  }
  return refill_slowly(r, jpeg);
}

// need makes 32 bits available: the longest code and its value have 31.
static inline struct bit_reader need(struct bit_reader r, j_decompress_ptr jpeg) {
  return r.count < 32 ? refill(r, jpeg) : r;
}

// drop passes over bits that are available.
static inline struct bit_reader drop(struct bit_reader r, int n) {
  r.word <<= n;
  r.count -= n;
  return r;
}

static inline struct code next_code(const struct codes *c, struct bit_reader r, j_decompress_ptr jpeg) {
  struct code found = c->code[r.word >> (64 - CODE_BITS)];
  return found.bits ? found : long_code(c, r, jpeg);
}

// value_of decodes the value behind a code, whose bits are still to be dropped: T.81, figure F.12. Size is not 0.
// Its sign is a coin's throw, so there is no branch.
static inline int value_of(struct code c, struct bit_reader r) {
  int v = r.word >> (64 - c.bits) & ((1u << c.size) - 1);
  int negative = (v >> (c.size - 1)) - 1;
  return v + (negative & (1 - (1 << c.size)));
}

static inline void overrun(struct bit_reader r, j_decompress_ptr jpeg) {
  if (r.count < r.padded) WARNMS(jpeg, JWRN_HIT_MARKER);
}

#endif
