// Length: squares are exact in double, and are added in long double. Above the range of float it is infinite there.
#include "reference.h"

#include <cmath>

REFERENCE(norm_l2_f32) {
    const float *a = input<float>(inputs, 0);
    long double sum = 0;
    for (std::size_t i = 0; i < extents[0]; ++i) sum += static_cast<double>(a[i]) * a[i];
    const double length = static_cast<double>(std::sqrt(sum));
    // The conversion rounds to an infinity what is half a step or more above the largest float.
    *static_cast<double *>(output) = std::isinf(static_cast<float>(length)) ? INFINITY : length;
}
