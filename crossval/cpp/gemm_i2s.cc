// Product of a packed ternary matrix and vectors of 8-bit activations: the sums in 64-bit integers, then the two roundings of
// the contract. A row's weights are taken out of their bytes once for all vectors.
#include "reference.h"
#include "ternary.h"

#include <vector>

REFERENCE(gemm_i2s) {
    const std::size_t b = extents[0], m = extents[1], k = extents[2];
    const std::uint8_t *w = input<std::uint8_t>(inputs, 0);
    const std::int8_t *a = input<std::int8_t>(inputs, 1);
    const float *scales = input<float>(inputs, 2);
    float *y = static_cast<float *>(output);
    std::vector<int> weights(k);
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < k; ++j) weights[j] = ternary_weight(w + i * (k / 4), j);
        for (std::size_t v = 0; v < b; ++v) {
            std::int64_t sum = 0;
            for (std::size_t j = 0; j < k; ++j) sum += static_cast<std::int64_t>(weights[j]) * a[v * k + j];
            y[v * m + i] = static_cast<float>(sum) / scales[v] * scales[b];
        }
    }
}
