// Product of a vector and a number: exact in double, and rounded once.
#include "reference.h"

REFERENCE(scale_f32) {
    const float *a = input<float>(inputs, 0);
    const double alpha = *input<float>(inputs, 1);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < extents[0]; ++i) y[i] = static_cast<float>(alpha * a[i]);
}
