//! How a table is printed: aligned for people, or as Markdown.

use std::fmt::Write;

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned, without colours.
    Human,
    /// For GitHub.
    Markdown,
}

/// A table: headings, of which those that begin with `>` are of figures, and rows.
#[derive(Clone, Debug)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, a cell for each heading.
    ///
    /// # Panics
    ///
    /// When there are more or fewer cells than headings.
    pub fn push(&mut self, cells: Vec<String>) {
        assert_eq!(cells.len(), self.headings.len(), "a row has a cell for each heading");
        self.rows.push(cells);
    }

    /// The table as text; nothing of a table without rows.
    #[must_use]
    pub fn print(&self, format: Format) -> String {
        match format {
            _ if self.rows.is_empty() => String::new(),
            Format::Human => self.aligned(),
            Format::Markdown => self.markdown(),
        }
    }

    fn titles(&self) -> Vec<String> {
        self.headings.iter().map(|heading| heading.trim_start_matches('>').to_owned()).collect()
    }

    fn aligned(&self) -> String {
        let rows: Vec<Vec<String>> = std::iter::once(self.titles()).chain(self.rows.iter().cloned()).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.headings.len()).map(width).collect();
        let mut text = String::new();
        for row in &rows {
            let cells = row.iter().zip(&widths).zip(&self.headings).map(|((cell, &width), heading)| {
                if heading.starts_with('>') { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            });
            let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!("| {} |\n|", self.titles().join(" | "));
        for heading in &self.headings {
            text += if heading.starts_with('>') { "---:|" } else { "---|" };
        }
        text.push('\n');
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["figure", ">found"]);
        table.push(vec!["one|two".to_owned(), "3 %".to_owned()]);
        table.push(vec!["four".to_owned(), "10 %".to_owned()]);
        table
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        assert_eq!(table().print(Format::Human), "figure   found\none|two    3 %\nfour      10 %\n");
    }

    #[test]
    fn a_cell_cannot_end_its_markdown_cell() {
        assert_eq!(
            table().print(Format::Markdown),
            "| figure | found |\n|---|---:|\n| one\\|two | 3 % |\n| four | 10 % |\n"
        );
    }

    #[test]
    fn a_table_without_rows_is_nothing() {
        assert_eq!(Table::new(&["figure"]).print(Format::Human), "");
    }
}
