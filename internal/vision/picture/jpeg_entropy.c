//go:build cgo && !nojpegturbo

#include "jpeg_entropy.h"

#if __has_include(<jpegint.h>)

#include "jpeg_scans.h"

static const struct scan_decoders *choose_decoders(enum entropy entropy) {
#if defined(__x86_64__)
  // The first two generations of Zen take some hundred cycles to scatter bits.
  if (entropy == ENTROPY_QUICK && __builtin_cpu_supports("bmi2") && !__builtin_cpu_is("znver1") &&
      !__builtin_cpu_is("znver2"))
    return &scan_decoders_bmi2;
#endif
  return &scan_decoders;
}

// find_nonzero sets where the words of the scan's component lie: one for each of its blocks, zero at first.
static void find_nonzero(struct quick_entropy *q, j_decompress_ptr jpeg) {
  jpeg_component_info *component = jpeg->cur_comp_info[0];
  uint64_t **words = &q->nonzero[component->component_index];
  size_t count = (size_t)component->width_in_blocks * component->height_in_blocks;
  if (!*words) {
    *words = jpeg->mem->alloc_large((j_common_ptr)jpeg, JPOOL_IMAGE, count * sizeof **words);
    memset(*words, 0, count * sizeof **words);
  }
  q->next_nonzero = *words;
  q->last_nonzero = *words + count;
}

static void prepare(j_decompress_ptr jpeg, struct codes **codes, const JHUFF_TBL *table) {
  if (!*codes) *codes = jpeg->mem->alloc_large((j_common_ptr)jpeg, JPOOL_IMAGE, sizeof **codes);
  make_codes(*codes, table);
}

static void prepare_component(struct quick_entropy *q, j_decompress_ptr jpeg, int i) {
  jpeg_component_info *component = jpeg->cur_comp_info[i];
  int dc = component->dc_tbl_no, ac = component->ac_tbl_no;
#if JPEG_LIB_VERSION >= 70
  q->means_only[i] = component->DCT_h_scaled_size == 1;
#else
  q->means_only[i] = component->DCT_scaled_size == 1;
#endif
  if (!jpeg->progressive_mode || (jpeg->Ss == 0 && jpeg->Ah == 0)) prepare(jpeg, &q->dc[dc], jpeg->dc_huff_tbl_ptrs[dc]);
  if (!jpeg->progressive_mode || jpeg->Ss > 0) prepare(jpeg, &q->ac[ac], jpeg->ac_huff_tbl_ptrs[ac]);
  if (!jpeg->progressive_mode && q->means_only[i]) make_skips(q->ac[ac]);
}

static void prepare_scan(struct quick_entropy *q, j_decompress_ptr jpeg) {
  q->reader = (struct bit_reader){0};
  q->restarts_to_go = jpeg->restart_interval;
  q->end_run = 0;
  memset(q->previous_dc, 0, sizeof q->previous_dc);
  for (int i = 0; i < jpeg->comps_in_scan; i++) prepare_component(q, jpeg, i);
  if (!jpeg->progressive_mode) {
    q->pub.decode_mcu = q->decoders->sequential;
  } else if (jpeg->Ss == 0) {
    q->pub.decode_mcu = jpeg->Ah ? q->decoders->refine_dc : q->decoders->first_dc;
  } else {
    find_nonzero(q, jpeg);
    q->pub.decode_mcu = jpeg->Ah ? q->decoders->refine_ac : q->decoders->first_ac;
  }
}

static void start_pass(j_decompress_ptr jpeg) {
  struct quick_entropy *q = (struct quick_entropy *)jpeg->entropy;
  jpeg->entropy = q->own;
  q->own->start_pass(jpeg);
  jpeg->entropy = &q->pub;
  prepare_scan(q, jpeg);
}

void use_entropy(j_decompress_ptr jpeg, enum entropy entropy) {
  if (entropy == ENTROPY_LIBJPEG || jpeg->arith_code) return;
  struct quick_entropy *q = jpeg->mem->alloc_small((j_common_ptr)jpeg, JPOOL_IMAGE, sizeof *q);
  memset(q, 0, sizeof *q);
  q->decoders = choose_decoders(entropy);
  q->own = jpeg->entropy;
  q->pub.start_pass = start_pass;
  jpeg->entropy = &q->pub;
  prepare_scan(q, jpeg); // libjpeg has started the first already
}

#else

void use_entropy(j_decompress_ptr jpeg, enum entropy entropy) { (void)jpeg, (void)entropy; }

#endif
