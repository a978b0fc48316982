// Rotary embedding: each pair, half a head apart, is turned by the angle that its cosine and sine are of.
#include "reference.h"

REFERENCE(rope_f32) {
    const float *x = input<float>(inputs, 0), *c = input<float>(inputs, 1), *s = input<float>(inputs, 2);
    double *y = static_cast<double *>(output);
    const std::size_t heads = extents[0], d = extents[1], half = d / 2;
    for (std::size_t i = 0; i < heads; ++i) {
        for (std::size_t j = 0; j < half; ++j) {
            const double first = x[i * d + j], second = x[i * d + half + j];
            y[i * d + j] = first * c[j] - second * s[j];
            y[i * d + half + j] = second * c[j] + first * s[j];
        }
    }
}
