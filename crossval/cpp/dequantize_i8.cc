// Numbers of groups of 8-bit codes, each group with a scale.
#include "groups.h"

REFERENCE(dequantize_i8) { dequantize({8, 127, 0}, extents, inputs, output); }
