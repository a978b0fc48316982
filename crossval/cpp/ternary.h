// Ternary weights out of packed bytes: four to a byte, in blocks of 128 weights in 32 bytes.
#pragma once

#include <cstddef>
#include <cstdint>

// The weight j of a row whose packed bytes begin at `row`: -1, 0 or 1. Byte p of a block holds the weights p, p+32, p+64
// and p+96, the first in its highest bits.
inline int ternary_weight(const std::uint8_t *row, std::size_t j) {
    const std::size_t block = 128, block_bytes = block / 4;
    const std::size_t place = j % block;
    const std::uint8_t byte = row[j / block * block_bytes + place % block_bytes];
    return (byte >> (6 - 2 * (place / block_bytes)) & 3) - 1;
}
