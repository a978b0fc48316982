//! A summary and tables for GitHub: what must be read stands open, the rest is folded.

use std::fmt::Write;

use schema::comparison::{Comparison, Row, Verdict};

use super::{
    escape::{markdown_code, markdown_sentence},
    quantity,
    words::{aspect, consequence, headline, is_failure, machine, notes, side, together},
};

/// The comparison.
pub(super) fn print(comparison: &Comparison) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "### {}\n", markdown_sentence(&headline(comparison)));
    for said in together(comparison) {
        let _ = writeln!(text, "**{}**\n", markdown_sentence(&said));
    }
    let _ = writeln!(text, "{}\n", markdown_sentence(&consequence(comparison)));

    let is_open = |row: &&Row| {
        is_failure(comparison, row.verdict) || matches!(row.verdict, Verdict::Warning | Verdict::Inconclusive)
    };
    let open: Vec<&Row> = comparison.rows.iter().filter(is_open).collect();
    if !open.is_empty() {
        write_table(&mut text, &open);
    }
    for verdict in [Verdict::Improved, Verdict::New, Verdict::Stable] {
        let rows: Vec<&Row> = comparison.rows.iter().filter(|row| row.verdict == verdict).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(text, "<details><summary>{} ({})</summary>\n", verdict.name(), rows.len());
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
