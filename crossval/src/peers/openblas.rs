//! `OpenBLAS`: the BLAS of most distributions, with kernels in assembly that it picks by the CPU. Linked as the system
//! has it.
//!
//! CBLAS is the interface of the BLAS Technical Forum's standard of 2001, appendix B; `ssum`, `smax`,
//! `smin`, `ismax`, `ismin` and `somatcopy` are its own.

use std::{
    ffi::{CStr, c_char, c_float, c_int},
    sync::Once,
};

use kernels::{operands::Inputs, shape::Shape};

use super::{Library, product::Product};
use crate::peer::{Call, Closeness, Peer, Prepare, each};

pub(super) const LIBRARY: Library = Library {
    name: "openblas",
    version,
    peers: &[
        peer("matmul_f32", "cblas_sgemm, row-major", matmul),
        peer("matmul_f32", "cblas_sgemv, transposed, since m is 1", vector_times_matrix),
        peer("dot_f32", "cblas_sdot", dot),
        peer("sum_f32", "cblas_ssum", sum),
        peer("max_f32", "smax_", max),
        peer("min_f32", "smin_", min),
        peer("argmax_f32", "ismax_", argmax),
        peer("argmin_f32", "ismin_", argmin),
        peer("norm_l1_f32", "cblas_sasum", norm_l1),
        peer("norm_l2_f32", "cblas_snrm2", norm_l2),
        peer("scale_f32", "cblas_scopy, then cblas_sscal, which is in place", scale),
        peer("axpy_f32", "cblas_scopy, then cblas_saxpy, which is in place", axpy),
        peer("transpose_f32", "cblas_somatcopy, transposed", transpose),
        peer("gemv_f32", "cblas_sgemv, row-major", gemv),
    ],
};

const fn peer(kernel: &'static str, call: &'static str, prepare: Prepare) -> Peer {
    Peer { kernel, call, closeness: Closeness::Contract, prepare }
}

/// `CBLAS_ORDER`.
const ROW_MAJOR: c_int = 101;
/// `CBLAS_TRANSPOSE`.
const NO_TRANS: c_int = 111;
/// `CBLAS_TRANSPOSE`.
const TRANS: c_int = 112;

// As Debian builds it, and most: integers of 32 bits.
unsafe extern "C" {
    fn openblas_get_config() -> *const c_char;
    fn openblas_get_corename() -> *const c_char;
    fn openblas_get_num_threads() -> c_int;
    fn openblas_set_num_threads(threads: c_int);

    fn cblas_scopy(n: c_int, x: *const f32, x_step: c_int, y: *mut f32, y_step: c_int);
    fn cblas_saxpy(n: c_int, alpha: c_float, x: *const f32, x_step: c_int, y: *mut f32, y_step: c_int);
    fn cblas_sscal(n: c_int, alpha: c_float, x: *mut f32, x_step: c_int);
    fn cblas_somatcopy(
        order: c_int,
        trans: c_int,
        rows: c_int,
        columns: c_int,
        alpha: c_float,
        a: *const f32,
        a_row: c_int,
        b: *mut f32,
        b_row: c_int,
    );
    fn cblas_sasum(n: c_int, x: *const f32, x_step: c_int) -> c_float;
    fn cblas_snrm2(n: c_int, x: *const f32, x_step: c_int) -> c_float;
    fn cblas_sdot(n: c_int, x: *const f32, x_step: c_int, y: *const f32, y_step: c_int) -> c_float;
    fn cblas_ssum(n: c_int, x: *const f32, x_step: c_int) -> c_float;
    fn smax_(n: *const c_int, x: *const f32, x_step: *const c_int) -> c_float;
    fn smin_(n: *const c_int, x: *const f32, x_step: *const c_int) -> c_float;
    fn ismax_(n: *const c_int, x: *const f32, x_step: *const c_int) -> c_int;
    fn ismin_(n: *const c_int, x: *const f32, x_step: *const c_int) -> c_int;
    fn cblas_sgemv(
        order: c_int,
        trans: c_int,
        m: c_int,
        n: c_int,
        alpha: c_float,
        a: *const f32,
        a_row: c_int,
        x: *const f32,
        x_step: c_int,
        beta: c_float,
        y: *mut f32,
        y_step: c_int,
    );
    fn cblas_sgemm(
        order: c_int,
        trans_a: c_int,
        trans_b: c_int,
        m: c_int,
        n: c_int,
        k: c_int,
        alpha: c_float,
        a: *const f32,
        a_row: c_int,
        b: *const f32,
        b_row: c_int,
        beta: c_float,
        c: *mut f32,
        c_row: c_int,
    );
}

