// The one signature of all references: plain loops after the formula in the kernel's contract.
//
// `extents` are those of the shape, in the kernel's order. `inputs` are the kernel's, laid out as its contract says.
// `output` has, under a contract of tolerance, one `double` for each output; under an exact one, the kernel's own type.
// What is added up is added in a type wider than the kernel's.
#pragma once

#include <cstddef>
#include <cstdint>

#define REFERENCE(kernel) \
    extern "C" void kernel##_reference(const std::size_t *extents, const void *const *inputs, void *output)

// Input `index` as elements of type `T`.
template <typename T> const T *input(const void *const *inputs, std::size_t index) {
    return static_cast<const T *>(inputs[index]);
}
