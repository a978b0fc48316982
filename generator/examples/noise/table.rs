//! A table: the first column to the left, numbers to the right.

/// Rows of cells under a header.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(title: &str, columns: &[&str]) -> Self {
        println!("\n{title}");
        Self { rows: vec![columns.iter().map(|&column| column.to_owned()).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, name: impl Into<String>, cells: impl IntoIterator<Item = String>) {
        self.rows.push([name.into()].into_iter().chain(cells).collect());
    }

    /// Prints it.
    pub(crate) fn print(&self) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width - cell.chars().count());
                let cell = if column == 0 { format!("{cell}{padding}") } else { format!("  {padding}{cell}") };
                line.push_str(&cell);
            }
            println!("  {}", line.trim_end());
        }
    }
}

/// A share in percent: `12.3`; `–` where there is none.
pub(crate) fn percent(share: Option<f64>) -> String {
    share.filter(|share| share.is_finite()).map_or_else(
        || "–".to_owned(),
        |share| {
            let percent = share * 100.0;
            if percent.abs() < 9.95 { format!("{percent:.2}") } else { format!("{percent:.1}") }
        },
    )
}

/// A time in nanoseconds.
pub(crate) fn ns(time_ns: Option<f64>) -> String {
    time_ns.map_or_else(|| "–".to_owned(), |time_ns| format!("{time_ns:.0}"))
}
