// Product of two vectors: in double, which loses so little that the rounding to float is the only one that shows.
#include "reference.h"

REFERENCE(mul_f32) {
    const float *a = input<float>(inputs, 0), *b = input<float>(inputs, 1);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < extents[0]; ++i) y[i] = static_cast<float>(static_cast<double>(a[i]) * b[i]);
}
