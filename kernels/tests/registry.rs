//! The registry keeps its own rules.

use std::collections::BTreeSet;

use kernels::{
    Case, cases, dispatch,
    kernel::{Bound, Kernel, Profile, ShapeRow, ThroughputUnit},
    registry::{KERNELS, kernel},
    shape::Shape,
};
use platforms::{IsaLevel, IsaSet, isa};

fn rows() -> impl Iterator<Item = (&'static Kernel, &'static ShapeRow)> {
    KERNELS.iter().flat_map(|&kernel| kernel.rows.iter().map(move |row| (kernel, row)))
}

/// The ids of what `profile` measures on a CPU with these levels.
fn measured(profile: Profile, levels: &[IsaLevel]) -> BTreeSet<String> {
    let with_levels = rows().flat_map(|(kernel, row)| levels.iter().map(move |&isa| (kernel, row, isa)));
    let of_profile = with_levels.filter(|(_, row, isa)| row.is_in(profile, *isa));
    of_profile.map(|(kernel, row, isa)| format!("{}/{isa}/{}", kernel.id, row.shape)).collect()
}

#[test]
fn ids_are_lowercase_words_with_a_type() {
    for kernel in KERNELS {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(kernel.id.chars().all(allowed), "{}", kernel.id);
        assert!(kernel.id.rsplit_once('_').is_some_and(|(operation, of)| !operation.is_empty() && !of.is_empty()));
    }
}

#[test]
fn ids_are_unique() {
    assert_eq!(KERNELS.iter().map(|kernel| kernel.id).collect::<BTreeSet<_>>().len(), KERNELS.len());
}

#[test]
fn a_kernel_is_found_by_its_id() {
    assert!(KERNELS.iter().all(|&row| kernel(row.id).is_some_and(|found| std::ptr::eq(found, row))));
    assert!(kernel("dot_f33").is_none());
}

#[test]
fn every_shape_parses_fits_and_prints_as_it_stands() {
    for (kernel, row) in rows() {
        let shape: Shape = row.shape.parse().unwrap();
        assert!(kernel.takes(&shape), "{}/{shape}", kernel.id);
        assert_eq!(shape.to_string(), row.shape);
    }
}

#[test]
fn every_kernel_has_a_counted_shape_in_the_smallest_profile_that_is_more_than_smoke() {
    for kernel in KERNELS {
        let is_in = |profile, shape: &str| {
            kernel.rows.iter().any(|row| row.shape == shape && row.is_in(profile, IsaLevel::Avx2))
        };
        let is_quick = kernel.rows.iter().any(|row| row.is_in(Profile::Quick, IsaLevel::Avx2));
        let profile = if is_quick { Profile::Quick } else { Profile::Nightly };
        assert!(!kernel.counted.is_empty(), "{}", kernel.id);
        assert!(kernel.counted.iter().all(|shape| is_in(profile, shape)), "{}", kernel.id);
    }
}

#[test]
fn no_shape_stands_twice() {
    assert_eq!(rows().map(|(kernel, row)| (kernel.id, row.shape)).collect::<BTreeSet<_>>().len(), rows().count());
}

#[test]
fn variants_stand_in_order_and_begin_with_scalar() {
    for kernel in KERNELS {
        let levels: Vec<IsaLevel> = kernel.variants.iter().map(|variant| variant.isa).collect();
        assert_eq!(levels[0], IsaLevel::Scalar, "{}", kernel.id);
        assert!(levels.is_sorted_by(|a, b| a < b), "{}: {levels:?}", kernel.id);
    }
}

#[test]
fn every_variant_is_for_this_architecture() {
    let mut levels = KERNELS.iter().flat_map(|kernel| kernel.variants).map(|variant| variant.isa);
    assert!(levels.all(IsaLevel::is_of_this_architecture));
}

#[test]
fn each_profile_contains_the_one_before_it() {
    let levels = [IsaLevel::Scalar, IsaLevel::Avx2];
    let [smoke, quick, nightly] = [Profile::Smoke, Profile::Quick, Profile::Nightly].map(|of| measured(of, &levels));
    assert!(!smoke.is_empty() && smoke.is_subset(&quick) && quick.is_subset(&nightly));
}

