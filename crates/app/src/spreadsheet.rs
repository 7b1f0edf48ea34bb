//! Text on its way into spreadsheets: none of it is ever a formula.

/// Whether a spreadsheet could read the text as a formula.
pub(crate) fn looks_like_formula(text: &str) -> bool {
    text.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

/// The text with a mark before it that spreadsheets take for "this is text" (ASVS 1.2.10).
pub(crate) fn as_text(text: &str) -> String {
    if looks_like_formula(text) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_recognised_in_every_spelling() {
        for risky in ["=1+1", "+48 22", "-5", "@x", " =1", "＝1", "\t=1"] {
            assert!(looks_like_formula(risky), "{risky}");
        }
        assert!(!looks_like_formula("Żaneta =)"));
    }
}
