//! ggml: the tensors under llama.cpp, as the crate `llama-cpp-sys-2` carries them.
//!
//! ggml computes graphs, so each call is of a graph of one node or two, built beforehand, over our buffers. What a
//! graph costs besides its nodes (some hundred nanoseconds) is part of the call, as it is for ggml's own users; short
//! vectors show it.

mod blocks;

use std::{
    ffi::{CStr, c_int, c_void},
    marker::PhantomData,
    ptr,
};

use kernels::{operands::Inputs, shape::Shape};
use llama_cpp_sys_2 as sys;
use platforms::{IsaLevel, isa};

use super::{Library, RMSNORM_EPSILON, product::Product};
use crate::peer::{Call, Closeness, Peer, Prepare};

mod ternary;

pub(super) const LIBRARY: Library = Library {
    name: "ggml",
    version,
    peers: &[
        peer("add_f32", "ggml_add", |_, inputs| binary(inputs, sys::ggml_add)),
        peer("sub_f32", "ggml_sub", |_, inputs| binary(inputs, sys::ggml_sub)),
        peer("mul_f32", "ggml_mul", |_, inputs| binary(inputs, sys::ggml_mul)),
        peer("div_f32", "ggml_div", |_, inputs| binary(inputs, sys::ggml_div)),
        peer("abs_f32", "ggml_abs", |_, inputs| unary(inputs, sys::ggml_abs)),
        peer("sqrt_f32", "ggml_sqrt", |_, inputs| unary(inputs, sys::ggml_sqrt)),
        peer("relu_f32", "ggml_relu", |_, inputs| unary(inputs, sys::ggml_relu)),
        peer("scale_f32", "ggml_scale", scale),
        peer("axpy_f32", "ggml_scale, then ggml_add", axpy),
        peer("clip_f32", "ggml_clamp", clip),
        peer("argmax_f32", "ggml_argmax", |_, inputs| unary(inputs, sys::ggml_argmax)),
        peer("exp_f32", "ggml_exp", |_, inputs| unary(inputs, sys::ggml_exp)),
        peer("silu_f32", "ggml_silu", |_, inputs| unary(inputs, sys::ggml_silu)),
        Peer {
            kernel: "gelu_f32",
            call: "ggml_gelu_erf",
            closeness: Closeness::Looser {
                relative: 0.0,
                absolute: 5e-7,
                reason: "it adds 1 to the error function, of which most cancels below 0",
            },
            prepare: |_, inputs| unary(inputs, sys::ggml_gelu_erf),
        },
        peer("sigmoid_f32", "ggml_sigmoid", |_, inputs| unary(inputs, sys::ggml_sigmoid)),
        peer("tanh_f32", "ggml_tanh", |_, inputs| unary(inputs, sys::ggml_tanh)),
        peer("softmax_f32", "ggml_soft_max", |_, inputs| unary(inputs, sys::ggml_soft_max)),
        peer("log_softmax_f32", "ggml_soft_max, then ggml_log", log_softmax),
        peer("rmsnorm_f32", "ggml_rms_norm, then ggml_mul", rmsnorm),
        Peer {
            kernel: "rope_f32",
            call: "ggml_rope_ext, NeoX, which makes its cosines and sines in the call",
            closeness: Closeness::Looser {
                relative: 0.0,
                absolute: 4e-6,
                reason: "its angles are f32, and up to half a turn: 2^-23 of that, for elements up to 6 long",
            },
            prepare: rope,
        },
        peer("gemv_f32", "ggml_mul_mat", gemv),
        peer(
            "gemv_i2s",
            "the vec_dot of TQ2_0 with Q8_K, row by row, weights and activations packed beforehand",
            ternary::gemv,
        ),
        peer("gemm_i2s", "ggml_mul_mat of TQ2_0 with Q8_K, weights and activations packed beforehand", ternary::gemm),
        peer("transpose_f32", "ggml_cont of ggml_transpose", transpose),
        peer("sum_f32", "ggml_sum", |_, inputs| unary(inputs, sys::ggml_sum)),
        peer("dot_f32", "ggml_mul_mat of two vectors", |_, inputs| binary(inputs, sys::ggml_mul_mat)),
        peer("tensor_add_f32", "ggml_add of two views", tensor_add),
        peer("matmul_f32", "ggml_mul_mat, b transposed beforehand, as ggml stores weights", matmul),
        Peer {
            kernel: "quantize_i8",
            call: "from_float of Q8_0",
            closeness: HALF_SCALES,
            prepare: |shape, inputs| blocks::quantise(blocks::Q8_0, shape, inputs),
        },
        Peer {
            kernel: "quantize_i4",
            call: "from_float of Q4_0",
            closeness: Closeness::Nibbles {
                steps: 1.4,
                reason: "its codes are -8 to 7, so that it has steps of an eighth: half of ours, and one of its own where \
                         the code 8 would be needed",
            },
            prepare: |shape, inputs| blocks::quantise(blocks::Q4_0, shape, inputs),
        },
        Peer {
            kernel: "quantize_i2",
            call: "from_float of Q2_0",
            closeness: HALF_SCALES,
            prepare: |shape, inputs| blocks::quantise(blocks::Q2_0, shape, inputs),
        },
        Peer {
            kernel: "dequantize_i8",
            call: "to_float of Q8_0",
            closeness: HALF_SCALES,
            prepare: |shape, inputs| blocks::dequantise(blocks::Q8_0, shape, inputs),
        },
        Peer {
            kernel: "dequantize_i4",
            call: "to_float of Q4_0",
            closeness: HALF_SCALES,
            prepare: |shape, inputs| blocks::dequantise(blocks::Q4_0, shape, inputs),
        },
        Peer {
            kernel: "dequantize_i2",
            call: "to_float of Q2_0",
            closeness: HALF_SCALES,
            prepare: |shape, inputs| blocks::dequantise(blocks::Q2_0, shape, inputs),
        },
    ],
};

