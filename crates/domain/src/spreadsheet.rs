//! Text on its way into spreadsheets and back: none of it is ever a formula (ASVS 5.0, 1.2.10).

use crate::sheet::Delimiter;

/// What stands before a text that a spreadsheet would take for a formula. Spreadsheets read it as "this is text".
const MARK: char = '\'';

/// Whether a spreadsheet could read the text as a formula, or as a command of an old one.
pub fn looks_like_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n', '\0'])
        || text.trim_start_matches(is_skipped).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// What may stand before a formula without taking its force.
fn is_skipped(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

/// The text with a mark before it where it looks like a formula. Whatever the text is, [`from_text`] gives it back.
pub fn as_text(text: &str) -> std::borrow::Cow<'_, str> {
    if is_marked(text) { format!("{MARK}{text}").into() } else { text.into() }
}

/// The text without the one mark that [`as_text`] puts before a formula; every other text as it is.
pub fn from_text(cell: &str) -> &str {
    cell.strip_prefix(MARK).filter(|rest| is_marked(rest)).unwrap_or(cell)
}

/// A line of delimited text (RFC 4180), every cell quoted; none of them is a formula.
pub fn line(delimiter: Delimiter, cells: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut line = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(char::from(delimiter.byte()));
        }
        line.push('"');
        line.push_str(&as_text(cell.as_ref()).replace('"', "\"\""));
        line.push('"');
    }
    line.push_str("\r\n");
    line
}

/// Whether a mark is put before it: a formula, or one that somebody wrote with marks before it.
fn is_marked(text: &str) -> bool {
    looks_like_formula(text.trim_start_matches(MARK))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_recognised_in_every_spelling() {
        for risky in ["=1+1", "+48 22", "-5", "@x", " =1", "＝1", "\t=1", "\tx", "\rx", "\u{a0}+1", "\u{feff}=1", "\0x"]
        {
            assert!(looks_like_formula(risky), "{risky:?}");
        }
        for harmless in ["Żaneta =)", "", "a\t=1", "'=1"] {
            assert!(!looks_like_formula(harmless), "{harmless:?}");
        }
    }

    #[test]
    fn a_line_quotes_what_could_end_a_cell() {
        let cells = ["a,b", "say \"so\"", "=1"];
        assert_eq!(line(Delimiter::Comma, cells), "\"a,b\",\"say \"\"so\"\"\",\"'=1\"\r\n");
        assert_eq!(line(Delimiter::Semicolon, cells), "\"a,b\";\"say \"\"so\"\"\";\"'=1\"\r\n");
        assert_eq!(line(Delimiter::Comma, [""; 0]), "\r\n");
    }

    /// Texts that begin in all the ways that matter.
    fn text() -> impl Strategy<Value = String> {
        let start = prop::sample::select(vec![
            "",
            "=",
            "+",
            "-",
            "@",
            "\t",
            "\r",
            "\n",
            "\0",
            " ",
            "'",
            "''",
            "'=",
            "''=",
            " '=",
            "＝",
            "＋",
            "－",
            "＠",
            "\u{feff}=",
            "\u{200b}-",
            "\u{a0}@",
        ]);
        (start, any::<String>()).prop_map(|(start, rest)| format!("{start}{rest}"))
    }

    proptest! {
        /// Nothing that leaves is a formula, and whatever left comes back as it was.
        #[test]
        fn no_formula_leaves_and_no_text_is_lost(text in text()) {
            let cell = as_text(&text);
            prop_assert!(!looks_like_formula(&cell), "{cell:?}");
            prop_assert_eq!(from_text(&cell), text.as_str());
        }
    }
}