fn version() -> String {
    // SAFETY: it takes nothing and gives a string that stays.
    let config = unsafe { openblas_get_config() };
    // SAFETY: it is a string that ends in 0, and stays.
    let config = unsafe { CStr::from_ptr(config) }.to_string_lossy();
    // SAFETY: it takes nothing and gives a string that stays.
    let core = unsafe { openblas_get_corename() };
    // SAFETY: it is a string that ends in 0, and stays.
    let core = unsafe { CStr::from_ptr(core) }.to_string_lossy();
    // `OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …`: how it was built, with the core it was built on at the end.
    let version = config.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    format!("{}, {core} kernels", version.unwrap_or(&config))
}

/// `n`, for the library; `None` where it is too much for it. One thread from here on.
fn length(n: usize) -> Option<c_int> {
    static ONE_THREAD: Once = Once::new();
    ONE_THREAD.call_once(|| {
        // SAFETY: it sets a number, and no other call is under way: each begins with this function.
        unsafe { openblas_set_num_threads(1) };
        // SAFETY: it reads that number.
        let threads = unsafe { openblas_get_num_threads() };
        assert_eq!(threads, 1, "OpenBLAS takes the number of threads that it is told");
    });
    n.try_into().ok()
}

/// The first input, a vector, and its length for the library.
fn vector<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<(c_int, &'a [f32])> {
    let a: &[f32] = inputs.get(0);
    assert_eq!(a.len(), shape.extent('n'), "the vector is as long as the shape says");
    Some((length(a.len())?, a))
}

fn matmul<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let of = Product::of(shape, inputs);
    let (m, n, k) = (length(of.m)?, length(of.n)?, length(of.k)?);
    // Whoever has one row calls `sgemv`.
    if m < 2 {
        return None;
    }
    each(move |c| {
        of.check(c);
        let (first, second, c) = (of.a.as_ptr(), of.b.as_ptr(), c.as_mut_ptr());
        // SAFETY: the three buffers are as long as the extents say, and nobody else has `c`.
        unsafe { cblas_sgemm(ROW_MAJOR, NO_TRANS, NO_TRANS, m, n, k, 1.0, first, k, second, n, 0.0, c, n) };
    })
}

fn vector_times_matrix<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let of = Product::of(shape, inputs);
    let (n, k) = (length(of.n)?, length(of.k)?);
    if of.m != 1 {
        return None;
    }
    each(move |c| {
        of.check(c);
        let (vector, matrix, c) = (of.a.as_ptr(), of.b.as_ptr(), c.as_mut_ptr());
        // SAFETY: the three buffers are as long as the extents say, and nobody else has `c`.
        unsafe { cblas_sgemv(ROW_MAJOR, TRANS, k, n, 1.0, matrix, n, vector, 1, 0.0, c, 1) };
    })
}

fn dot<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (n, a) = vector(shape, inputs)?;
    let b: &[f32] = inputs.get(1);
    each(move |y| {
        assert_eq!(a.len(), b.len(), "both are as long as the shape says");
        // SAFETY: it reads `n` elements of each, which they have.
        y[0] = unsafe { cblas_sdot(n, a.as_ptr(), 1, b.as_ptr(), 1) };
    })
}

fn sum<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (n, a) = vector(shape, inputs)?;
    // SAFETY: it reads `n` elements, which `a` has.
    each(move |y| y[0] = unsafe { cblas_ssum(n, a.as_ptr(), 1) })
}

fn norm_l1<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (n, a) = vector(shape, inputs)?;
    // SAFETY: it reads `n` elements, which `a` has.
    each(move |y| y[0] = unsafe { cblas_sasum(n, a.as_ptr(), 1) })
}

fn norm_l2<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (n, a) = vector(shape, inputs)?;
    // SAFETY: it reads `n` elements, which `a` has.
    each(move |y| y[0] = unsafe { cblas_snrm2(n, a.as_ptr(), 1) })
}

