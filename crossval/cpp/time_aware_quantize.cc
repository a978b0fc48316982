// Codes of a byte, a scale a group of timesteps: each step of the contract by itself, the range in double.
#include <algorithm>
#include <cmath>
#include <limits>

#include "reference.h"

REFERENCE(time_aware_quantize) {
    const std::size_t t = extents[0], g = std::max<std::size_t>(extents[1], 1), n = extents[2];
    const float *minima = input<float>(inputs, 0), *maxima = input<float>(inputs, 1), *w = input<float>(inputs, 2);
    float *s = static_cast<float *>(output), *z = s + g;
    std::uint8_t *q = reinterpret_cast<std::uint8_t *>(z + g);
    const float nothing = std::ldexp(1.0f, -119), nan = std::numeric_limits<float>::quiet_NaN();
    const std::size_t run = (n + g - 1) / g;
    for (std::size_t group = 0; group < g; ++group) {
        const std::size_t first = group * t / g, behind = (group + 1) * t / g;
        const std::size_t begin = std::min(n, group * run), end = std::min(n, begin + run);
        bool is_number = first < behind;
        double least = std::numeric_limits<double>::infinity(), greatest = -least;
        for (std::size_t i = first; i < behind; ++i) {
            is_number = is_number && std::isfinite(minima[i]) && std::isfinite(maxima[i]);
            least = std::min<double>(least, minima[i]);
            greatest = std::max<double>(greatest, maxima[i]);
        }
        for (std::size_t j = begin; j < end; ++j) is_number = is_number && std::isfinite(w[j]);
        is_number = is_number && least <= greatest;
        const float m = static_cast<float>(least);
        float r = 0;
        if (!is_number) {
            s[group] = z[group] = nan;
        } else if (greatest - least >= nothing) {
            s[group] = static_cast<float>((greatest - least) / 255);
            r = 1 / s[group];
            z[group] = 0 - m * r;
        } else if (std::fabs(m) >= nothing) {
            s[group] = std::fabs(m);
            r = 1 / s[group];
            z[group] = m < 0 ? 1 : 0;
        } else {
            s[group] = z[group] = 0;
        }
        for (std::size_t j = begin; j < end; ++j) {
            const float code = is_number ? std::nearbyint(w[j] * r + z[group]) : 0;
            q[j] = code > 255 ? 255 : code > 0 ? static_cast<std::uint8_t>(code) : 0;
        }
    }
}
