// Codes of a byte, a scale a group of rows: each step of the contract by itself, the range in double.
#include <algorithm>
#include <cmath>
#include <limits>

#include "reference.h"

REFERENCE(spatial_group_quantize) {
    const std::size_t c = extents[0], f = extents[1], g = std::max<std::size_t>(extents[2], 1);
    const std::size_t slabs = (c + g - 1) / g;
    const float *w = input<float>(inputs, 0);
    float *s = static_cast<float *>(output), *z = s + slabs;
    std::uint8_t *q = reinterpret_cast<std::uint8_t *>(z + slabs);
    const float nothing = std::ldexp(1.0f, -119), nan = std::numeric_limits<float>::quiet_NaN();
    for (std::size_t slab = 0; slab < slabs; ++slab) {
        const std::size_t begin = slab * g * f, end = std::min(c, (slab + 1) * g) * f;
        bool is_number = begin < end;
        double least = std::numeric_limits<double>::infinity(), greatest = -least;
        for (std::size_t i = begin; i < end; ++i) {
            is_number = is_number && std::isfinite(w[i]);
            least = std::min<double>(least, w[i]);
            greatest = std::max<double>(greatest, w[i]);
        }
        const float m = static_cast<float>(least);
        float r = 0;
        if (!is_number) {
            s[slab] = z[slab] = nan;
        } else if (greatest - least >= nothing) {
            s[slab] = static_cast<float>((greatest - least) / 255);
            r = 1 / s[slab];
            z[slab] = 0 - m * r;
        } else if (std::fabs(m) >= nothing) {
            s[slab] = std::fabs(m);
            r = 1 / s[slab];
            z[slab] = m < 0 ? 1 : 0;
        } else {
            s[slab] = z[slab] = 0;
        }
        for (std::size_t i = begin; i < end; ++i) {
            const float code = is_number ? std::nearbyint(w[i] * r + z[slab]) : 0;
            q[i] = code > 255 ? 255 : code > 0 ? static_cast<std::uint8_t>(code) : 0;
        }
    }
}
