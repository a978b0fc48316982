// Smallest element, NaN where any is one, `-0.0` below `0.0`.
#include "reference.h"

#include <cmath>

REFERENCE(min_f32) {
    const float *a = input<float>(inputs, 0);
    float best = INFINITY;
    bool has_nan = false;
    for (std::size_t i = 0; i < extents[0]; ++i) {
        has_nan = has_nan || std::isnan(a[i]);
        const bool is_better_zero = a[i] == 0 && best == 0 && std::signbit(a[i]);
        if (a[i] < best || is_better_zero) best = a[i];
    }
    *static_cast<float *>(output) = has_nan ? NAN : best;
}
