//! NEON: four numbers a register.

use std::arch::asm;

use platforms::IsaLevel;

use super::Loops;

/// Its loops.
pub(super) static LOOPS: Loops = Loops {
    isa: IsaLevel::Neon,
    // Twenty chains of four lanes, two operations each.
    flops_a_step: 20 * 4 * 2,
    fma,
    read,
    add,
    add_streaming,
};

/// So many steps of twenty independent chains, each `x = x + 1 / 4` from 0 on; what one of them comes to. A fused multiply-add
/// takes four cycles, and the widest cores begin four in a cycle: sixteen chains are needed, and twenty leave room.
fn fma(steps: u64) -> f32 {
    let x: f32;
    // SAFETY: it changes only the registers it names, and reads and writes no memory.
    unsafe {
        asm!(
            "fmov v30.4s, #0.5",
            "movi v0.16b, #0", "movi v1.16b, #0", "movi v2.16b, #0", "movi v3.16b, #0", "movi v4.16b, #0",
            "movi v5.16b, #0", "movi v6.16b, #0", "movi v7.16b, #0", "movi v8.16b, #0", "movi v9.16b, #0",
            "movi v10.16b, #0", "movi v11.16b, #0", "movi v12.16b, #0", "movi v13.16b, #0", "movi v14.16b, #0",
            "movi v15.16b, #0", "movi v16.16b, #0", "movi v17.16b, #0", "movi v18.16b, #0", "movi v19.16b, #0",
            "2:",
            "fmla v0.4s, v30.4s, v30.4s", "fmla v1.4s, v30.4s, v30.4s", "fmla v2.4s, v30.4s, v30.4s", "fmla v3.4s, v30.4s, v30.4s",
            "fmla v4.4s, v30.4s, v30.4s", "fmla v5.4s, v30.4s, v30.4s", "fmla v6.4s, v30.4s, v30.4s", "fmla v7.4s, v30.4s, v30.4s",
            "fmla v8.4s, v30.4s, v30.4s", "fmla v9.4s, v30.4s, v30.4s", "fmla v10.4s, v30.4s, v30.4s", "fmla v11.4s, v30.4s, v30.4s",
            "fmla v12.4s, v30.4s, v30.4s", "fmla v13.4s, v30.4s, v30.4s", "fmla v14.4s, v30.4s, v30.4s", "fmla v15.4s, v30.4s, v30.4s",
            "fmla v16.4s, v30.4s, v30.4s", "fmla v17.4s, v30.4s, v30.4s", "fmla v18.4s, v30.4s, v30.4s", "fmla v19.4s, v30.4s, v30.4s",
            "subs {n}, {n}, #1", "b.ne 2b",
            "fmov {x:s}, s19",
            n = inout(reg) steps.max(1) => _, x = lateout(vreg) x,
            out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _,
            out("v7") _, out("v8") _, out("v9") _, out("v10") _, out("v11") _, out("v12") _, out("v13") _,
            out("v14") _, out("v15") _, out("v16") _, out("v17") _, out("v18") _, out("v19") _,
            out("v30") _,
            options(nomem, nostack),
        );
    }
    x
}

/// Reads a whole number of steps of 256 bytes, one at the least.
fn read(bytes: &[u8]) {
    let steps = Loops::steps(bytes);
    // SAFETY: it reads `steps` times 256 bytes from the slice's start, which the slice has, and changes only registers.
    unsafe {
        asm!(
            "2:",
            "ldp q0, q1, [{p}]", "ldp q2, q3, [{p}, #32]", "ldp q4, q5, [{p}, #64]", "ldp q6, q7, [{p}, #96]",
            "ldp q0, q1, [{p}, #128]", "ldp q2, q3, [{p}, #160]", "ldp q4, q5, [{p}, #192]", "ldp q6, q7, [{p}, #224]",
            "add {p}, {p}, #256", "subs {n}, {n}, #1", "b.ne 2b",
            p = inout(reg) bytes.as_ptr() => _, n = inout(reg) steps => _,
            out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _, out("v7") _,
            options(readonly, nostack),
        );
    }
}

/// Adds two streams of `f32` into a third, a whole number of steps of 256 bytes each, one at the least.
fn add(a: &[u8], b: &[u8], sum: &mut [u8]) {
    let quarters = 4 * Loops::steps(a).min(Loops::steps(b)).min(Loops::steps(sum));
    // SAFETY: it reads `quarters` times 64 bytes from the starts of `a` and `b` and writes as many to `sum`, which have them,
    // and changes only registers besides.
    unsafe {
        asm!(
            "2:",
            "ldp q0, q1, [{a}]", "ldp q2, q3, [{a}, #32]", "ldp q4, q5, [{b}]", "ldp q6, q7, [{b}, #32]",
            "fadd v0.4s, v0.4s, v4.4s", "fadd v1.4s, v1.4s, v5.4s", "fadd v2.4s, v2.4s, v6.4s", "fadd v3.4s, v3.4s, v7.4s",
            "stp q0, q1, [{c}]", "stp q2, q3, [{c}, #32]", "add {a}, {a}, #64", "add {b}, {b}, #64", "add {c}, {c}, #64",
            "subs {n}, {n}, #1", "b.ne 2b",
            a = inout(reg) a.as_ptr() => _, b = inout(reg) b.as_ptr() => _, c = inout(reg) sum.as_mut_ptr() => _,
            n = inout(reg) quarters => _,
            out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _, out("v7") _,
            options(nostack),
        );
    }
}

/// The same with the hint that the sum is not read again soon.
fn add_streaming(a: &[u8], b: &[u8], sum: &mut [u8]) {
    let quarters = 4 * Loops::steps(a).min(Loops::steps(b)).min(Loops::steps(sum));
    // SAFETY: as in `add`.
    unsafe {
        asm!(
            "2:",
            "ldp q0, q1, [{a}]", "ldp q2, q3, [{a}, #32]", "ldp q4, q5, [{b}]", "ldp q6, q7, [{b}, #32]",
            "fadd v0.4s, v0.4s, v4.4s", "fadd v1.4s, v1.4s, v5.4s", "fadd v2.4s, v2.4s, v6.4s", "fadd v3.4s, v3.4s, v7.4s",
            "stnp q0, q1, [{c}]", "stnp q2, q3, [{c}, #32]", "add {a}, {a}, #64", "add {b}, {b}, #64", "add {c}, {c}, #64",
            "subs {n}, {n}, #1", "b.ne 2b",
            a = inout(reg) a.as_ptr() => _, b = inout(reg) b.as_ptr() => _, c = inout(reg) sum.as_mut_ptr() => _,
            n = inout(reg) quarters => _,
            out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _, out("v7") _,
            options(nostack),
        );
    }
}
