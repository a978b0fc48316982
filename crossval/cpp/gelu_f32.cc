// Gaussian error linear unit: the element times the normal distribution function, from the complement of the error
// function, which loses nothing far below 0; at minus infinity the limit, 0.
#include <cmath>

#include "reference.h"

REFERENCE(gelu_f32) {
    const float *x = input<float>(inputs, 0);
    double *y = static_cast<double *>(output);
    for (std::size_t i = 0; i < extents[0]; ++i) {
        const long double a = x[i];
        const long double phi = 0.5L * std::erfc(-a / std::sqrt(2.0L));
        y[i] = static_cast<double>(std::isinf(a) && a < 0 ? -0.0L : a * phi);
    }
}