/// A share of 2^-11 is half an ULP of half precision; of a code it is less than one, so that codes are the same.
const HALF_SCALES: Closeness = Closeness::Looser {
    relative: 0.000_489,
    absolute: 0.0,
    reason: "its scales are rounded to half precision; its codes are the same",
};

const fn peer(kernel: &'static str, call: &'static str, prepare: Prepare) -> Peer {
    Peer { kernel, call, closeness: Closeness::Contract, prepare }
}

/// What ggml was compiled for; it does not ask the CPU.
fn compiled_for() -> Vec<&'static str> {
    type Asked = unsafe extern "C" fn() -> c_int;
    const FEATURES: [(&str, Asked); 8] = [
        ("AVX2", sys::ggml_cpu_has_avx2),
        ("FMA", sys::ggml_cpu_has_fma),
        ("F16C", sys::ggml_cpu_has_f16c),
        ("AVX512", sys::ggml_cpu_has_avx512),
        ("AVX512_VNNI", sys::ggml_cpu_has_avx512_vnni),
        ("NEON", sys::ggml_cpu_has_neon),
        ("DOTPROD", sys::ggml_cpu_has_dotprod),
        ("llamafile's products", sys::ggml_cpu_has_llamafile),
    ];
    // SAFETY: each takes nothing and gives a number that the compiler knew.
    FEATURES.into_iter().filter(|(_, has)| unsafe { has() } != 0).map(|(name, _)| name).collect()
}

/// Whether this CPU has what ggml was compiled for.
pub(super) fn runs_here() -> bool {
    let needs = compiled_for();
    let lacks = |feature, level| needs.contains(&feature) && !isa::detected().contains(level);
    !lacks("AVX2", IsaLevel::Avx2) && !lacks("AVX512", IsaLevel::Avx512) && !lacks("DOTPROD", IsaLevel::Dotprod)
}

pub(super) fn version() -> String {
    // SAFETY: it takes nothing and gives a string that stays.
    let version = unsafe { sys::ggml_version() };
    // SAFETY: it is a string that ends in 0, and stays.
    let version = unsafe { CStr::from_ptr(version) }.to_string_lossy();
    format!(
        "{version} of llama-cpp-sys-2 {}, compiled for {}",
        env!("VERSION_LLAMA_CPP_SYS_2"),
        compiled_for().join(" ")
    )
}

