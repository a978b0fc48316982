// Multiple of a vector plus another: the product is exact in double, and the sum is rounded there.
#include "reference.h"

REFERENCE(axpy_f32) {
    const float *x = input<float>(inputs, 0), *z = input<float>(inputs, 1);
    const double alpha = *input<float>(inputs, 2);
    double *y = static_cast<double *>(output);
    for (std::size_t i = 0; i < extents[0]; ++i) y[i] = alpha * x[i] + z[i];
}
