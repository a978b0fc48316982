// Square roots: in double, which loses so little that the rounding to float is the only one that shows.
#include "reference.h"

#include <cmath>

REFERENCE(sqrt_f32) {
    const float *a = input<float>(inputs, 0);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < extents[0]; ++i) y[i] = static_cast<float>(std::sqrt(static_cast<double>(a[i])));
}