type Tensor = *mut sys::ggml_tensor;
type Unary = unsafe extern "C" fn(*mut sys::ggml_context, Tensor) -> Tensor;
type Binary = unsafe extern "C" fn(*mut sys::ggml_context, Tensor, Tensor) -> Tensor;

/// `y = f(a)` of a vector.
fn unary(inputs: Inputs<'_>, f: Unary) -> Option<Box<dyn Call + '_>> {
    let a: &[f32] = inputs.get(0);
    let mut graph = Graph::new()?;
    let a = graph.over(a, [a.len(), 1])?;
    let y = graph.unary(f, a);
    graph.finish(y)
}

/// `y = f(a, b)` of two vectors.
fn binary(inputs: Inputs<'_>, f: Binary) -> Option<Box<dyn Call + '_>> {
    let (a, b): (&[f32], &[f32]) = (inputs.get(0), inputs.get(1));
    let mut graph = Graph::new()?;
    let (a, b) = (graph.over(a, [a.len(), 1])?, graph.over(b, [b.len(), 1])?);
    let y = graph.binary(f, a, b);
    graph.finish(y)
}

fn tensor_add<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (rows, columns) = (shape.extent('r'), shape.extent('c'));
    let (a, b): (&[f32], &[f32]) = (inputs.get(0), inputs.get(1));
    let stride = a.len().checked_div(rows)?;
    let mut graph = Graph::new()?;
    let (a, b) = (graph.over(a, [stride, rows])?, graph.over(b, [stride, rows])?);
    let (a, b) = (graph.first_columns(a, columns)?, graph.first_columns(b, columns)?);
    let y = graph.binary(sys::ggml_add, a, b);
    graph.finish(y)
}

fn matmul<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let Product { m, n, k, a, b } = Product::of(shape, inputs);
    let mut graph = Graph::new()?;
    let b = (0..n).flat_map(|column| (0..k).map(move |row| b[row * n + column])).collect();
    let (b, a) = (graph.over_own(b, [k, n])?, graph.over(a, [k, m])?);
    let product = graph.binary(sys::ggml_mul_mat, b, a);
    graph.finish(product)
}

fn gemv<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let Product { m, k, a, b, .. } = Product::of_vector(shape, inputs);
    let mut graph = Graph::new()?;
    let (a, x) = (graph.over(a, [k, m])?, graph.over(b, [k, 1])?);
    let y = graph.binary(sys::ggml_mul_mat, a, x);
    graph.finish(y)
}

fn transpose<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let mut graph = Graph::new()?;
    let a = graph.over(inputs.get(0), [shape.extent('c'), shape.extent('r')])?;
    let transposed = graph.unary(sys::ggml_transpose, a);
    let y = graph.unary(sys::ggml_cont, transposed);
    graph.finish(y)
}

fn scale<'a>(_: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (a, alpha): (&[f32], f32) = (inputs.get(0), inputs.get::<f32>(1)[0]);
    let mut graph = Graph::new()?;
    let a = graph.over(a, [a.len(), 1])?;
    // SAFETY: the context is alive and has room, and the tensor is its own.
    let y = unsafe { sys::ggml_scale(graph.context, a, alpha) };
    graph.finish(y)
}

fn axpy<'a>(_: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (x, z, alpha): (&[f32], &[f32], f32) = (inputs.get(0), inputs.get(1), inputs.get::<f32>(2)[0]);
    let mut graph = Graph::new()?;
    let (x, z) = (graph.over(x, [x.len(), 1])?, graph.over(z, [z.len(), 1])?);
    // SAFETY: the context is alive and has room, and the tensor is its own.
    let scaled = unsafe { sys::ggml_scale(graph.context, x, alpha) };
    graph.give_memory(scaled);
    let y = graph.binary(sys::ggml_add, scaled, z);
    graph.finish(y)
}

