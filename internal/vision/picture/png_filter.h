// The filters of PNG rows, PNG specification, section 9.
#ifndef OWNSIGHT_PNG_FILTER_H
#define OWNSIGHT_PNG_FILTER_H

#include <stdint.h>
#include <stddef.h>

// unfilter restores a row of length bytes, whose pixels have step bytes each, from the one above. Both must be followed
// by PNG_SLACK bytes that may be read. It returns 0 for a filter that does not exist.
int unfilter(int filter, uint8_t *row, const uint8_t *above, size_t length, int step);

#endif
