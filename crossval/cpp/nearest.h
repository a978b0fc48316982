// The one rounding of the quantising kernels.
#pragma once

#include <cmath>

// The integer nearest to a number, half to even, found in double, where the distance to the integer below is exact.
inline double nearest(float number) {
    const double below = std::floor(static_cast<double>(number));
    const double distance = number - below;
    if (distance < 0.5) return below;
    if (distance > 0.5) return below + 1;
    return std::fmod(below, 2) == 0 ? below : below + 1;
}
