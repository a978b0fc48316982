// A ternary linear layer of f32 activations: their 8-bit codes, then the sum in 64-bit integers and the two roundings of the
// contract.
#include "activations.h"
#include "reference.h"
#include "ternary.h"

REFERENCE(linear_i2s) {
    const std::size_t m = extents[0], k = extents[1];
    const std::uint8_t *w = input<std::uint8_t>(inputs, 0);
    const Activations a = activations(input<float>(inputs, 1), k);
    const float s_w = *input<float>(inputs, 2);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < m; ++i) {
        std::int64_t sum = 0;
        for (std::size_t j = 0; j < k; ++j) {
            sum += static_cast<std::int64_t>(ternary_weight(w + i * (k / 4), j)) * a.codes[j];
        }
        y[i] = static_cast<float>(sum) / a.scale * s_w;
    }
}
