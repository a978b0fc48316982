//! AVX2: eight numbers a register.

use std::arch::asm;

use platforms::IsaLevel;

use super::Loops;

/// Its loops.
pub(super) static LOOPS: Loops = Loops {
    isa: IsaLevel::Avx2,
    // Twelve chains of eight lanes, two operations each.
    flops_a_step: 12 * 8 * 2,
    fma,
    read,
    add,
    add_streaming,
};

/// So many steps of twelve independent chains, each `x = x / 2 + 1 / 2` from 0 on; what one of them comes to. A fused
/// multiply-add takes four cycles and two begin in a cycle: eight chains are needed, and twelve leave room.
fn fma(steps: u64) -> f32 {
    let mut x = 0.5_f32;
    assert!(platforms::isa::detected().contains(IsaLevel::Avx2), "the caller has asked");
    // SAFETY: it changes only the registers it names, and reads and writes no memory; the CPU has the instructions.
    unsafe {
        asm!(
            "vbroadcastss {h:y}, {h}",
            "vxorps ymm0, ymm0, ymm0", "vxorps ymm1, ymm1, ymm1", "vxorps ymm2, ymm2, ymm2",
            "vxorps ymm3, ymm3, ymm3", "vxorps ymm4, ymm4, ymm4", "vxorps ymm5, ymm5, ymm5",
            "vxorps ymm6, ymm6, ymm6", "vxorps ymm7, ymm7, ymm7", "vxorps ymm8, ymm8, ymm8",
            "vxorps ymm9, ymm9, ymm9", "vxorps ymm10, ymm10, ymm10", "vxorps ymm11, ymm11, ymm11",
            "2:",
            "vfmadd213ps ymm0, {h:y}, {h:y}", "vfmadd213ps ymm1, {h:y}, {h:y}", "vfmadd213ps ymm2, {h:y}, {h:y}",
            "vfmadd213ps ymm3, {h:y}, {h:y}", "vfmadd213ps ymm4, {h:y}, {h:y}", "vfmadd213ps ymm5, {h:y}, {h:y}",
            "vfmadd213ps ymm6, {h:y}, {h:y}", "vfmadd213ps ymm7, {h:y}, {h:y}", "vfmadd213ps ymm8, {h:y}, {h:y}",
            "vfmadd213ps ymm9, {h:y}, {h:y}", "vfmadd213ps ymm10, {h:y}, {h:y}", "vfmadd213ps ymm11, {h:y}, {h:y}",
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
            "vmovaps ymm0, [{p}]", "vmovaps ymm1, [{p} + 32]", "vmovaps ymm2, [{p} + 64]", "vmovaps ymm3, [{p} + 96]",
            "vmovaps ymm4, [{p} + 128]", "vmovaps ymm5, [{p} + 160]", "vmovaps ymm6, [{p} + 192]",
            "vmovaps ymm7, [{p} + 224]",
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
            "vmovaps ymm0, [{a}]", "vmovaps ymm1, [{a} + 32]",
            "vmovaps ymm2, [{a} + 64]", "vmovaps ymm3, [{a} + 96]",
            "vmovaps ymm4, [{a} + 128]", "vmovaps ymm5, [{a} + 160]",
            "vmovaps ymm6, [{a} + 192]", "vmovaps ymm7, [{a} + 224]",
            "vaddps ymm0, ymm0, [{b}]", "vaddps ymm1, ymm1, [{b} + 32]",
            "vaddps ymm2, ymm2, [{b} + 64]", "vaddps ymm3, ymm3, [{b} + 96]",
            "vaddps ymm4, ymm4, [{b} + 128]", "vaddps ymm5, ymm5, [{b} + 160]",
            "vaddps ymm6, ymm6, [{b} + 192]", "vaddps ymm7, ymm7, [{b} + 224]",
            "vmovaps [{c}], ymm0", "vmovaps [{c} + 32], ymm1",
            "vmovaps [{c} + 64], ymm2", "vmovaps [{c} + 96], ymm3",
            "vmovaps [{c} + 128], ymm4", "vmovaps [{c} + 160], ymm5",
            "vmovaps [{c} + 192], ymm6", "vmovaps [{c} + 224], ymm7",
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
            "vmovaps ymm0, [{a}]", "vmovaps ymm1, [{a} + 32]",
            "vmovaps ymm2, [{a} + 64]", "vmovaps ymm3, [{a} + 96]",
            "vmovaps ymm4, [{a} + 128]", "vmovaps ymm5, [{a} + 160]",
            "vmovaps ymm6, [{a} + 192]", "vmovaps ymm7, [{a} + 224]",
            "vaddps ymm0, ymm0, [{b}]", "vaddps ymm1, ymm1, [{b} + 32]",
            "vaddps ymm2, ymm2, [{b} + 64]", "vaddps ymm3, ymm3, [{b} + 96]",
            "vaddps ymm4, ymm4, [{b} + 128]", "vaddps ymm5, ymm5, [{b} + 160]",
            "vaddps ymm6, ymm6, [{b} + 192]", "vaddps ymm7, ymm7, [{b} + 224]",
            "vmovntps [{c}], ymm0", "vmovntps [{c} + 32], ymm1",
            "vmovntps [{c} + 64], ymm2", "vmovntps [{c} + 96], ymm3",
            "vmovntps [{c} + 128], ymm4", "vmovntps [{c} + 160], ymm5",
            "vmovntps [{c} + 192], ymm6", "vmovntps [{c} + 224], ymm7",
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
