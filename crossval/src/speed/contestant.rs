//! Contestants: the variants of ours and the libraries that have a kernel, by name.

use kernels::{Case, kernel::Kernel, shape::Shape};
use platforms::{IsaLevel, IsaSet};

use crate::peers::{LIBRARIES, Library};

/// Someone who takes turns.
#[derive(Clone, Copy, Debug)]
pub enum Contestant {
    /// A variant of ours.
    Ours(IsaLevel),
    /// An outside library.
    Library(&'static Library),
}

/// The most operations of a call of `scalar` that is measured, some 100 ms: a product of 256³ is, one of 512³ is not.
const SCALAR_OPERATIONS_MOST: u64 = 1 << 26;

/// Who may take part in a row, by name: first the variant that a program would use, then our others, lowest first, then the
/// libraries that have it.
#[must_use]
pub fn contestants(kernel: &'static Kernel, shape: &Shape, isas: IsaSet) -> Vec<(String, Contestant)> {
    let ours = kernels::dispatch(kernel, isas);
    let work = (kernel.work)(shape);
    let is_affordable =
        |isa: IsaLevel| isa != IsaLevel::Scalar || work.flops.max(work.elements) <= SCALAR_OPERATIONS_MOST;
    let others = kernel.variants.iter().map(|variant| variant.isa).filter(|&isa| isa != ours && is_affordable(isa));
    let variants = std::iter::once(ours).chain(others);
    let variants = variants.filter(|&isa| isas.contains(isa) && Case::new(kernel, isa, shape.clone()).is_ok());
    let variants = variants.map(|isa| (isa.to_string(), Contestant::Ours(isa)));
    variants.chain(libraries(kernel.id)).collect()
}

/// The contestant of that name.
#[must_use]
pub fn named(kernel: &Kernel, name: &str) -> Option<Contestant> {
    let ours = kernel.variants.iter().find(|variant| variant.isa.name() == name);
    let ours = ours.map(|variant| Contestant::Ours(variant.isa));
    ours.or_else(|| libraries(kernel.id).find(|(own, _)| own == name).map(|(_, library)| library))
}

/// The libraries that have a kernel, by name.
fn libraries(kernel: &str) -> impl Iterator<Item = (String, Contestant)> {
    let have = LIBRARIES.iter().filter(move |library| library.peers.iter().any(|peer| peer.kernel == kernel));
    have.map(|library| (library.name.to_owned(), Contestant::Library(library)))
}

#[cfg(test)]
mod tests {
    use kernels::registry;
    use platforms::isa;

    use super::*;

    fn names(kernel: &str, shape: &str) -> Vec<String> {
        let kernel = registry::kernel(kernel).unwrap();
        let all = contestants(kernel, &shape.parse().unwrap(), isa::detected());
        all.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn the_variant_that_a_program_would_use_comes_first() {
        let used = kernels::dispatch(registry::kernel("dot_f32").unwrap(), isa::detected());
        assert_eq!(names("dot_f32", "n1000")[0], used.to_string());
    }

    #[test]
    fn scalar_takes_part_where_it_is_affordable() {
        assert!(names("matmul_f32", "m256n256k256").contains(&"scalar".to_owned()));
        assert!(!names("matmul_f32", "m512n512k512").contains(&"scalar".to_owned()));
    }

    #[test]
    fn each_name_of_a_row_is_its_own_and_leads_to_its_contestant() {
        for kernel in registry::KERNELS {
            let shape = kernel.rows[0].shape.parse().unwrap();
            let all = contestants(kernel, &shape, isa::detected());
            for (name, contestant) in &all {
                assert_eq!(all.iter().filter(|(other, _)| other == name).count(), 1, "{}: {name}", kernel.id);
                let found = named(kernel, name).map(|found| format!("{found:?}"));
                assert_eq!(found, Some(format!("{contestant:?}")), "{}: {name}", kernel.id);
            }
        }
    }
}
