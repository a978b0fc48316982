// Product of two matrices: the products are exact in double, and are added in long double.
#include "reference.h"

REFERENCE(matmul_f32) {
    const std::size_t m = extents[0], n = extents[1], k = extents[2];
    const float *a = input<float>(inputs, 0), *b = input<float>(inputs, 1);
    double *c = static_cast<double *>(output);
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            long double sum = 0;
            for (std::size_t p = 0; p < k; ++p) sum += static_cast<double>(a[i * k + p]) * b[p * n + j];
            c[i * n + j] = static_cast<double>(sum);
        }
    }
}
