// Elements between two bounds: first raised to the lower one, then lowered to the upper one.
#include "reference.h"

REFERENCE(clip_f32) {
    const float *a = input<float>(inputs, 0), *bounds = input<float>(inputs, 1);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < extents[0]; ++i) {
        // No comparison with a NaN holds, so that it stays, and as a bound changes nothing.
        const float raised = a[i] < bounds[0] ? bounds[0] : a[i];
        y[i] = raised > bounds[1] ? bounds[1] : raised;
    }
}
