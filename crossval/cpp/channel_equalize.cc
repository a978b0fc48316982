// Weights over the balance of each channel: the balance in double, then one division in float.
#include <algorithm>
#include <cmath>
#include <limits>

#include "reference.h"

REFERENCE(channel_equalize) {
    const std::size_t c = extents[0], f = extents[1];
    const float *w = input<float>(inputs, 0), *x = input<float>(inputs, 1);
    float *s = static_cast<float *>(output), *y = s + c;
    const double nothing = std::ldexp(1.0, -119);
    for (std::size_t i = 0; i < c; ++i) {
        double most_w = 0, most_x = 0;
        bool is_number = true;
        for (std::size_t j = i * f; j < (i + 1) * f; ++j) {
            is_number = is_number && std::isfinite(w[j]) && std::isfinite(x[j]);
            most_w = std::max(most_w, std::fabs(static_cast<double>(w[j])));
            most_x = std::max(most_x, std::fabs(static_cast<double>(x[j])));
        }
        if (!is_number)
            s[i] = std::numeric_limits<float>::quiet_NaN();
        else if (most_w < nothing || most_x < nothing)
            s[i] = 1;
        else
            s[i] = static_cast<float>(std::sqrt(most_w / most_x));
        for (std::size_t j = i * f; j < (i + 1) * f; ++j) y[j] = w[j] / s[i];
    }
}
