// 4-bit codes of groups of elements, each group with a scale.
#include "groups.h"

REFERENCE(quantize_i4) { quantize({4, 7, 8}, extents, inputs, output); }
