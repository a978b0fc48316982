// Product of a packed ternary matrix and 8-bit activations: the sum in 64-bit integers, then the two roundings of the
// contract.
#include "reference.h"
#include "ternary.h"

REFERENCE(gemv_i2s) {
    const std::size_t m = extents[0], k = extents[1];
    const std::uint8_t *w = input<std::uint8_t>(inputs, 0);
    const std::int8_t *a = input<std::int8_t>(inputs, 1);
    const float *scales = input<float>(inputs, 2);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < m; ++i) {
        std::int64_t sum = 0;
        for (std::size_t j = 0; j < k; ++j) {
            sum += static_cast<std::int64_t>(ternary_weight(w + i * (k / 4), j)) * a[j];
        }
        y[i] = static_cast<float>(sum) / scales[0] * scales[1];
    }
}
