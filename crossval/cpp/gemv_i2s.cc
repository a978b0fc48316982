// Product of a packed ternary matrix and 8-bit activations: the sum in 64-bit integers, then the two roundings of the
// contract.
#include "reference.h"

REFERENCE(gemv_i2s) {
    const std::size_t block = 128, block_bytes = block / 4;
    const std::size_t m = extents[0], k = extents[1];
    const std::uint8_t *w = input<std::uint8_t>(inputs, 0);
    const std::int8_t *a = input<std::int8_t>(inputs, 1);
    const float *scales = input<float>(inputs, 2);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < m; ++i) {
        std::int64_t sum = 0;
        for (std::size_t j = 0; j < k; ++j) {
            const std::size_t place = j % block;
            const std::uint8_t byte = w[i * (k / 4) + j / block * block_bytes + place % block_bytes];
            const int code = byte >> (6 - 2 * (place / block_bytes)) & 3;
            sum += static_cast<std::int64_t>(code - 1) * a[j];
        }
        y[i] = static_cast<float>(sum) / scales[0] * scales[1];
    }
}
