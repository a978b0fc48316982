// Softmax: the exponentials of the distances to the largest element, over their sum in long double.
#include <cmath>
#include <limits>

#include "reference.h"

REFERENCE(softmax_f32) {
    const float *x = input<float>(inputs, 0);
    double *y = static_cast<double *>(output);
    double largest = -std::numeric_limits<double>::infinity();
    // A NaN that is passed over here makes the sum one.
    for (std::size_t i = 0; i < extents[0]; ++i) largest = x[i] > largest ? x[i] : largest;
    long double sum = 0;
    for (std::size_t i = 0; i < extents[0]; ++i) sum += std::exp(static_cast<long double>(x[i] - largest));
    for (std::size_t i = 0; i < extents[0]; ++i) {
        y[i] = static_cast<double>(std::exp(static_cast<long double>(x[i] - largest)) / sum);
    }
}
