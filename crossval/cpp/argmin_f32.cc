// Index of the smallest element: of the first NaN, else of the first among equals; all ones where there is none.
#include "reference.h"

#include <cmath>

REFERENCE(argmin_f32) {
    const float *a = input<float>(inputs, 0);
    std::size_t place = 0;
    for (std::size_t i = 1; i < extents[0]; ++i) {
        // Once a NaN is found no number is better, nor is another NaN.
        if (!std::isnan(a[place]) && (std::isnan(a[i]) || a[i] < a[place])) place = i;
    }
    const bool is_there = extents[0] > 0 && place < UINT32_MAX;
    *static_cast<std::uint32_t *>(output) = is_there ? static_cast<std::uint32_t>(place) : UINT32_MAX;
}
