// Groups of elements with a scale each, and their codes, element by element after the contracts of the quantising
// kernels.
#pragma once

#include "nearest.h"
#include "reference.h"

#include <cmath>

// How codes are stored: bits of each, their largest, and what is added to them.
struct Format {
    unsigned bits;
    int largest, offset;
};

// Where code `index` stands: a byte, and the bit that it begins at.
struct Place {
    std::size_t byte;
    unsigned bit;
};

inline Place place(Format format, std::size_t index) {
    const std::size_t chunk = 32, chunk_bytes = 4 * format.bits;
    const std::size_t within = index % chunk;
    return {index / chunk * chunk_bytes + within % chunk_bytes,
            static_cast<unsigned>(within / chunk_bytes) * format.bits};
}

// The quotients and the products are those of f32, which the contracts name.
inline void quantize(Format format, const std::size_t *extents, const void *const *inputs, void *output) {
    const std::size_t groups = extents[0], group = extents[1];
    const float *x = input<float>(inputs, 0);
    float *scales = static_cast<float *>(output);
    std::uint8_t *codes = static_cast<std::uint8_t *>(output) + groups * sizeof(float);
    const float levels = static_cast<float>(format.largest);
    for (std::size_t i = 0; i < groups * group * format.bits / 8; ++i) codes[i] = 0;
    for (std::size_t i = 0; i < groups; ++i) {
        float largest = 0;
        bool are_numbers = true;
        for (std::size_t j = 0; j < group; ++j) {
            const float magnitude = std::fabs(x[i * group + j]);
            are_numbers = are_numbers && std::isfinite(magnitude);
            if (magnitude > largest) largest = magnitude;
        }
        const bool are_zeros = largest < std::ldexp(1.0, -119);
        scales[i] = !are_numbers ? NAN : are_zeros ? 0 : largest / levels;
        for (std::size_t j = 0; j < group; ++j) {
            int code = 0;
            if (are_numbers && !are_zeros) {
                const float factor = levels / largest;
                const float product = x[i * group + j] * factor;
                code = static_cast<int>(nearest(product));
            }
            const Place at = place(format, i * group + j);
            const unsigned mask = (1U << format.bits) - 1;
            codes[at.byte] = static_cast<std::uint8_t>(
                codes[at.byte] | (static_cast<unsigned>(code + format.offset) & mask) << at.bit);
        }
    }
}

inline void dequantize(Format format, const std::size_t *extents, const void *const *inputs, void *output) {
    const std::size_t groups = extents[0], group = extents[1];
    const float *scales = input<float>(inputs, 0);
    const std::uint8_t *codes = input<std::uint8_t>(inputs, 1);
    float *x = static_cast<float *>(output);
    for (std::size_t index = 0; index < groups * group; ++index) {
        const Place at = place(format, index);
        const int range = 1 << format.bits;
        int code = (codes[at.byte] >> at.bit & (range - 1)) - format.offset;
        // Without an offset a code is in two's complement.
        if (format.offset == 0 && code >= range / 2) code -= range;
        x[index] = static_cast<float>(code) * scales[index / group];
    }
}
