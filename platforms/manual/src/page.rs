//! The man pages: one of the program, and one of each verb that its help shows.

use clap::Command;
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};

/// A page of the first section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The name of its file, `generator-measure.1`.
    pub name: String,
    /// What the file holds, for `man`.
    pub text: String,
}

/// The pages of `program`: its own, then those of its verbs, in the order of its help.
#[must_use]
pub fn pages(program: &Command) -> Vec<Page> {
    // `PROGRAM help VERB` shows what the pages have.
    let mut program = program.clone().disable_help_subcommand(true);
    program.build();
    let source = format!("{} {}", program.get_name(), program.get_version().unwrap_or_default());
    let mut pages = Vec::new();
    push(&mut pages, &program, None, source.trim_end());
    pages
}

/// The page of `command`, which stands under `parent`, and those below it.
fn push(pages: &mut Vec<Page>, command: &Command, parent: Option<&str>, source: &str) {
    // What follows the help is set below: as running text its tables would be lost.
    // As in `--help`: what `Man` makes of the command line has no values, and an option in it for each that may be left out.
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned();
    let bare = command.clone().override_usage(usage).after_help(None::<&str>).after_long_help(None::<&str>);
    let man = Man::new(bare).source(source).manual("Tidegauge");
    let mut text = Vec::new();
    man.render(&mut text).expect("memory takes all");
    let mut text = String::from_utf8(text).expect("it was made of texts");
    let mut more = sections(command);
    if let Some(parent) = parent {
        more.control("SH", ["SEE ALSO"]).text([roman(format!("{parent}(1)"))]);
    }
    text.push_str(without_preamble(&more.render()));
    pages.push(Page { name: man.get_filename(), text });
    let name = command.get_display_name().unwrap_or(command.get_name());
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        push(pages, verb, Some(name), source);
    }
}

/// What stands behind the help. A paragraph that begins with `Exit codes:` is a section of that name, any other a note; indented
/// lines are set as they are, since they are tables and examples.
fn sections(command: &Command) -> Roff {
    let mut roff = Roff::new();
    let Some(text) = command.get_after_long_help().or_else(|| command.get_after_help()) else { return roff };
    let mut are_notes = false;
    for paragraph in text.to_string().split("\n\n") {
        let titled = paragraph.split_once(":\n").filter(|(title, _)| !title.contains('\n') && !title.starts_with(' '));
        let (title, lines) = titled.unwrap_or(("Notes", paragraph));
        if are_notes && titled.is_none() {
            roff.control("PP", []);
        } else {
            roff.control("SH", [title.to_uppercase().as_str()]);
        }
        are_notes = titled.is_none();
        let is_table = lines.starts_with(' ');
        if is_table {
            roff.control("nf", []);
        }
        for line in lines.lines() {
            roff.text([roman(line)]);
        }
        if is_table {
            roff.control("fi", []);
        }
    }
    roff
}

/// A page says once how it writes an apostrophe.
fn without_preamble(roff: &str) -> &str {
    let is_preamble = |line: &str| line.starts_with(".ie ") || line.starts_with(".el ");
    let length: usize = roff.split_inclusive('\n').take_while(|line| is_preamble(line)).map(str::len).sum();
    &roff[length..]
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;
    use crate::sample;

    fn page(name: &str) -> String {
        let found = pages(&sample::program()).into_iter().find(|page| page.name == name);
        found.unwrap_or_else(|| panic!("there is no {name}")).text
    }

    #[test]
    fn a_program_and_each_verb_that_help_shows_have_a_page() {
        let names: Vec<String> = pages(&sample::program()).into_iter().map(|page| page.name).collect();
        assert_eq!(names, ["tide.1", "tide-gauge.1"]);
    }

    #[test]
    fn a_page_has_the_version_and_no_date() {
        assert!(
            page("tide-gauge.1").contains(".TH tide-gauge 1  \"tide 1.2.3\" Tidegauge\n"),
            "{}",
            page("tide-gauge.1")
        );
    }

    #[test]
    fn the_synopsis_is_the_usage_of_the_help() {
        let merge = Command::new("merge").args([
            Arg::new("out").long("out").value_name("FILE").required(true),
            Arg::new("keep").long("keep").value_name("WHICH"),
            Arg::new("files").value_name("PATH").required(true).num_args(1..),
        ]);
        let pages = pages(&Command::new("tide").subcommand(merge));
        let text = &pages.last().expect("that of merge").text;
        let expected = ".SH SYNOPSIS\n\\fBtide merge\\fR [OPTIONS] \\-\\-out <FILE> <PATH>...\n";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn a_table_behind_the_help_is_a_section_whose_lines_stay_lines() {
        let text = page("tide.1");
        assert!(
            text.contains(".SH \"EXIT CODES\"\n.nf\n  0  done\n  2  wrong usage\n.fi\n.SH ENVIRONMENT\n.nf\n"),
            "{text}"
        );
    }

    #[test]
    fn what_is_hidden_stands_on_no_page() {
        for Page { name, text } in pages(&sample::program()) {
            assert!(!text.contains("secret") && !text.contains("moor") && !text.contains("hawser"), "{name}: {text}");
        }
    }

    #[test]
    fn a_verb_leads_to_its_program() {
        assert!(page("tide-gauge.1").ends_with(".SH \"SEE ALSO\"\ntide(1)\n"), "{}", page("tide-gauge.1"));
    }

    #[test]
    fn a_page_says_once_how_it_writes_an_apostrophe() {
        assert_eq!(page("tide-gauge.1").matches(".ie ").count(), 1);
    }
}
