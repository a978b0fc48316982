// Product of two matrices: the products are exact in double, and are added in long double.
#include "reference.h"

#include <algorithm>
#include <vector>

REFERENCE(matmul_f32) {
    const std::size_t m = extents[0], n = extents[1], k = extents[2];
    const float *a = input<float>(inputs, 0), *b = input<float>(inputs, 1);
    double *c = static_cast<double *>(output);
    // A row of sums at a time, so that `b` is read in its order: the largest shape has nine thousand million products.
    std::vector<long double> sums(n);
    for (std::size_t i = 0; i < m; ++i) {
        std::fill(sums.begin(), sums.end(), 0);
        for (std::size_t p = 0; p < k; ++p) {
            const double from_a = a[i * k + p];
            for (std::size_t j = 0; j < n; ++j) sums[j] += from_a * b[p * n + j];
        }
        for (std::size_t j = 0; j < n; ++j) c[i * n + j] = static_cast<double>(sums[j]);
    }
}
