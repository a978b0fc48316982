//! A summary and tables for GitHub: regressions and improvements stand open, everything else is folded.

use std::fmt::Write;

use schema::comparison::{Comparison, Row, Verdict};

use super::{
    escape::{markdown_code, markdown_sentence},
    quantity,
    words::{aspect, consequence, headline, is_failed_by_doubt, is_failure, machine, notes, side, together},
};

/// The comparison.
pub(super) fn print(comparison: &Comparison) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "### {}\n", markdown_sentence(&headline(comparison)));
    for said in together(comparison) {
        let _ = writeln!(text, "**{}**\n", markdown_sentence(&said));
    }
    let _ = writeln!(text, "{}\n", markdown_sentence(&consequence(comparison)));

    let of = |wanted: &dyn Fn(Verdict) -> bool| -> Vec<&Row> {
        comparison.rows.iter().filter(|row| wanted(row.verdict)).collect()
    };
    let is_regression = |verdict| is_failure(comparison, verdict) || verdict == Verdict::Warning;
    for (title, rows) in
        [("Regressions", of(&is_regression)), ("Improvements", of(&|verdict| verdict == Verdict::Improved))]
    {
        if !rows.is_empty() {
            let _ = writeln!(text, "#### {title}\n");
            write_table(&mut text, &rows);
        }
    }
    for verdict in [Verdict::Inconclusive, Verdict::New, Verdict::Stable] {
        let rows = of(&|other| other == verdict);
        if rows.is_empty() {
            continue;
        }
        // What it failed for is not folded.
        let is_open = verdict == Verdict::Inconclusive && is_failed_by_doubt(comparison);
        let open = if is_open { " open" } else { "" };
        let _ = writeln!(text, "<details{open}><summary>{} ({})</summary>\n", verdict.name(), rows.len());
        write_table(&mut text, &rows);
        text.push_str("</details>\n\n");
    }
    for note in notes(comparison) {
        let _ = writeln!(text, "- {}", markdown_sentence(&note));
    }
    let (baseline, candidate) = (side(&comparison.baseline), side(&comparison.candidate));
    let _ = writeln!(text, "- baseline: {}", markdown_code(&baseline));
    let _ = writeln!(text, "- candidate: {}", markdown_code(&candidate));
    let _ = writeln!(text, "- machine: {}", markdown_code(&machine(comparison)));
    text
}

fn write_table(text: &mut String, rows: &[&Row]) {
    text.push_str("| verdict | case | metric | baseline | candidate | change | 95 % interval | could see | why |\n");
    text.push_str("|---|---|---|--:|--:|--:|--:|--:|---|\n");
    for row in rows {
        let verdict = row.verdict.name();
        let metric = aspect(row).unwrap_or(quantity::NOTHING);
        let _ = writeln!(
            text,
            "| {} | {} | {metric} | {} | {} | {} | {} | {} | {} |",
            if matches!(row.verdict, Verdict::Critical) { format!("**{verdict}**") } else { verdict.to_owned() },
            markdown_code(&row.case),
            quantity::value(row.baseline, row.unit),
            quantity::value(row.candidate, row.unit),
            quantity::change(row),
            quantity::interval(row),
            quantity::smallest(row),
            markdown_sentence(&row.reason),
        );
    }
    text.push('\n');
}
