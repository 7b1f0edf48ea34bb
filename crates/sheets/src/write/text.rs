//! Delimited text (RFC 4180) in UTF-8, with the mark by which spreadsheets know that it is.

use super::Layout;
use std::fmt::Write;
use zgoda_domain::{export::Cell, sheet::Delimiter, spreadsheet::as_text};

pub(super) fn begin(out: &mut Vec<u8>, layout: &Layout) {
    out.extend_from_slice("\u{feff}".as_bytes());
    row(out, layout.delimiter, layout.heads.iter().map(|head| Cell::text(head.as_str())));
}

/// A row. Every cell is quoted; a text that looks like a formula is marked, and a number, which is typed as one, is not.
pub(super) fn row<'c>(out: &mut Vec<u8>, delimiter: Delimiter, cells: impl IntoIterator<Item = Cell<'c>>) {
    let mut line = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(char::from(delimiter.byte()));
        }
        line.push('"');
        // Writing to a string does not fail.
        let _ = match &cell {
            Cell::Empty => Ok(()),
            Cell::Text(text) => {
                quoted(&mut line, &as_text(text));
                Ok(())
            }
            Cell::Number(number) if delimiter == Delimiter::Semicolon && number.contains('.') => {
                line.push_str(&number.replace('.', ","));
                Ok(())
            }
            Cell::Number(number) => line.write_str(number),
            Cell::Day(day) => write!(line, "{day}"),
            Cell::Moment(at) => write!(line, "{}", at.format("%Y-%m-%d %H:%M:%S")),
        };
        line.push('"');
    }
    line.push_str("\r\n");
    out.extend_from_slice(line.as_bytes());
}

fn quoted(line: &mut String, text: &str) {
    let mut parts = text.split('"');
    line.push_str(parts.next().unwrap_or_default());
    for part in parts {
        line.push_str("\"\"");
        line.push_str(part);
    }
}
