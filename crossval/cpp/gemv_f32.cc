// Product of a matrix and a vector: the products are exact in double, and are added in long double.
#include "reference.h"

REFERENCE(gemv_f32) {
    const std::size_t m = extents[0], k = extents[1];
    const float *a = input<float>(inputs, 0), *x = input<float>(inputs, 1);
    double *y = static_cast<double *>(output);
    for (std::size_t i = 0; i < m; ++i) {
        long double sum = 0;
        for (std::size_t j = 0; j < k; ++j) sum += static_cast<double>(a[i * k + j]) * x[j];
        y[i] = static_cast<double>(sum);
    }
}
