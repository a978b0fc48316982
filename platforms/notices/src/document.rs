//! The notices as one text: who wrote what under which terms, then each text once.

use std::{collections::BTreeSet, fmt::Write as _};

use anyhow::{Context, Result};

use crate::krate::Crate;

const HEAD: &str = "\
The programs of this archive contain the code of other people, listed here with the terms under which they gave it. The numbers
name the texts below. Rust's own library stands in a file of its own.
";

/// The notices of `crates`, which are in the order in which they shall stand.
///
/// # Errors
///
/// When a crate has no text that could be passed on with it.
pub(crate) fn document(crates: &[Crate]) -> Result<String> {
    let mut texts: Vec<&str> = Vec::new();
    for text in crates.iter().flat_map(|it| &it.texts) {
        if !texts.contains(&text.as_str()) {
            texts.push(text);
        }
    }
    let mut document = format!("{HEAD}\n");
    let mut users = vec![Vec::new(); texts.len()];
    for it in crates {
        let numbers = numbers(it, &texts)?;
        let shown: Vec<String> = numbers.iter().map(|number| (number + 1).to_string()).collect();
        let authors = if it.texts.is_empty() { by(&it.authors) } else { String::new() };
        writeln!(document, "{} {}, {}{authors}: {}", it.name, it.version, it.license, shown.join(", "))?;
        for number in numbers {
            users[number].push(format!("{} {}", it.name, it.version));
        }
    }
    for (number, (text, users)) in texts.iter().zip(users).enumerate() {
        let rule = "=".repeat(80);
        write!(document, "\n{rule}\n{}: {}\n{rule}\n\n{text}\n", number + 1, users.join(", "))?;
    }
    Ok(document)
}

fn by(authors: &[String]) -> String {
    if authors.is_empty() { String::new() } else { format!(", by {}", authors.join(", ")) }
}

/// Which of `texts` are a crate's. One whose source has none is taken under Apache 2.0 where it offers that: those terms need no
/// words of its own.
fn numbers(it: &Crate, texts: &[&str]) -> Result<BTreeSet<usize>> {
    if it.texts.is_empty() {
        let is_apache = |text: &&str| text.trim_start().starts_with("Apache License") && text.contains("END OF TERMS");
        let apache = texts.iter().position(is_apache).filter(|_| it.license.contains("Apache-2.0"));
        let apache = apache.with_context(|| {
            format!(
                "the source of {} {} ({}) has no text of its terms; add what has to go with it, or do without it",
                it.name, it.version, it.license
            )
        })?;
        return Ok(BTreeSet::from([apache]));
    }
    let number = |text: &String| texts.iter().position(|known| known == text).expect("it was collected");
    Ok(it.texts.iter().map(number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_crate(name: &str, license: &str, texts: &[&str]) -> Crate {
        let texts = texts.iter().map(|&text| text.to_owned()).collect();
        Crate {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.to_owned(),
            authors: vec!["Somebody".to_owned()],
            texts,
        }
    }

    const APACHE: &str = "   Apache License\nVersion 2.0\nEND OF TERMS AND CONDITIONS";

    #[test]
    fn a_text_that_two_crates_share_stands_once_and_names_both() {
        let text =
            document(&[a_crate("a", "MIT", &["these words"]), a_crate("b", "MIT", &["these words"])]).expect("texts");
        assert_eq!(text.matches("these words").count(), 1);
        assert!(text.contains("\n1: a 1.0.0, b 1.0.0\n"), "{text}");
    }

    #[test]
    fn a_crate_names_all_its_texts() {
        let text = document(&[a_crate("a", "MIT", &["x"]), a_crate("b", "MIT AND ISC", &["y", "x"])]).expect("texts");
        assert!(text.contains("\nb 1.0.0, MIT AND ISC: 1, 2\n"), "{text}");
    }

    #[test]
    fn without_a_text_of_its_own_a_crate_is_taken_under_apache_and_its_authors_are_named() {
        let crates = [a_crate("a", "Apache-2.0", &[APACHE]), a_crate("b", "MIT OR Apache-2.0", &[])];
        let text = document(&crates).expect("one has it");
        assert!(text.contains("\nb 1.0.0, MIT OR Apache-2.0, by Somebody: 1\n"), "{text}");
    }

    #[test]
    fn a_crate_whose_terms_cannot_be_passed_on_is_refused_by_name() {
        let crates = [a_crate("a", "Apache-2.0", &[APACHE]), a_crate("b", "MIT", &[])];
        let error = document(&crates).expect_err("MIT wants its text").to_string();
        assert!(error.contains("b 1.0.0 (MIT)"), "{error}");
    }
}
