// Root mean square normalisation: the squares are exact in double, and are added in long double.
#include <cmath>

#include "reference.h"

REFERENCE(rmsnorm_f32) {
    const float *x = input<float>(inputs, 0), *w = input<float>(inputs, 1);
    double *y = static_cast<double *>(output);
    long double squares = 0;
    for (std::size_t i = 0; i < extents[0]; ++i) squares += static_cast<double>(x[i]) * x[i];
    const long double root = std::sqrt(squares / extents[0] + 1e-5f);
    for (std::size_t i = 0; i < extents[0]; ++i) y[i] = static_cast<double>(x[i] / root * w[i]);
}
