// Dot product: the products are exact in double, and are added in long double.
#include "reference.h"

REFERENCE(dot_f32) {
    const float *a = input<float>(inputs, 0), *b = input<float>(inputs, 1);
    long double sum = 0;
    for (std::size_t i = 0; i < extents[0]; ++i) sum += static_cast<double>(a[i]) * b[i];
    *static_cast<double *>(output) = static_cast<double>(sum);
}
