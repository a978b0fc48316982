// Exponential.
#include <cmath>

#include "reference.h"

REFERENCE(exp_f32) {
    const float *x = input<float>(inputs, 0);
    double *y = static_cast<double *>(output);
    for (std::size_t i = 0; i < extents[0]; ++i) y[i] = std::exp(static_cast<double>(x[i]));
}
