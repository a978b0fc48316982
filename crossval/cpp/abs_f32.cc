// Magnitudes.
#include "reference.h"

#include <cmath>

REFERENCE(abs_f32) {
    const float *a = input<float>(inputs, 0);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < extents[0]; ++i) y[i] = std::fabs(a[i]);
}
