// 8-bit codes of a vector of activations. The quotient and the products are those of f32, which the contract names.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "nearest.h"

struct Activations {
    // What the activations were multiplied by: NaN where one of them is no finite number, 1 where all count as zeros.
    float scale;
    std::vector<int> codes;
};

inline Activations activations(const float *a, std::size_t k) {
    float largest = 0;
    bool are_numbers = true;
    for (std::size_t i = 0; i < k; ++i) {
        are_numbers = are_numbers && std::isfinite(a[i]);
        if (std::fabs(a[i]) > largest) largest = std::fabs(a[i]);
    }
    const bool are_zeros = largest < std::ldexp(1.0, -119);
    Activations made = {!are_numbers ? NAN : are_zeros ? 1 : 127 / largest, std::vector<int>(k)};
    for (std::size_t i = 0; i < k; ++i) {
        const float product = a[i] * made.scale;
        made.codes[i] = are_numbers && !are_zeros ? static_cast<int>(nearest(product)) : 0;
    }
    return made;
}
