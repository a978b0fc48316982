//! Blocks: how much of its operands a kernel works on at a time, by the sizes of the caches.

use platforms::cpu::Caches;

/// A first-level data cache where nothing tells its size: the smallest of today's.
const L1D_BYTES: usize = 32 << 10;
/// A second-level cache where nothing tells its size: that of a small server core.
const L2_BYTES: usize = 512 << 10;

/// The blocks of a matrix product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProductBlocks {
    /// Steps of the sum.
    pub(crate) depth: usize,
    /// Rows of `a` and `c`.
    pub(crate) rows: usize,
    /// Elements of a `c` that is still in the second-level cache when its next tile is wanted.
    pub(crate) near: usize,
}

impl ProductBlocks {
    /// Those for caches of these sizes.
    ///
    /// A block is as deep as 32 columns of `b` that fill the first-level cache: a strip of AVX2's width stays in it, and
    /// one of AVX-512's, of 48, comes again from the second level, which its tiles leave the time for. Deeper blocks would
    /// read and write `c` less often, but not below 64 or past 512 steps: there one costs much and the other little.
    ///
    /// A block of `a` takes half of the second-level cache.
    pub(crate) fn of(caches: Caches) -> Self {
        let l1d_bytes = bytes(caches.l1d_bytes, L1D_BYTES);
        let l2_bytes = bytes(caches.l2_bytes, L2_BYTES);
        let depth = (l1d_bytes / (32 * 4)).clamp(64, 512);
        Self { depth, rows: (l2_bytes / 2 / (4 * depth)).max(1), near: near_elements(caches) }
    }
}

/// How many columns of a matrix are transposed before those beside them, a multiple of 16, at least that: as many as there
/// are lines in a quarter of the first-level cache.
pub(crate) fn transposed_columns(caches: Caches) -> usize {
    (bytes(caches.l1d_bytes, L1D_BYTES) / 4 / 64 / 16 * 16).max(16)
}

/// How many elements may stand in the second-level cache and be there still when they are wanted again.
pub(crate) fn near_elements(caches: Caches) -> usize {
    bytes(caches.l2_bytes, L2_BYTES) / 2 / 4
}

/// Whether the next rows of a matrix are asked for while the ones before them are used: where it comes from beyond the
/// second-level cache, and the rows that are asked for together, `group_elements`, leave most of that cache to others. The
/// prefetchers of a core begin anew on every page, so that with eight streams they wait for memory half of the time; whole
/// rows ahead the lines are there: a fifth faster on Zen 4, where a distance within the row was slower than none.
pub(crate) fn reads_ahead(caches: Caches, elements: usize, group_elements: usize) -> bool {
    let near = near_elements(caches);
    elements > near && group_elements <= near / 2
}

/// The size of a cache, or what stands for it.
fn bytes(told: Option<u64>, otherwise: usize) -> usize {
    told.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_product(l1d_bytes: Option<u64>, l2_bytes: Option<u64>, depth: usize, rows: usize) {
        let blocks = ProductBlocks::of(Caches { l1d_bytes, l2_bytes, ..Caches::default() });
        assert_eq!((blocks.depth, blocks.rows), (depth, rows));
    }

    #[test]
    fn a_server_core_with_a_megabyte_works_on_blocks_of_512_by_256() {
        check_product(Some(32 << 10), Some(1 << 20), 256, 512);
    }

    #[test]
    fn a_larger_first_level_makes_deeper_blocks_and_a_larger_second_level_higher_ones() {
        check_product(Some(48 << 10), Some(1 << 20), 384, 341);
        check_product(Some(48 << 10), Some(2 << 20), 384, 682);
    }

    #[test]
    fn depth_has_an_end_both_ways() {
        check_product(Some(128 << 10), Some(12 << 20), 512, 3072);
        check_product(Some(4 << 10), Some(64 << 10), 64, 128);
    }

    #[test]
    fn unknown_caches_are_taken_for_small_ones() {
        check_product(None, None, 256, 256);
    }

    #[test]
    fn rows_are_asked_for_ahead_where_a_matrix_is_large_and_they_are_not() {
        let caches = Caches { l2_bytes: Some(1 << 20), ..Caches::default() };
        assert!(reads_ahead(caches, 4096 * 4096, 8 * 4096));
        assert!(!reads_ahead(caches, 256 * 256, 8 * 256));
        assert!(!reads_ahead(caches, 16 << 20, 8 * 16384));
    }

    #[track_caller]
    fn check_transposed(l1d_bytes: Option<u64>, columns: usize) {
        assert_eq!(transposed_columns(Caches { l1d_bytes, ..Caches::default() }), columns);
    }

    #[test]
    fn the_lines_that_a_transposition_writes_take_a_quarter_of_the_first_level_cache() {
        check_transposed(Some(32 << 10), 128);
        check_transposed(Some(48 << 10), 192);
        check_transposed(None, 128);
    }

    #[test]
    fn a_transposition_does_whole_lines_of_the_smallest_cache() {
        check_transposed(Some(5 << 10), 16);
        check_transposed(Some(1), 16);
    }

    #[test]
    fn a_block_is_never_empty() {
        check_product(Some(1), Some(1), 64, 1);
        check_product(Some(u64::MAX), Some(u64::MAX), 512, usize::MAX / 2 / 2048);
    }
}
