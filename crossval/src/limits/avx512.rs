//! AVX-512: sixteen numbers a register.

use std::arch::asm;

use platforms::IsaLevel;

use super::Loops;

/// Its loops.
pub(super) static LOOPS: Loops = Loops {
    isa: IsaLevel::Avx512,
    // Twelve chains of sixteen lanes, two operations each.
    flops_a_step: 12 * 16 * 2,
    fma,
    read,
    add,
    add_streaming,
};

/// So many steps of twelve independent chains, each `x = x / 2 + 1 / 2` from 0 on; what one of them comes to. A fused
/// multiply-add takes four cycles and two begin in a cycle: eight chains are needed, and twelve leave room.
fn fma(steps: u64) -> f32 {
    let mut x = 0.5_f32;
    assert!(platforms::isa::detected().contains(IsaLevel::Avx512), "the caller has asked");
    // SAFETY: it changes only the registers it names, and reads and writes no memory; the CPU has the instructions.
    unsafe {
        asm!(
            "vbroadcastss {h:z}, {h}",
            "vpxord zmm0, zmm0, zmm0", "vpxord zmm1, zmm1, zmm1", "vpxord zmm2, zmm2, zmm2",
            "vpxord zmm3, zmm3, zmm3", "vpxord zmm4, zmm4, zmm4", "vpxord zmm5, zmm5, zmm5",
            "vpxord zmm6, zmm6, zmm6", "vpxord zmm7, zmm7, zmm7", "vpxord zmm8, zmm8, zmm8",
            "vpxord zmm9, zmm9, zmm9", "vpxord zmm10, zmm10, zmm10", "vpxord zmm11, zmm11, zmm11",
            "2:",
            "vfmadd213ps zmm0, {h:z}, {h:z}", "vfmadd213ps zmm1, {h:z}, {h:z}", "vfmadd213ps zmm2, {h:z}, {h:z}",
            "vfmadd213ps zmm3, {h:z}, {h:z}", "vfmadd213ps zmm4, {h:z}, {h:z}", "vfmadd213ps zmm5, {h:z}, {h:z}",
            "vfmadd213ps zmm6, {h:z}, {h:z}", "vfmadd213ps zmm7, {h:z}, {h:z}", "vfmadd213ps zmm8, {h:z}, {h:z}",
            "vfmadd213ps zmm9, {h:z}, {h:z}", "vfmadd213ps zmm10, {h:z}, {h:z}", "vfmadd213ps zmm11, {h:z}, {h:z}",
            "dec {n}", "jnz 2b",
            "vmovaps {h}, xmm11",
            "vzeroupper",
            n = inout(reg) steps.max(1) => _, h = inout(xmm_reg) x,
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _, out("xmm5") _,
            out("xmm6") _, out("xmm7") _, out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
            options(nomem, nostack),
        );
    }
    x
}

/// Reads a whole number of steps of 256 bytes, one at the least.
fn read(bytes: &[u8]) {
    let steps = Loops::steps(bytes);
    // SAFETY: it reads `steps` times 256 bytes from the slice's start, which the slice has, and changes only registers; who
    // gave out these loops has asked for the instructions.
    unsafe {
        asm!(
            "2:",
            "vmovaps zmm0, [{p}]", "vmovaps zmm1, [{p} + 64]", "vmovaps zmm2, [{p} + 128]", "vmovaps zmm3, [{p} + 192]",
            "add {p}, 256", "dec {n}", "jnz 2b",
            "vzeroupper",
            p = inout(reg) bytes.as_ptr() => _, n = inout(reg) steps => _,
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _, out("xmm5") _,
            out("xmm6") _, out("xmm7") _,
            options(readonly, nostack),
        );
    }
}

/// Adds two streams of `f32` into a third, a whole number of steps of 256 bytes each, one at the least.
fn add(a: &[u8], b: &[u8], sum: &mut [u8]) {
    let steps = Loops::steps(a).min(Loops::steps(b)).min(Loops::steps(sum));
    // SAFETY: it reads `steps` times 256 bytes from the starts of `a` and `b` and writes as many to `sum`, which have them, and
    // changes only registers besides; who gave out these loops has asked for the instructions.
    unsafe {
        asm!(
            "2:",
            "vmovaps zmm0, [{a}]", "vmovaps zmm1, [{a} + 64]",
            "vmovaps zmm2, [{a} + 128]", "vmovaps zmm3, [{a} + 192]",
            "vaddps zmm0, zmm0, [{b}]", "vaddps zmm1, zmm1, [{b} + 64]",
            "vaddps zmm2, zmm2, [{b} + 128]", "vaddps zmm3, zmm3, [{b} + 192]",
            "vmovaps [{c}], zmm0", "vmovaps [{c} + 64], zmm1",
            "vmovaps [{c} + 128], zmm2", "vmovaps [{c} + 192], zmm3",
            "add {a}, 256", "add {b}, 256", "add {c}, 256", "dec {n}", "jnz 2b",
            "vzeroupper",
            a = inout(reg) a.as_ptr() => _, b = inout(reg) b.as_ptr() => _, c = inout(reg) sum.as_mut_ptr() => _,
            n = inout(reg) steps => _,
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _, out("xmm5") _,
            out("xmm6") _, out("xmm7") _,
            options(nostack),
        );
    }
}

/// The same past the caches: a line that is written whole need not be read first.
fn add_streaming(a: &[u8], b: &[u8], sum: &mut [u8]) {
    let steps = Loops::steps(a).min(Loops::steps(b)).min(Loops::steps(sum));
    // SAFETY: as in `add`; the fence makes what was written past the caches ordinary writes to all who come after.
    unsafe {
        asm!(
            "2:",
            "vmovaps zmm0, [{a}]", "vmovaps zmm1, [{a} + 64]",
            "vmovaps zmm2, [{a} + 128]", "vmovaps zmm3, [{a} + 192]",
            "vaddps zmm0, zmm0, [{b}]", "vaddps zmm1, zmm1, [{b} + 64]",
            "vaddps zmm2, zmm2, [{b} + 128]", "vaddps zmm3, zmm3, [{b} + 192]",
            "vmovntps [{c}], zmm0", "vmovntps [{c} + 64], zmm1",
            "vmovntps [{c} + 128], zmm2", "vmovntps [{c} + 192], zmm3",
            "add {a}, 256", "add {b}, 256", "add {c}, 256", "dec {n}", "jnz 2b",
            "sfence", "vzeroupper",
            a = inout(reg) a.as_ptr() => _, b = inout(reg) b.as_ptr() => _, c = inout(reg) sum.as_mut_ptr() => _,
            n = inout(reg) steps => _,
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _, out("xmm5") _,
            out("xmm6") _, out("xmm7") _,
            options(nostack),
        );
    }
}
