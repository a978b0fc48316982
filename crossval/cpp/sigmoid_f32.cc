// Logistic function, in long double. Where the power is too large even for that, it is infinite, and its reciprocal the right 0.
#include <cmath>

#include "reference.h"

REFERENCE(sigmoid_f32) {
    const float *x = input<float>(inputs, 0);
    double *y = static_cast<double *>(output);
    for (std::size_t i = 0; i < extents[0]; ++i) {
        y[i] = static_cast<double>(1.0L / (1.0L + std::exp(-static_cast<long double>(x[i]))));
    }
}