fn max<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (n, a) = vector(shape, inputs)?;
    // SAFETY: it reads `n` elements, which `a` has, and the two numbers that it is pointed at.
    each(move |y| y[0] = unsafe { smax_(&raw const n, a.as_ptr(), &raw const STEP) })
}

fn min<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (n, a) = vector(shape, inputs)?;
    // SAFETY: it reads `n` elements, which `a` has, and the two numbers that it is pointed at.
    each(move |y| y[0] = unsafe { smin_(&raw const n, a.as_ptr(), &raw const STEP) })
}

fn argmax<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (n, a) = vector(shape, inputs)?;
    // SAFETY: it reads `n` elements, which `a` has, and the two numbers that it is pointed at.
    each(move |y| y[0] = index(unsafe { ismax_(&raw const n, a.as_ptr(), &raw const STEP) }))
}

fn argmin<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (n, a) = vector(shape, inputs)?;
    // SAFETY: it reads `n` elements, which `a` has, and the two numbers that it is pointed at.
    each(move |y| y[0] = index(unsafe { ismin_(&raw const n, a.as_ptr(), &raw const STEP) }))
}

/// Elements that follow each other, where the number is handed over by its place.
static STEP: c_int = 1;

/// The bits of an index that counts from 0, from one that counts from 1; of 0, which is none, those of all ones.
fn index(place: c_int) -> f32 {
    f32::from_bits(place.cast_unsigned().wrapping_sub(1))
}

fn scale<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (n, a) = vector(shape, inputs)?;
    let alpha = inputs.get::<f32>(1)[0];
    each(move |y| {
        assert_eq!(a.len(), y.len(), "both are as long as the shape says");
        // SAFETY: both have the `n` elements that it reads and writes, and nobody else has `y`.
        unsafe { cblas_scopy(n, a.as_ptr(), 1, y.as_mut_ptr(), 1) };
        // SAFETY: `y` has the `n` elements that it reads and writes, and nobody else has it.
        unsafe { cblas_sscal(n, alpha, y.as_mut_ptr(), 1) };
    })
}

fn axpy<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (n, x) = vector(shape, inputs)?;
    let (z, alpha): (&[f32], f32) = (inputs.get(1), inputs.get::<f32>(2)[0]);
    each(move |y| {
        assert!(x.len() == y.len() && z.len() == y.len(), "all are as long as the shape says");
        // SAFETY: both have the `n` elements that it reads and writes, and nobody else has `y`.
        unsafe { cblas_scopy(n, z.as_ptr(), 1, y.as_mut_ptr(), 1) };
        // SAFETY: as above.
        unsafe { cblas_saxpy(n, alpha, x.as_ptr(), 1, y.as_mut_ptr(), 1) };
    })
}

fn gemv<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (m, k) = (length(shape.extent('m'))?, length(shape.extent('k'))?);
    let (matrix, x): (&[f32], &[f32]) = (inputs.get(0), inputs.get(1));
    each(move |y| {
        assert_eq!(matrix.len(), x.len() * y.len(), "the buffers are those of the shape");
        let (matrix, x, y) = (matrix.as_ptr(), x.as_ptr(), y.as_mut_ptr());
        // SAFETY: the three buffers are as long as the extents say, and nobody else has `y`.
        unsafe { cblas_sgemv(ROW_MAJOR, NO_TRANS, m, k, 1.0, matrix, k, x, 1, 0.0, y, 1) };
    })
}

fn transpose<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (rows, columns) = (length(shape.extent('r'))?, length(shape.extent('c'))?);
    let a: &[f32] = inputs.get(0);
    assert_eq!(a.len(), shape.extent('r') * shape.extent('c'), "the matrix is that of the shape");
    each(move |y| {
        assert_eq!(a.len(), y.len(), "both have the elements of the shape");
        let (a, y) = (a.as_ptr(), y.as_mut_ptr());
        // SAFETY: both buffers are as long as the extents say, and nobody else has `y`.
        unsafe { cblas_somatcopy(ROW_MAJOR, TRANS, rows, columns, 1.0, a, columns, y, rows) };
    })
}
