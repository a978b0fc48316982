// Numbers of groups of 4-bit codes, each group with a scale.
#include "groups.h"

REFERENCE(dequantize_i4) { dequantize({4, 7, 8}, extents, inputs, output); }
