//go:build cgo && !nojpegturbo

#include "jpeg_bits.h"

static uint8_t next_byte(j_decompress_ptr jpeg) {
  if (jpeg->src->bytes_in_buffer == 0) jpeg->src->fill_input_buffer(jpeg);
  jpeg->src->bytes_in_buffer--;
  return *jpeg->src->next_input_byte++;
}

// It stops before a marker, which it leaves in unread_marker: T.81, section F.2.2.5. As libjpeg does, it takes any number
// of 0xFF before a zero for one.
struct bit_reader refill_slowly(struct bit_reader r, j_decompress_ptr jpeg) {
  while (r.count <= 56 && jpeg->unread_marker == 0) {
    uint8_t byte = next_byte(jpeg);
    if (byte == 0xFF) {
      uint8_t after;
      do after = next_byte(jpeg);
      while (after == 0xFF);
      if (after != 0) {
        jpeg->unread_marker = after;
        break;
      }
    }
    // Bits below count may be there already: refill leaves part of a byte, and they are the same.
    r.word |= (uint64_t)byte << (56 - r.count);
    r.count += 8;
  }
  if (r.count <= 56) {
    r.padded += 64 - r.count;
    r.count = 64;
  }
  return r;
}

static struct code make_code(uint8_t length, uint8_t symbol) {
  return (struct code){.bits = length + (symbol & 15), .size = symbol & 15, .run = symbol >> 4, .symbol = symbol};
}

void make_codes(struct codes *c, const JHUFF_TBL *table) {
  memset(c->code, 0, sizeof c->code);
  c->table = table;
  // libjpeg has checked that the lengths describe a code, and that no more than 256 symbols have one.
  int place = 0, code = 0;
  for (int length = 1; length <= 16; length++, code <<= 1) {
    c->offset[length] = place - code;
    for (int n = table->bits[length]; n > 0; n--, place++, code++) {
      int spare = CODE_BITS - length;
      for (int i = 0; spare >= 0 && i < 1 << spare; i++)
        c->code[(code << spare) + i] = make_code(length, table->huffval[place]);
    }
    c->past[length] = code << (16 - length);
  }
}

void make_skips(struct codes *c) {
  for (uint32_t index = 0; index < 1 << SKIP_BITS; index++) {
    struct skip s = {0};
    while (s.bits < SKIP_BITS && !s.last) {
      struct code next = c->code[(index << s.bits & ((1 << SKIP_BITS) - 1)) >> (SKIP_BITS - CODE_BITS)];
      if (next.bits == 0 || s.bits + next.bits - next.size > SKIP_BITS) break; // not whole within the index
      s.bits += next.bits;
      s.last = next.size == 0 && next.run != 15;
      s.steps += s.last ? 1 : next.run + 1;
    }
    c->skip[index] = s;
  }
}

struct code long_code(const struct codes *c, struct bit_reader r, j_decompress_ptr jpeg) {
  int32_t next = r.word >> 48;
  for (int length = CODE_BITS + 1; length <= 16; length++)
    if (next < c->past[length]) return make_code(length, c->table->huffval[(next >> (16 - length)) + c->offset[length]]);
  overrun(r, jpeg);
  WARNMS(jpeg, JWRN_HUFF_BAD_CODE);
  return make_code(16, 0);
}
