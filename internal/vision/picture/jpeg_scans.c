//go:build cgo && !nojpegturbo

#if __has_include(<jpegint.h>)

#include "jpeg_scans.h"

// jpeg_scans_bmi2.c compiles this file once more.
#ifndef SCAN_DECODERS
#define SCAN_DECODERS scan_decoders
#endif

// Zigzag to natural order, T.81 figure A.6. Damaged data may run up to 16 places past the block's end.
static const uint8_t natural[64 + 16] = {
  0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,
  6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31,
  39, 46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
};

static void restart(struct quick_entropy *q, j_decompress_ptr jpeg) {
  jpeg->marker->discarded_bytes += (q->reader.count - q->reader.padded) / 8;
  q->reader = (struct bit_reader){0};
  jpeg->marker->read_restart_marker(jpeg);
  memset(q->previous_dc, 0, sizeof q->previous_dc);
  q->end_run = 0;
  q->restarts_to_go = jpeg->restart_interval;
}

static inline struct quick_entropy *begin_mcu(j_decompress_ptr jpeg) {
  struct quick_entropy *q = (struct quick_entropy *)jpeg->entropy;
  if (jpeg->restart_interval) {
    if (q->restarts_to_go == 0) restart(q, jpeg);
    q->restarts_to_go--;
  }
  return q;
}

static inline boolean end_mcu(struct quick_entropy *q, j_decompress_ptr jpeg, struct bit_reader r) {
  overrun(r, jpeg);
  q->reader = r;
  return TRUE;
}

static inline struct bit_reader decode_dc(struct bit_reader r, j_decompress_ptr jpeg, const struct codes *codes, int *dc) {
  r = need(r, jpeg);
  struct code c = next_code(codes, r, jpeg);
  if (c.size) *dc = (unsigned)*dc + value_of(c, r);
  return drop(r, c.bits);
}

// decode_coefficient decodes one and leads *k to the next: to 64 and more where there is none.
static inline struct bit_reader decode_coefficient(struct bit_reader r, j_decompress_ptr jpeg, const struct codes *codes,
                                                   JCOEF *block, int *k) {
  struct code c = next_code(codes, r, jpeg);
  *k += c.run;
  if (c.size)
    block[natural[*k]] = value_of(c, r);
  else if (c.run != 15)
    *k = 64;
  *k += 1;
  return drop(r, c.bits);
}

static inline struct bit_reader decode_ac(struct bit_reader r, j_decompress_ptr jpeg, const struct codes *codes, JCOEF *block) {
  for (int k = 1; k < 64;) {
    // Whether bits are left for a code is hard to foretell, and a wrong guess of the processor's is dear. After a refill
    // they nearly always are for four.
    if (r.count <= 56) r = refill(r, jpeg);
    r = decode_coefficient(r, jpeg, codes, block, &k);
    for (int more = 3; more > 0 && k < 64; more--) r = decode_coefficient(need(r, jpeg), jpeg, codes, block, &k);
  }
  return r;
}

static inline struct bit_reader skip_ac(struct bit_reader r, j_decompress_ptr jpeg, const struct codes *codes) {
  for (int k = 1; k < 64;) {
    r = need(r, jpeg);
    struct skip s = codes->skip[r.word >> (64 - SKIP_BITS)];
    if (s.bits && k + s.steps <= 64) {
      k = s.last ? 64 : k + s.steps;
      r = drop(r, s.bits);
      continue;
    }
    struct code c = next_code(codes, r, jpeg);
    k = c.size || c.run == 15 ? k + c.run + 1 : 64;
    r = drop(r, c.bits);
  }
  return r;
}

static boolean sequential(j_decompress_ptr jpeg, JBLOCKROW *blocks) {
  struct quick_entropy *q = begin_mcu(jpeg);
  struct bit_reader r = q->reader;
  for (int i = 0; i < jpeg->blocks_in_MCU; i++) {
    int member = jpeg->MCU_membership[i];
    jpeg_component_info *component = jpeg->cur_comp_info[member];
    const struct codes *ac = q->ac[component->ac_tbl_no];
    r = decode_dc(r, jpeg, q->dc[component->dc_tbl_no], &q->previous_dc[member]);
    (*blocks[i])[0] = q->previous_dc[member];
    r = q->means_only[member] ? skip_ac(r, jpeg, ac) : decode_ac(r, jpeg, ac, *blocks[i]);
  }
  return end_mcu(q, jpeg, r);
}

static boolean first_dc(j_decompress_ptr jpeg, JBLOCKROW *blocks) {
  struct quick_entropy *q = begin_mcu(jpeg);
  struct bit_reader r = q->reader;
  for (int i = 0; i < jpeg->blocks_in_MCU; i++) {
    int member = jpeg->MCU_membership[i];
    r = decode_dc(r, jpeg, q->dc[jpeg->cur_comp_info[member]->dc_tbl_no], &q->previous_dc[member]);
    (*blocks[i])[0] = (unsigned)q->previous_dc[member] << jpeg->Al;
  }
  return end_mcu(q, jpeg, r);
}

static boolean refine_dc(j_decompress_ptr jpeg, JBLOCKROW *blocks) {
  struct quick_entropy *q = begin_mcu(jpeg);
  struct bit_reader r = need(q->reader, jpeg);
  for (int i = 0; i < jpeg->blocks_in_MCU; i++, r = drop(r, 1)) // T.81 has no more than ten
    (*blocks[i])[0] |= (r.word >> 63) << jpeg->Al;
  return end_mcu(q, jpeg, r);
}