fn clip<'a>(_: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (a, bounds): (&[f32], &[f32]) = (inputs.get(0), inputs.get(1));
    let mut graph = Graph::new()?;
    let a = graph.over(a, [a.len(), 1])?;
    // SAFETY: the context is alive and has room, and the tensor is its own.
    let y = unsafe { sys::ggml_clamp(graph.context, a, bounds[0], bounds[1]) };
    graph.finish(y)
}

fn log_softmax<'a>(_: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let x: &[f32] = inputs.get(0);
    let mut graph = Graph::new()?;
    let x = graph.over(x, [x.len(), 1])?;
    let shares = graph.unary(sys::ggml_soft_max, x);
    graph.give_memory(shares);
    let y = graph.unary(sys::ggml_log, shares);
    graph.finish(y)
}

fn rmsnorm<'a>(_: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (x, weights): (&[f32], &[f32]) = (inputs.get(0), inputs.get(1));
    let mut graph = Graph::new()?;
    let (x, weights) = (graph.over(x, [x.len(), 1])?, graph.over(weights, [weights.len(), 1])?);
    // SAFETY: the context is alive and has room, and the tensor is its own.
    let normalised = unsafe { sys::ggml_rms_norm(graph.context, x, RMSNORM_EPSILON) };
    graph.give_memory(normalised);
    let y = graph.binary(sys::ggml_mul, normalised, weights);
    graph.finish(y)
}

/// Our kernel is given a table, and any numbers are one; ggml makes its own from a position and a frequency for each
/// pair. So the position is 1, each pair's frequency is the angle of its two numbers, and what they are longer than 1
/// is multiplied into `x` beforehand. The work is the same as with any other position.
#[expect(clippy::cast_possible_truncation, reason = "computed wider, then rounded once")]
fn rope<'a>(shape: &Shape, inputs: Inputs<'a>) -> Option<Box<dyn Call + 'a>> {
    let (heads, size) = (shape.extent('h'), shape.extent('d'));
    let (x, cosines, sines): (&[f32], &[f32], &[f32]) = (inputs.get(0), inputs.get(1), inputs.get(2));
    let pairs = || cosines.iter().zip(sines).map(|(&c, &s)| (f64::from(c), f64::from(s)));
    let lengths = pairs().map(|(c, s)| c.hypot(s)).cycle();
    let scaled = x.iter().zip(lengths).map(|(&x, length)| (f64::from(x) * length) as f32).collect();
    // What a frequency is divided by.
    let factors: Vec<f32> = pairs().map(|(c, s)| s.atan2(c).recip() as f32).collect();
    if factors.is_empty() {
        return None;
    }

    let mut graph = Graph::new()?;
    let pairs = factors.len();
    let (x, factors) = (graph.over_own(scaled, [size, heads])?, graph.over_own(factors, [pairs, 1])?);
    let position = graph.over_own(vec![f32::from_bits(1)], [1, 1])?;
    // SAFETY: it is a tensor of this context, and an integer of 32 bits is as large as what it was made for.
    unsafe { (*position).type_ = sys::GGML_TYPE_I32 };
    let n_dims = c_int::try_from(size).ok()?;
    let (context, neox) = (graph.context, sys::LLAMA_ROPE_TYPE_NEOX);
    // A base of 1 gives all pairs one frequency. Nothing is extrapolated: 0, and what that would ask for.
    let (length, base, scale, extrapolation, attention, fast, slow) = (0, 1.0, 1.0, 0.0, 1.0, 32.0, 1.0);
    // SAFETY: the context is alive and has room, and the tensors are its own, of the shapes that it asks for.
    let y = unsafe {
        sys::ggml_rope_ext(
            context,
            x,
            position,
            factors,
            n_dims,
            neox,
            length,
            base,
            scale,
            extrapolation,
            attention,
            fast,
            slow,
        )
    };
    graph.finish(y)
}