#[test]
fn a_person_can_wait_for_the_quick_profile() {
    // About a second a case and a half: a minute.
    let cases = measured(Profile::Quick, &[IsaLevel::Scalar, IsaLevel::Avx2, IsaLevel::Avx512]);
    assert!((30..=40).contains(&cases.len()), "{}: {cases:?}", cases.len());
}

#[test]
fn the_case_that_the_documents_name_is_quick() {
    assert!(measured(Profile::Quick, &[IsaLevel::Avx2]).contains("dot_f32/avx2/n10000"));
}

#[test]
fn every_case_has_an_amount_of_what_its_throughput_counts() {
    for (kernel, row) in rows() {
        let shape = row.shape.parse().unwrap();
        let work = (kernel.work)(&shape);
        assert!(work.amount(kernel.unit_of(&shape)).is_some_and(|amount| amount > 0), "{}/{}", kernel.id, row.shape);
        // A transposition moves bytes and computes nothing.
        assert!(work.bytes > 0 && work.elements > 0, "{}/{}", kernel.id, row.shape);
    }
}

#[test]
fn a_dot_product_does_two_operations_an_element() {
    let work = "dot_f32/scalar/n10000".parse::<Case>().unwrap().work();
    assert_eq!((work.flops, work.bytes, work.elements), (20_000, 80_000, 10_000));
    assert_eq!(work.amount(ThroughputUnit::TokensPerSecond), None);
}

#[test]
fn a_case_prints_as_it_parses() {
    for case in cases(isa::detected()) {
        let id = case.to_string();
        assert_eq!(id.parse::<Case>().unwrap().to_string(), id);
    }
}

#[test]
fn without_levels_above_it_only_scalar_is_listed_and_dispatched() {
    assert!(cases(IsaSet::SCALAR).all(|case| case.isa() == IsaLevel::Scalar));
    assert_eq!(cases(IsaSet::SCALAR).count(), rows().count());
    assert!(KERNELS.iter().all(|kernel| dispatch(kernel, IsaSet::SCALAR) == IsaLevel::Scalar));
}

#[test]
fn dispatch_takes_the_highest_level_there_is() {
    for kernel in KERNELS {
        let here = kernel.variants.iter().map(|variant| variant.isa).filter(|&isa| isa::detected().contains(isa));
        assert_eq!(dispatch(kernel, isa::detected()), here.max().unwrap(), "{}", kernel.id);
    }
}

/// What is wrong with a text that is no case here.
#[track_caller]
fn check_refused(id: &str, message: &str) {
    assert_eq!(id.parse::<Case>().expect_err(id).to_string(), message);
}

#[test]
fn a_case_that_does_not_exist_is_refused_with_the_reason() {
    check_refused("dot_f32", "\"dot_f32\" is no case; a case is kernel/isa/shape, such as dot_f32/avx2/n10000");
    check_refused("dit_f32/scalar/n1", "dit_f32/scalar/n1: there is no such kernel; `generator list` names them");
    check_refused("dot_f32/avx3/n1", "dot_f32/avx3/n1: the kernel has no such variant; `generator list` names them");
    check_refused(
        "gemv_i2s/scalar/m1k100",
        "gemv_i2s/scalar/m1k100: the kernel takes no such shape; `generator list` names some",
    );
}

/// What bounds the variant of `dot_f32`.
#[track_caller]
fn check_bound(isa: IsaLevel, shape: &str, expected: Bound) {
    let bound = kernel("dot_f32").unwrap().bound;
    assert_eq!(bound(&shape.parse().unwrap(), isa), expected);
}

#[test]
fn what_bounds_a_case_depends_on_its_shape_and_variant() {
    check_bound(IsaLevel::Scalar, "n10000", Bound::Latency);
    check_bound(IsaLevel::Avx2, "n10000", Bound::Throughput);
    check_bound(IsaLevel::Avx2, "n1000000", Bound::Memory);
}
