//! The completions of a command line, as a shell reads them.

use clap::{ArgGroup, Command};
use clap_complete::Shell;

/// What `shell` reads to complete `program`, without the verbs and options that help does not show.
///
/// # Panics
///
/// Never: memory takes all, and what is written are texts.
#[must_use]
pub fn completions(program: &Command, shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut shown(program), program.get_name(), &mut text);
    String::from_utf8(text).expect("it was made of texts")
}

/// `command` as completions need it. The shells' generators take hidden verbs and options for others, so these are left out.
fn shown(command: &Command) -> Command {
    let arguments: Vec<_> = command.get_arguments().filter(|argument| !argument.is_hide_set()).cloned().collect();
    let is_shown = |id| arguments.iter().any(|argument| argument.get_id() == id);
    let groups = command.get_groups().map(|group| {
        let members = group.get_args().filter(|&id| is_shown(id)).cloned();
        ArgGroup::new(group.get_id().clone()).args(members.collect::<Vec<_>>()).multiple(true)
    });
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let groups: Vec<_> = groups.collect();
    let mut copy = Command::new(command.get_name().to_owned());
    copy = copy.args(arguments).groups(groups).subcommands(verbs.map(shown));
    if let Some(about) = command.get_about() {
        copy = copy.about(about.clone());
    }
    if let Some(version) = command.get_version() {
        copy = copy.version(version.to_owned());
    }
    copy
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;
    use crate::sample;

    #[test]
    fn every_shell_completes_what_help_shows() {
        for shell in Shell::value_variants() {
            let text = completions(&sample::program(), *shell);
            for word in ["gauge", "every-day"] {
                assert!(text.contains(word), "{shell}: {word}: {text}");
            }
        }
    }

    #[test]
    fn no_shell_completes_what_is_hidden() {
        for shell in Shell::value_variants() {
            let text = completions(&sample::program(), *shell);
            for word in ["secret", "moor", "hawser"] {
                assert!(!text.contains(word), "{shell}: {word}: {text}");
            }
        }
    }

    #[test]
    fn they_are_the_same_each_time() {
        for shell in Shell::value_variants() {
            assert_eq!(completions(&sample::program(), *shell), completions(&sample::program(), *shell));
        }
    }
}
