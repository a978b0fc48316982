// Numbers of groups of ternary codes, each group with a scale.
#include "groups.h"

REFERENCE(dequantize_i2) { dequantize({2, 1, 1}, extents, inputs, output); }
