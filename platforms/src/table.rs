//! Tables: of plain text, columns two blanks apart and aligned on the left; and of Markdown.

use std::fmt;

/// A table with a head.
pub struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// A table with only its head.
    #[must_use]
    pub fn new(head: [&str; COLUMNS]) -> Self {
        Self { rows: vec![head.map(str::to_owned)] }
    }

    /// Adds a row.
    pub fn push(&mut self, row: [&str; COLUMNS]) {
        self.rows.push(row.map(str::to_owned));
    }
}

impl<const COLUMNS: usize> fmt::Display for Table<COLUMNS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; COLUMNS] = std::array::from_fn(width);
        for row in &self.rows {
            let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// A table in Markdown, a line a row.
#[must_use]
pub fn markdown<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(COLUMNS));
    for row in rows {
        text.extend(["| ", &row.join(" | "), " |\n"]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(["a", "b"]);
        table.push(["long", "x"]);
        assert_eq!(table.to_string(), "a     b\nlong  x\n");
    }

    #[test]
    fn an_empty_cell_leaves_no_blanks_at_the_end() {
        let mut table = Table::new(["a", "b"]);
        table.push(["long", ""]);
        assert_eq!(table.to_string(), "a     b\nlong\n");
    }

    #[test]
    fn a_table_in_markdown_has_its_rule_beneath_its_head() {
        let table = markdown(["a", "b"], [["1".to_owned(), "2".to_owned()]]);
        assert_eq!(table, "| a | b |\n|---|---|\n| 1 | 2 |\n");
    }
}
