// Activations over the balance with their weights, and the weights times it: the balance in double, the rest in float.
#include <algorithm>
#include <cmath>
#include <limits>

#include "reference.h"

REFERENCE(smooth_activations) {
    const std::size_t t = extents[0], c = extents[1], f = extents[2];
    const float *x = input<float>(inputs, 0), *w = input<float>(inputs, 1);
    float *s = static_cast<float *>(output), *x_smooth = s + c, *w_smooth = x_smooth + t * c;
    const double nothing = std::ldexp(1.0, -119);
    for (std::size_t j = 0; j < c; ++j) {
        double most_x = 0, most_w = 0;
        bool is_number = true;
        for (std::size_t i = 0; i < t; ++i) {
            is_number = is_number && std::isfinite(x[i * c + j]);
            most_x = std::max(most_x, std::fabs(static_cast<double>(x[i * c + j])));
        }
        for (std::size_t k = 0; k < f; ++k) {
            is_number = is_number && std::isfinite(w[j * f + k]);
            most_w = std::max(most_w, std::fabs(static_cast<double>(w[j * f + k])));
        }
        if (!is_number)
            s[j] = std::numeric_limits<float>::quiet_NaN();
        else if (most_x < nothing || most_w < nothing)
            s[j] = 1;
        else
            s[j] = static_cast<float>(std::sqrt(most_x / most_w));
        for (std::size_t i = 0; i < t; ++i) x_smooth[i * c + j] = x[i * c + j] / s[j];
        for (std::size_t k = 0; k < f; ++k) w_smooth[j * f + k] = w[j * f + k] * s[j];
    }
}
