// 8-bit codes of groups of elements, each group with a scale.
#include "groups.h"

REFERENCE(quantize_i8) { quantize({8, 127, 0}, extents, inputs, output); }
