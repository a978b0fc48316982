// Product of a ternary matrix packed in pairs and 8-bit activations: the sum in 64-bit integers of the weights that the
// indexes stand for, then the two roundings of the contract.
#include "reference.h"

REFERENCE(gemv_tl1) {
    const std::size_t tile = 128, half = tile / 2;
    const std::size_t m = extents[0], k = extents[1];
    const std::uint8_t *w = input<std::uint8_t>(inputs, 0);
    const std::int8_t *a = input<std::int8_t>(inputs, 1);
    const float *scales = input<float>(inputs, 2);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < m; ++i) {
        const std::size_t row = i % tile;
        std::int64_t sum = 0;
        for (std::size_t pair = 0; pair < k / 2; ++pair) {
            const std::uint8_t byte = w[(i / tile * (k / 2) + pair) * half + row % half];
            const int index = row < half ? byte % 16 : byte / 16;
            for (int t0 = -1; t0 <= 1; ++t0) {
                for (int t1 = -1; t1 <= 1; ++t1) {
                    if (3 * t0 + t1 + 4 == index) {
                        sum += t0 * a[2 * pair] + t1 * a[2 * pair + 1];
                    }
                }
            }
        }
        y[i] = static_cast<float>(sum) / scales[0] * scales[1];
    }
}
