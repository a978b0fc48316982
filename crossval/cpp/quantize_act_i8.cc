// 8-bit codes of a vector of activations, behind their scale.
#include "activations.h"
#include "reference.h"

REFERENCE(quantize_act_i8) {
    const std::size_t k = extents[0];
    const Activations made = activations(input<float>(inputs, 0), k);
    std::int8_t *codes = static_cast<std::int8_t *>(output) + sizeof(float);
    *static_cast<float *>(output) = made.scale;
    for (std::size_t i = 0; i < k; ++i) codes[i] = static_cast<std::int8_t>(made.codes[i]);
}
