//! What a manual lacks of its command line: the tests of each program ask.

use clap::Command;
use clap_complete::Shell;

use crate::{completions, page::pages};

/// What is missing from the man pages and from bash's completions of `program`, a line each; nothing, or it is a bug of ours.
///
/// Every verb that help shows has a page, every long option of it stands on that page and in the completions, and what help hides
/// stands in neither.
#[must_use]
pub fn gaps(program: &Command) -> Vec<String> {
    let mut gaps = Vec::new();
    let bash = completions(program, Shell::Bash);
    let pages = pages(program);
    let mut built = program.clone().disable_help_subcommand(true);
    built.build();
    look(&built, &mut |command, is_hidden| {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let page = pages.iter().find(|page| page.name == format!("{name}.1"));
        let words = words_of(&bash, command.get_bin_name().unwrap_or(command.get_name()));
        let (Some(page), Some(words), false) = (page, &words, is_hidden) else {
            if is_hidden == (page.is_some() || words.is_some()) {
                gaps.push(format!("{name}: page {}, completions {}", page.is_some(), words.is_some()));
            }
            return;
        };
        // Roff marks each hyphen as one that stays.
        let text = page.text.replace("\\-", "-");
        for option in command.get_arguments() {
            let Some(long) = option.get_long().map(|long| format!("--{long}")) else { continue };
            let found = (stands_in(&text, &long), words.iter().any(|word| *word == long));
            if found != (!option.is_hide_set(), !option.is_hide_set()) {
                gaps.push(format!("{name} {long}: page {}, completions {}", found.0, found.1));
            }
        }
    });
    gaps
}

/// Calls `each` for `command` and all below it, with whether help hides it.
fn look(command: &Command, each: &mut impl FnMut(&Command, bool)) {
    each(command, command.is_hide_set());
    for verb in command.get_subcommands() {
        look(verb, each);
    }
}

/// What bash offers behind `command`, `generator measure`; `None` where it does not know it.
fn words_of<'b>(bash: &'b str, command: &str) -> Option<Vec<&'b str>> {
    let case = format!("\n        {})\n            opts=\"", command.replace('-', "__").replace(' ', "__subcmd__"));
    let (_, behind) = bash.split_once(&case)?;
    Some(behind.split_once('"')?.0.split(' ').collect())
}

/// Whether `word` stands in `text`, and not only the beginning of a longer one.
fn stands_in(text: &str, word: &str) -> bool {
    let is_end = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-');
    text.match_indices(word).any(|(at, _)| is_end(&text[at + word.len()..]))
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;
    use crate::sample;

    #[test]
    fn the_sample_has_all() {
        assert_eq!(gaps(&sample::program()), Vec::<String>::new());
    }

    #[test]
    fn the_words_of_a_verb_are_its_own() {
        let bash = completions(&sample::program().arg(Arg::new("moon").long("moon")), Shell::Bash);
        let words = words_of(&bash, "tide gauge").expect("it is known");
        assert!(words.contains(&"--every") && !words.contains(&"--moon"), "{words:?}");
    }

    #[test]
    fn the_beginning_of_a_longer_option_is_not_the_option() {
        assert!(!stands_in("--every-day", "--every"));
        assert!(stands_in("--every-day, --every MINUTES", "--every"));
    }
}
