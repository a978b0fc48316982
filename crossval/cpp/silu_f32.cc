// Sigmoid linear unit: the element over one more than the power of its negative; at minus infinity the limit, 0.
#include <cmath>

#include "reference.h"

REFERENCE(silu_f32) {
    const float *x = input<float>(inputs, 0);
    double *y = static_cast<double *>(output);
    for (std::size_t i = 0; i < extents[0]; ++i) {
        const long double a = x[i];
        y[i] = static_cast<double>(std::isinf(a) && a < 0 ? -0.0L : a / (1.0L + std::exp(-a)));
    }
}
