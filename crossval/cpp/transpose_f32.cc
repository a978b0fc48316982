// Transposition: each element, moved.
#include "reference.h"

REFERENCE(transpose_f32) {
    const std::size_t rows = extents[0], columns = extents[1];
    const float *a = input<float>(inputs, 0);
    float *y = static_cast<float *>(output);
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) y[j * rows + i] = a[i * columns + j];
    }
}
