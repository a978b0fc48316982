// What is below 0 becomes 0; a NaN and a negative zero are not below it.
#include "reference.h"

REFERENCE(relu_f32) {
    const float *a = input<float>(inputs, 0);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < extents[0]; ++i) y[i] = a[i] < 0 ? 0 : a[i];
}
