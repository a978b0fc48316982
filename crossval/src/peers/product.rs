//! What the matrix products of all libraries take, which take it in as many orders.

use kernels::{operands::Inputs, shape::Shape};

/// The operands of a matrix product, as long as its extents say.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a> {
    /// Rows of `a` and of the product.
    pub m: usize,
    /// Columns of `b` and of the product.
    pub n: usize,
    /// Columns of `a`, rows of `b`.
    pub k: usize,
    /// Row by row.
    pub a: &'a [f32],
    /// Row by row.
    pub b: &'a [f32],
}

impl<'a> Product<'a> {
    /// That of a kernel's shape and inputs.
    ///
    /// # Panics
    ///
    /// When the inputs are not those of the shape.
    #[must_use]
    pub fn of(shape: &Shape, inputs: Inputs<'a>) -> Self {
        let [m, n, k] = ['m', 'n', 'k'].map(|letter| shape.extent(letter));
        let of = Self { m, n, k, a: inputs.get(0), b: inputs.get(1) };
        assert!(of.a.len() == m * k && of.b.len() == k * n, "the inputs are those of the shape");
        of
    }

    /// That of a matrix and a vector, which is one column.
    ///
    /// # Panics
    ///
    /// When the inputs are not those of the shape.
    #[must_use]
    pub fn of_vector(shape: &Shape, inputs: Inputs<'a>) -> Self {
        let [m, k] = ['m', 'k'].map(|letter| shape.extent(letter));
        let of = Self { m, n: 1, k, a: inputs.get(0), b: inputs.get(1) };
        assert!(of.a.len() == m * k && of.b.len() == k, "the inputs are those of the shape");
        of
    }

    /// Makes sure that `c` is as long as the extents say.
    ///
    /// # Panics
    ///
    /// When it is not.
    pub fn check(self, c: &[f32]) {
        assert_eq!(c.len(), self.m * self.n, "the output is that of the shape");
    }
}
