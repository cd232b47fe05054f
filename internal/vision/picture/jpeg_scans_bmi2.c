//go:build cgo && !nojpegturbo

#if defined(__x86_64__)
#pragma GCC target("bmi,bmi2,popcnt")
#define SCAN_DECODERS scan_decoders_bmi2
#include "jpeg_scans.c"
#endif
