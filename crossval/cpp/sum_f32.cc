// Sum, in long double.
#include "reference.h"

REFERENCE(sum_f32) {
    const float *a = input<float>(inputs, 0);
    long double sum = 0;
    for (std::size_t i = 0; i < extents[0]; ++i) sum += a[i];
    *static_cast<double *>(output) = static_cast<double>(sum);
}