/// A graph, and the call of it.
struct Graph<'a> {
    context: *mut sys::ggml_context,
    /// Null until it is finished, as are the next two.
    nodes: *mut sys::ggml_cgraph,
    last: Tensor,
    threads: *mut sys::ggml_threadpool,
    plan: Option<sys::ggml_cplan>,
    /// What the plan points at.
    work: Vec<u8>,
    /// What tensors point at that is not among the kernel's buffers.
    own: Vec<Vec<f32>>,
    /// What the other tensors point at.
    inputs: PhantomData<&'a [f32]>,
}

impl<'a> Graph<'a> {
    /// How many tensors there may be, with those that the graph makes.
    const TENSORS: usize = 16;

    /// An empty one; `None` where ggml cannot run here.
    fn new() -> Option<Self> {
        if !runs_here() {
            return None;
        }
        // SAFETY: it gives a number.
        let bytes_per_tensor = unsafe { sys::ggml_tensor_overhead() };
        // SAFETY: it gives a number.
        let bytes_per_graph = unsafe { sys::ggml_graph_overhead_custom(Self::TENSORS, false) };
        let mem_size = Self::TENSORS * bytes_per_tensor + bytes_per_graph;
        let params = sys::ggml_init_params { mem_size, mem_buffer: ptr::null_mut(), no_alloc: true };
        // SAFETY: it allocates that much itself.
        let context = unsafe { sys::ggml_init(params) };
        assert!(!context.is_null(), "ggml found no memory for a context of {mem_size} bytes");
        let (nodes, last, threads) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        let (work, own) = (Vec::new(), Vec::new());
        Some(Self { context, nodes, last, threads, plan: None, work, own, inputs: PhantomData })
    }

    /// A tensor that is `elements`, so many columns and rows of them; `None` where there are none, or too many.
    fn over(&mut self, elements: &'a [f32], [columns, rows]: [usize; 2]) -> Option<Tensor> {
        assert_eq!(elements.len(), columns * rows, "the tensor is the whole buffer");
        self.point_at(elements.as_ptr(), [columns, rows])
    }

    /// The same, of elements that are not a kernel's.
    fn over_own(&mut self, elements: Vec<f32>, [columns, rows]: [usize; 2]) -> Option<Tensor> {
        assert_eq!(elements.len(), columns * rows, "the tensor is the whole buffer");
        let start = elements.as_ptr();
        self.own.push(elements);
        self.point_at(start, [columns, rows])
    }

    fn point_at(&self, start: *const f32, extents: [usize; 2]) -> Option<Tensor> {
        self.point_at_blocks(sys::GGML_TYPE_F32, start, extents)
    }

    /// A tensor of another type, which is these words: so many columns, that are whole blocks, and rows.
    fn over_blocks(&mut self, of: sys::ggml_type, words: Vec<u32>, [columns, rows]: [usize; 2]) -> Option<Tensor> {
        // SAFETY: it gives a number, of a type that there is.
        let bytes = unsafe { sys::ggml_row_size(of, i64::try_from(columns).ok()?) } * rows;
        assert_eq!(words.len(), bytes.div_ceil(size_of::<u32>()), "the tensor is the whole buffer");
        let words: Vec<f32> = bytemuck::cast_vec(words);
        let start = words.as_ptr();
        self.own.push(words);
        self.point_at_blocks(of, start, [columns, rows])
    }

    fn point_at_blocks(&self, of: sys::ggml_type, start: *const f32, [columns, rows]: [usize; 2]) -> Option<Tensor> {
        let (columns, rows) = (i64::try_from(columns).ok()?, i64::try_from(rows).ok()?);
        if columns == 0 || rows == 0 {
            return None;
        }
        // SAFETY: the context is alive, and has room for the tensor.
        let tensor = unsafe { sys::ggml_new_tensor_2d(self.context, of, columns, rows) };
        // SAFETY: it is a tensor of this context. Its elements are only read, since no operation here is in place.
        unsafe { (*tensor).data = start.cast_mut().cast() };
        Some(tensor)
    }

