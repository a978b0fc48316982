//! What `sysctl` tells of Apple's chips.

use super::{Caches, Cpu, UNKNOWN};
use crate::sysctl::Sysctl;

/// The CPU that these values tell of.
pub(super) fn cpu(sysctl: &Sysctl) -> Cpu {
    let brand = sysctl.get("machdep.cpu.brand_string").filter(|brand| !brand.is_empty());
    let words = brand.unwrap_or(UNKNOWN).split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut id: Vec<String> = words.map(str::to_owned).collect();
    id.extend(family(sysctl).map(|family| format!("{family:08x}")));
    let bytes = |names: [&str; 2]| names.into_iter().find_map(|name| sysctl.number(name).filter(|&bytes| bytes > 0));
    Cpu {
        model: brand.unwrap_or(UNKNOWN).to_owned(),
        id: if id.is_empty() { UNKNOWN.to_owned() } else { id.join("-") },
        caches: Caches {
            // `hw.l1dcachesize` and its like are of the small cores; level 0 is the fast ones.
            l1d_bytes: bytes(["hw.perflevel0.l1dcachesize", "hw.l1dcachesize"]),
            l1i_bytes: bytes(["hw.perflevel0.l1icachesize", "hw.l1icachesize"]),
            l2_bytes: bytes(["hw.perflevel0.l2cachesize", "hw.l2cachesize"]),
            l3_bytes: bytes(["hw.perflevel0.l3cachesize", "hw.l3cachesize"]),
        },
    }
}

/// The kind of chip. It is a hash, and `sysctl` prints it as if it had a sign.
fn family(sysctl: &Sysctl) -> Option<u32> {
    let value: i64 = sysctl.get("hw.cpufamily")?.parse().ok()?;
    u32::try_from(value).ok().or_else(|| i32::try_from(value).ok().map(i32::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use super::*;

    const M1: &str = "\
machdep.cpu.brand_string: Apple M1
hw.cpufamily: 458787763
hw.l1dcachesize: 65536
hw.l1icachesize: 131072
hw.l2cachesize: 4194304
hw.perflevel0.l1dcachesize: 131072
hw.perflevel0.l1icachesize: 196608
hw.perflevel0.l2cachesize: 12582912
";

    fn cpu_of(text: &str) -> Cpu {
        cpu(&Sysctl::parse(text))
    }

    #[test]
    fn an_apple_chip_is_named_by_brand_and_family() {
        assert_eq!(cpu_of(M1).id, "Apple-M1-1b588bb3");
    }

    #[test]
    fn a_family_with_a_sign_is_the_same_bits() {
        assert_eq!(cpu_of("machdep.cpu.brand_string: Apple M2\nhw.cpufamily: -634136515\n").id, "Apple-M2-da33d83d");
    }

    #[test]
    fn a_guests_brand_keeps_only_its_words() {
        let id = cpu_of("machdep.cpu.brand_string: Apple M1 (Virtual)\nhw.cpufamily: 458787763\n").id;
        assert_eq!(id, "Apple-M1-Virtual-1b588bb3");
    }

    #[test]
    fn the_caches_are_those_of_the_fast_cores() {
        let caches: Vec<_> = cpu_of(M1).caches.iter().collect();
        assert_eq!(caches, [("l1d", 131_072), ("l1i", 196_608), ("l2", 12_582_912)]);
    }

    #[test]
    fn an_older_system_tells_one_size_for_all_cores() {
        assert_eq!(cpu_of("hw.l2cachesize: 4194304\n").caches.l2_bytes, Some(4_194_304));
    }

    #[test]
    fn values_that_tell_nothing_leave_all_unknown() {
        assert_eq!(cpu_of(""), Cpu { model: UNKNOWN.into(), id: UNKNOWN.into(), caches: Caches::default() });
    }
}
