//! Which cases a study is about, and by how much they are slowed.

/// The vector variants of a study: those of the CPUs of a hosted runner.
#[cfg(not(target_arch = "aarch64"))]
macro_rules! vector {
    ($kernel:literal, $shape:literal) => {
        concat!($kernel, "/avx2/", $shape)
    };
}

/// The vector variants of a study: those of the CPUs of a hosted runner.
#[cfg(target_arch = "aarch64")]
macro_rules! vector {
    ($kernel:literal, $shape:literal) => {
        concat!($kernel, "/neon/", $shape)
    };
}

/// A mixed set: bound by latency, by throughput, by cache and by memory; from 50 nanoseconds to an eighth of a
/// millisecond a call.
pub const CASES: [&str; 12] = [
    "dot_f32/scalar/n10000",
    "add_f32/scalar/n10000",
    vector!("add_f32", "n1000"),
    vector!("mul_f32", "n10000"),
    vector!("dot_f32", "n1000"),
    vector!("dot_f32", "n10000"),
    vector!("sum_f32", "n10000"),
    vector!("max_f32", "n10000"),
    vector!("tensor_add_f32", "r100c100"),
    vector!("matmul_f32", "m100n100k100"),
    vector!("add_f32", "n1000000"),
    vector!("dot_f32", "n1000000"),
];

/// The slowdowns that are put in on purpose, in percent of time; 0 is nothing changed.
pub const LEVELS: [u32; 6] = [0, 1, 2, 5, 10, 20];

/// The cases whose variants are really slower in a program that was built with the feature `slowed`: by parts of a percent
/// to several times, as the table of a study tells.
pub const SLOWED: [&str; 7] = [
    vector!("dot_f32", "n10000"),
    vector!("mul_f32", "n10000"),
    vector!("sum_f32", "n10000"),
    vector!("add_f32", "n1000"),
    vector!("max_f32", "n10000"),
    vector!("matmul_f32", "m100n100k100"),
    vector!("gemv_i2s", "m4096k4096"),
];

/// A pattern that matches just these ids.
#[must_use]
pub fn pattern<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    format!("^({})$", ids.into_iter().collect::<Vec<_>>().join("|"))
}

/// The factor of time of a level.
#[must_use]
pub fn factor(level: u32) -> f64 {
    1.0 + f64::from(level) / 100.0
}
