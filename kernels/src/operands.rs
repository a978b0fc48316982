//! Operands: the buffers of one case, laid into one piece of memory, the same way every time.

use std::ops::Range;

use bytemuck::Pod;

/// A page, on every platform we ship to at least this; where pages are larger, placements repeat all the same.
pub const PAGE_BYTES: usize = 4096;

/// How far each buffer starts behind the last one's place in its page. Two streams whose addresses agree in their
/// low 12 bits are taken for the same one by the store buffer ("4K aliasing"); 5 lines apart they are not.
const SKEW_BYTES: usize = 320;

/// How many bytes each buffer of a case has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The inputs, in the kernel's order.
    pub inputs: Vec<usize>,
    /// The output.
    pub output: usize,
    /// What the variant needs beside them, for packing; 0 where it needs nothing.
    pub scratch: usize,
}

impl Layout {
    /// Where each buffer starts and ends, in the order inputs, output, scratch: each on a page of its own, with an
    /// offset in the page that depends on its position alone. Placement is a constant bias of up to 40 % for short
    /// kernels, so it is the same in every launch.
    fn places(&self) -> Vec<Range<usize>> {
        let mut end: usize = 0;
        let sizes = self.inputs.iter().copied().chain([self.output, self.scratch]);
        sizes
            .enumerate()
            .map(|(position, bytes)| {
                let start = end.next_multiple_of(PAGE_BYTES) + position * SKEW_BYTES;
                end = start + bytes;
                start..end
            })
            .collect()
    }

    /// How much memory the case needs in all.
    #[must_use]
    pub fn arena_bytes(&self) -> usize {
        self.places().last().map_or(0, |last| last.end)
    }
}

/// Memory that starts on a page, all of it 0 at first: for tests and benchmarks that have no memory of their own.
#[derive(Clone, Debug)]
pub struct Arena(Vec<Page>);

#[derive(Clone, Copy, Debug)]
#[repr(C, align(4096))]
struct Page([u8; PAGE_BYTES]);

// SAFETY: it is an array of bytes, without padding since its size is its alignment, and all zeros are one.
unsafe impl bytemuck::Zeroable for Page {}
// SAFETY: it is an array of bytes, without padding since its size is its alignment; any bytes are one.
unsafe impl Pod for Page {}

impl Arena {
    /// At least this many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(vec![Page([0; PAGE_BYTES]); bytes.div_ceil(PAGE_BYTES)])
    }

    /// Its bytes.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}

/// The buffers of one case.
#[derive(Debug)]
pub struct Operands<'a> {
    inputs: Vec<&'a mut [u8]>,
    output: &'a mut [u8],
    scratch: &'a mut [u8],
}

impl<'a> Operands<'a> {
    /// Lays the buffers into `arena`, which starts on a page (a test may start it elsewhere, by whole `f32`s).
    ///
    /// # Panics
    ///
    /// When `arena` is shorter than [`Layout::arena_bytes`].
    #[must_use]
    pub fn place(layout: &Layout, arena: &'a mut [u8]) -> Self {
        let mut rest = arena;
        let mut taken = 0;
        let mut buffers: Vec<&'a mut [u8]> = Vec::with_capacity(layout.inputs.len() + 2);
        for place in layout.places() {
            let (_, tail) = rest.split_at_mut(place.start - taken);
            let (buffer, tail) = tail.split_at_mut(place.len());
            taken = place.end;
            buffers.push(buffer);
            rest = tail;
        }
        let scratch = buffers.pop().expect("a layout ends with the scratch");
        let output = buffers.pop().expect("a layout has an output");
        Self { inputs: buffers, output, scratch }
    }

    /// Input `index` as elements of type `T`.
    ///
    /// # Panics
    ///
    /// When there is no such input, or it is no whole number of such elements.
    #[must_use]
    pub fn input<T: Pod>(&self, index: usize) -> &[T] {
        bytemuck::cast_slice(self.inputs[index])
    }

    /// Input `index`, to be filled.
    ///
    /// # Panics
    ///
    /// When there is no such input, or it is no whole number of such elements.
    pub fn input_mut<T: Pod>(&mut self, index: usize) -> &mut [T] {
        bytemuck::cast_slice_mut(self.inputs[index])
    }

    /// The bytes of every input, one after the other.
    pub fn input_bytes(&self) -> impl Iterator<Item = &[u8]> {
        self.inputs.iter().map(|input| &**input)
    }

    /// The bytes of the output.
    #[must_use]
    pub fn output(&self) -> &[u8] {
        self.output
    }

    /// All at once, for the call: the inputs to read, the output and the scratch to write.
    ///
    /// # Panics
    ///
    /// When the output is no whole number of elements of type `T`.
    pub fn split<T: Pod>(&mut self) -> (Inputs<'_>, &mut [T], &mut [u8]) {
        (Inputs(&self.inputs), bytemuck::cast_slice_mut(self.output), self.scratch)
    }
}

/// The inputs of one case, while its output is being written.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a>(&'a [&'a mut [u8]]);

impl<'a> Inputs<'a> {
    /// Input `index` as elements of type `T`.
    ///
    /// # Panics
    ///
    /// When there is no such input, or it is no whole number of such elements.
    #[must_use]
    pub fn get<T: Pod>(self, index: usize) -> &'a [T] {
        bytemuck::cast_slice(self.0[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout { inputs: Vec::new(), output: 4, scratch: 0 };

    #[test]
    fn buffers_start_on_pages_of_their_own_at_distinct_offsets() {
        let layout = Layout { inputs: vec![40_000, 40_000], output: 40_000, scratch: 100 };
        let starts: Vec<usize> = layout.places().iter().map(|place| place.start).collect();
        assert_eq!(starts.iter().map(|start| start % PAGE_BYTES).collect::<Vec<_>>(), [0, 320, 640, 960]);
        assert!(layout.places().windows(2).all(|pair| pair[0].end <= pair[1].start));
    }

    #[test]
    fn an_arena_starts_on_a_page() {
        assert_eq!(Arena::new(1).bytes_mut().as_ptr().align_offset(PAGE_BYTES), 0);
    }

    #[test]
    fn an_arena_of_exactly_the_stated_size_is_enough() {
        let mut arena = vec![0_u8; LAYOUT.arena_bytes()];
        assert_eq!(Operands::place(&LAYOUT, &mut arena).output().len(), 4);
    }
}
