// Ternary codes of groups of elements, each group with a scale.
#include "groups.h"

REFERENCE(quantize_i2) { quantize({2, 1, 1}, extents, inputs, output); }
