//! Progress for people: a bar on a terminal, a line a phase elsewhere. It draws between launches only.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{session::Progress, terminal::tell};

/// Shows how far a session is.
#[derive(Debug, Default)]
pub struct Shown {
    bar: Option<ProgressBar>,
}

impl Shown {
    /// Shows nothing until a phase begins.
    #[must_use]
    pub fn new() -> Self {
        Self { bar: None }
    }
}

impl Progress for Shown {
    fn begin(&mut self, phase: &str, steps: usize) {
        self.end();
        if !std::io::stderr().is_terminal() {
            tell(format_args!("{phase}: {steps} steps"));
            return;
        }
        // No ticker: a thread that draws by itself would draw while something is timed.
        let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{prefix:>11} [{bar:30}] {pos}/{len}  {eta_precise}  {wide_msg}");
        bar.set_style(style.expect("the template is a constant").progress_chars("=> "));
        bar.set_prefix(phase.to_owned());
        self.bar = Some(bar);
    }

    fn step(&mut self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
            bar.inc(1);
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