    /// The first columns of each row.
    fn first_columns(&self, tensor: Tensor, columns: usize) -> Option<Tensor> {
        // SAFETY: it is a tensor of this context.
        let sys::ggml_tensor { ne: [_, rows, ..], nb: [_, bytes_per_row, ..], .. } = unsafe { *tensor };
        let columns = i64::try_from(columns).ok().filter(|&columns| columns > 0)?;
        // SAFETY: it is a tensor of this context, and has that many columns.
        Some(unsafe { sys::ggml_view_2d(self.context, tensor, columns, rows, bytes_per_row, 0) })
    }

    /// Gives a tensor between two operations memory of its own.
    fn give_memory(&mut self, tensor: Tensor) {
        // SAFETY: it is a tensor of this context.
        let elements = unsafe { sys::ggml_nelements(tensor) };
        let mut elements = vec![0.0; usize::try_from(elements).expect("a tensor has no negative number of elements")];
        // SAFETY: it is a tensor of this context.
        unsafe { (*tensor).data = elements.as_mut_ptr().cast() };
        self.own.push(elements);
    }

    /// The tensor that `f` makes of another, when the graph is run.
    fn unary(&self, f: Unary, a: Tensor) -> Tensor {
        // SAFETY: the context is alive and has room, and the tensor is its own.
        unsafe { f(self.context, a) }
    }

    /// The tensor that `f` makes of two others, when the graph is run.
    fn binary(&self, f: Binary, a: Tensor, b: Tensor) -> Tensor {
        // SAFETY: the context is alive and has room, and the tensors are its own.
        unsafe { f(self.context, a, b) }
    }

    /// The call of the graph that ends in `last`.
    #[expect(clippy::unnecessary_wraps, reason = "it is what preparing gives, where nothing is in the way")]
    fn finish(mut self, last: Tensor) -> Option<Box<dyn Call + 'a>> {
        self.last = last;
        // SAFETY: the context is alive and has room.
        self.nodes = unsafe { sys::ggml_new_graph_custom(self.context, Self::TENSORS, false) };
        // SAFETY: both are of this context, and the graph has room for what the tensor is made of.
        unsafe { sys::ggml_build_forward_expand(self.nodes, last) };
        // SAFETY: it gives a struct.
        let mut params = unsafe { sys::ggml_threadpool_params_default(1) };
        // Without a pool each call would allocate one.
        // SAFETY: it reads the struct. One thread is the caller's own, and none is started.
        self.threads = unsafe { sys::ggml_threadpool_new(&raw mut params) };
        // SAFETY: the graph is finished, and the pool alive.
        let mut plan = unsafe { sys::ggml_graph_plan(self.nodes, 1, self.threads) };
        self.work = vec![0; plan.work_size];
        plan.work_data = self.work.as_mut_ptr();
        self.plan = Some(plan);
        Some(Box::new(self))
    }
}

impl Call for Graph<'_> {
    fn run(&mut self, iterations: u64, output: &mut [f32]) {
        let plan = self.plan.as_mut().expect("a finished graph has a plan");
        // SAFETY: it is a tensor of this context.
        let elements = unsafe { sys::ggml_nelements(self.last) };
        assert_eq!(usize::try_from(elements), Ok(output.len()), "the last tensor is as large as the output");
        // SAFETY: it is a tensor of this context.
        unsafe { (*self.last).data = output.as_mut_ptr().cast::<c_void>() };
        for _ in 0..iterations {
            // SAFETY: the graph, its plan and what both point at are alive; nobody else has the output, which has the
            // length of the tensor that is written to it.
            let status = unsafe { sys::ggml_graph_compute(self.nodes, plan) };
            assert_eq!(status, sys::GGML_STATUS_SUCCESS, "ggml computes what it has planned");
        }
        // SAFETY: it is a tensor of this context.
        unsafe { (*self.last).data = ptr::null_mut() };
    }
}

impl Drop for Graph<'_> {
    fn drop(&mut self) {
        if !self.threads.is_null() {
            // SAFETY: it is ours, and no graph is being run with it.
            unsafe { sys::ggml_threadpool_free(self.threads) };
        }
        // SAFETY: it is ours, and with this go all tensors and the graph, which nobody else has.
        unsafe { sys::ggml_free(self.context) };
    }
}
