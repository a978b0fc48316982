// 8-bit codes of a vector of activations. The quotient and the products are those of f32, which the contract names.
#include "nearest.h"
#include "reference.h"

REFERENCE(quantize_act_i8) {
    const std::size_t k = extents[0];
    const float *a = input<float>(inputs, 0);
    float *scale = static_cast<float *>(output);
    std::int8_t *codes = static_cast<std::int8_t *>(output) + sizeof(float);
    float largest = 0;
    bool are_numbers = true;
    for (std::size_t i = 0; i < k; ++i) {
        are_numbers = are_numbers && std::isfinite(a[i]);
        if (std::fabs(a[i]) > largest) largest = std::fabs(a[i]);
    }
    const bool are_zeros = largest < std::ldexp(1.0, -119);
    *scale = !are_numbers ? NAN : are_zeros ? 1 : 127 / largest;
    for (std::size_t i = 0; i < k; ++i) {
        const float product = a[i] * *scale;
        codes[i] = are_numbers && !are_zeros ? static_cast<std::int8_t>(nearest(product)) : 0;
    }
}