static inline uint64_t *next_block(struct quick_entropy *q, j_decompress_ptr jpeg) {
  if (q->next_nonzero == q->last_nonzero) ERREXIT(jpeg, JERR_BAD_LENGTH);
  return q->next_nonzero++;
}

static inline uint64_t place(int k) { return 1ull << (k < 63 ? k : 63); }

// read_end_run reads how many blocks, this one included, have nothing more in the band: T.81, section G.1.2.2. The code
// before it has at most 16 of the 32 bits that were needed, so the 14 of this are there too.
static inline struct bit_reader read_end_run(struct quick_entropy *q, struct bit_reader r, int exponent) {
  q->end_run = (1u << exponent) + (exponent ? r.word >> (64 - exponent) : 0);
  return drop(r, exponent);
}

static boolean first_ac(j_decompress_ptr jpeg, JBLOCKROW *blocks) {
  struct quick_entropy *q = begin_mcu(jpeg);
  uint64_t *nonzero = next_block(q, jpeg), found = *nonzero;
  if (q->end_run) {
    q->end_run--;
    return TRUE;
  }
  const struct codes *codes = q->ac[jpeg->cur_comp_info[0]->ac_tbl_no];
  struct bit_reader r = q->reader;
  for (int k = jpeg->Ss; k <= jpeg->Se; k++) {
    r = need(r, jpeg);
    struct code c = next_code(codes, r, jpeg);
    k += c.run;
    if (c.size) {
      JCOEF v = (unsigned)value_of(c, r) << jpeg->Al;
      found = v ? found | place(k) : found & ~place(k); // damaged data may shift all of it out
      if (!q->means_only[0]) (*blocks[0])[natural[k]] = v;
    }
    r = drop(r, c.bits);
    if (c.size == 0 && c.run != 15) {
      r = read_end_run(q, r, c.run);
      q->end_run--;
      break;
    }
  }
  *nonzero = found;
  return end_mcu(q, jpeg, r);
}

// scatter puts the lowest bits of a word, in their order, where mask has ones.
static inline uint64_t scatter(uint64_t bits, uint64_t mask) {
#if defined(__BMI2__)
  return __builtin_ia32_pdep_di(bits, mask);
#else
  uint64_t out = 0;
  for (; mask && bits; mask &= mask - 1, bits >>= 1)
    if (bits & 1) out |= mask & -mask;
  return out;
#endif
}

static inline uint64_t reverse(uint64_t v) {
  v = (v >> 1 & 0x5555555555555555) | (v & 0x5555555555555555) << 1;
  v = (v >> 2 & 0x3333333333333333) | (v & 0x3333333333333333) << 2;
  v = (v >> 4 & 0x0F0F0F0F0F0F0F0F) | (v & 0x0F0F0F0F0F0F0F0F) << 4;
  return __builtin_bswap64(v);
}

// read_corrections reads a bit for each of the coefficients, and adds those with a one to moves.
static inline struct bit_reader read_corrections(struct bit_reader r, j_decompress_ptr jpeg, uint64_t which, uint64_t *moves) {
  for (uint64_t half = which & 0xFFFFFFFF; which; which ^= half, half = which) {
    if (half == 0) continue;
    r = need(r, jpeg);
    *moves |= scatter(reverse(r.word), half);
    r = drop(r, __builtin_popcountll(half));
  }
  return r;
}

// move_away moves coefficients away from zero by the scan's step. One that has the step already stays.
static inline void move_away(JCOEF *block, uint64_t moves, int step) {
  for (; moves; moves &= moves - 1) {
    JCOEF *v = &block[natural[__builtin_ctzll(moves)]];
    *v += (*v < 0 ? -step : step) & -!(*v & step);
  }
}

static boolean refine_ac(j_decompress_ptr jpeg, JBLOCKROW *blocks) {
  struct quick_entropy *q = begin_mcu(jpeg);
  uint64_t *nonzero = next_block(q, jpeg), found = *nonzero, moves = 0;
  const struct codes *codes = q->ac[jpeg->cur_comp_info[0]->ac_tbl_no];
  struct bit_reader r = q->reader;
  int end = jpeg->Se + 1;
  uint64_t band = place(jpeg->Se) << 1; // what is left of it; T.81 has 1 <= Ss <= Se <= 63
  band = (band - 1) & ~(place(jpeg->Ss) - 1);
  while (q->end_run == 0 && band) {
    r = need(r, jpeg);
    struct code c = next_code(codes, r, jpeg);
    if (c.size > 1) WARNMS(jpeg, JWRN_HUFF_BAD_CODE);
    int value = c.size ? value_of(c, r) * (1 << jpeg->Al) : 0;
    r = drop(r, c.bits);
    if (c.size == 0 && c.run != 15) {
      r = read_end_run(q, r, c.run);
      break;
    }
    // It stands at the zero after as many zeros as the run has, or behind the band where there are not as many.
    uint64_t at = scatter(1ull << c.run, band & ~found);
    r = read_corrections(r, jpeg, band & found & (at - 1), &moves);
    if (value) {
      int k = at ? __builtin_ctzll(at) : end;
      if (!q->means_only[0]) (*blocks[0])[natural[k]] = value;
      found |= place(k);
      moves &= ~place(k);
    }
    band &= at ? ~(at | (at - 1)) : 0;
  }
  if (q->end_run) {
    r = read_corrections(r, jpeg, band & found, &moves);
    q->end_run--;
  }
  if (!q->means_only[0]) move_away(*blocks[0], moves, 1 << jpeg->Al);
  *nonzero = found;
  return end_mcu(q, jpeg, r);
}

const struct scan_decoders SCAN_DECODERS = {sequential, first_dc, refine_dc, first_ac, refine_ac};

#endif
