// Product of a ternary matrix packed in triples and 8-bit activations: the sum in 64-bit integers of the weights that the
// indexes and signs stand for, then the two roundings of the contract.
#include "reference.h"

REFERENCE(gemv_tl2) {
    const std::size_t tile = 128, half = tile / 2, triples = 8, block_bytes = triples * half + tile;
    const std::size_t m = extents[0], k = extents[1];
    const std::uint8_t *w = input<std::uint8_t>(inputs, 0);
    const std::int8_t *a = input<std::int8_t>(inputs, 1);
    const float *scales = input<float>(inputs, 2);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < m; ++i) {
        const std::size_t row = i % tile;
        std::int64_t sum = 0;
        for (std::size_t j = 0; j < k / 3; ++j) {
            const std::uint8_t *block = w + (i / tile * (k / 24) + j / triples) * block_bytes;
            const std::uint8_t byte = block[j % triples * half + row % half];
            const int index = row < half ? byte % 16 : byte / 16;
            const bool is_negative = (block[triples * half + row] << j % triples & 0x80) != 0;
            const int v = is_negative ? -index : index;
            for (int t = 0; t < 27; ++t) {
                const int t0 = t / 9 - 1, t1 = t / 3 % 3 - 1, t2 = t % 3 - 1;
                if (9 * t0 + 3 * t1 + t2 == v) {
                    sum += t0 * a[3 * j] + t1 * a[3 * j + 1] + t2 * a[3 * j + 2];
                }
            }
        }
        y[i] = static_cast<float>(sum) / scales[0] * scales[1];
    }
}
