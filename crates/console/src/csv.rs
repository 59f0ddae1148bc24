//! Tables to be opened in a spreadsheet.

use axum::body::Body;

use crate::answer::Answer;

/// A table being written: UTF-8 with a byte order mark, so that spreadsheets read Chinese.
pub(crate) struct Csv(String);

impl Csv {
    /// A table with these columns.
    pub(crate) fn with_header(columns: &[&str]) -> Self {
        let mut csv = Self(String::from('\u{feff}'));
        csv.row(columns.iter().map(|column| (*column).to_owned()));
        csv
    }

    /// A part of a table whose header was sent before.
    pub(crate) fn continued() -> Self {
        Self(String::new())
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl Iterator<Item = String>) {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                self.0.push(',');
            }
            self.0.push_str(&quoted(&cell));
        }
        self.0.push_str("\r\n");
    }

    /// What was written.
    pub(crate) fn into_text(self) -> String {
        self.0
    }

    /// The table as a file to save.
    pub(crate) fn download(self, file: &str) -> Answer {
        Answer::download(Body::from(self.0), "text/csv; charset=utf-8", file)
    }
}

/// A cell that a spreadsheet takes for text, whatever is in it: a leading `=` or the like would be a formula.
fn quoted(cell: &str) -> String {
    let is_number = cell.strip_prefix('-').is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    });
    let is_formula = !is_number && cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let escaped = cell.replace('"', "\"\"");
    match (is_formula, escaped.contains([',', '"', '\n', '\r'])) {
        (true, _) => format!("\"'{escaped}\""),
        (false, true) => format!("\"{escaped}\""),
        (false, false) => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_text_and_nothing_else() {
        assert_eq!(quoted("alice"), "alice");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("-1+1"), "\"'-1+1\"");
        assert_eq!(quoted("-8000.00"), "-8000.00");
    }
}
