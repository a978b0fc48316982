// A ternary linear layer of f32 activations: their 8-bit codes, then the sum in 64-bit integers and the two roundings of the
// contract. Quotient and products of the codes are those of f32, which the contract names.
#include <vector>

#include "nearest.h"
#include "reference.h"

REFERENCE(linear_i2s) {
    const std::size_t block = 128, block_bytes = block / 4;
    const std::size_t m = extents[0], k = extents[1];
    const std::uint8_t *w = input<std::uint8_t>(inputs, 0);
    const float *x = input<float>(inputs, 1);
    const float s_w = *input<float>(inputs, 2);
    float *y = static_cast<float *>(output);
    float largest = 0;
    bool are_numbers = true;
    for (std::size_t j = 0; j < k; ++j) {
        are_numbers = are_numbers && std::isfinite(x[j]);
        if (std::fabs(x[j]) > largest) largest = std::fabs(x[j]);
    }
    const bool are_zeros = largest < std::ldexp(1.0, -119);
    const float s_a = !are_numbers ? NAN : are_zeros ? 1 : 127 / largest;
    std::vector<int> codes(k);
    for (std::size_t j = 0; j < k; ++j) {
        const float product = x[j] * s_a;
        codes[j] = are_numbers && !are_zeros ? static_cast<int>(nearest(product)) : 0;
    }
    for (std::size_t i = 0; i < m; ++i) {
        std::int64_t sum = 0;
        for (std::size_t j = 0; j < k; ++j) {
            const std::size_t place = j % block;
            const std::uint8_t byte = w[i * (k / 4) + j / block * block_bytes + place % block_bytes];
            const int code = byte >> (6 - 2 * (place / block_bytes)) & 3;
            sum += static_cast<std::int64_t>(code - 1) * codes[j];
        }
        y[i] = static_cast<float>(sum) / s_a * s_w;
    }
}
