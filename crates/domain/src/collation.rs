//! Polish alphabetical order, the same on every database.
//!
//! Letters compare without case first; Polish letters stand right after their base letter (a ą b c ć …), other
//! diacritics count as their base. Ties are broken by the raw text, so the order is total.

use std::cmp::Ordering;
use unicode_normalization::UnicodeNormalization;

/// Compares two texts in Polish alphabetical order.
pub fn compare(a: &str, b: &str) -> Ordering {
    weights(a).cmp(weights(b)).then_with(|| a.cmp(b))
}

fn weights(text: &str) -> impl Iterator<Item = u32> + '_ {
    text.chars().flat_map(char::to_lowercase).flat_map(|c| {
        let (base, after) = base_letter(c);
        // ASCII needs no decomposition: the common case stays free of allocation and tables.
        let decomposed = if base.is_ascii() { base } else { std::iter::once(base).nfd().next().unwrap_or(base) };
        let (base, after) = if decomposed == base { (base, after) } else { (decomposed, 0) };
        std::iter::once(u32::from(base) * 4 + after)
    })
}

fn base_letter(c: char) -> (char, u32) {
    match c {
        'ą' => ('a', 1),
        'ć' => ('c', 1),
        'ę' => ('e', 1),
        'ł' => ('l', 1),
        'ń' => ('n', 1),
        'ó' => ('o', 1),
        'ś' => ('s', 1),
        'ź' => ('z', 1),
        'ż' => ('z', 2),
        other => (other, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn polish_letters_stand_after_their_base() {
        let mut names =
            vec!["Żak", "Zając", "Łoś", "Lis", "Lynx", "ćma", "Cz", "dom", "Źrebak", "Émile", "Ewa", "Ferd"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, ["Cz", "ćma", "dom", "Émile", "Ewa", "Ferd", "Lis", "Lynx", "Łoś", "Zając", "Źrebak", "Żak"]);
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in "\\PC{0,12}", b in "\\PC{0,12}", c in "\\PC{0,12}") {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
            prop_assert_eq!(compare(&a, &b) == Ordering::Equal, a == b);
            if compare(&a, &b) != Ordering::Greater && compare(&b, &c) != Ordering::Greater {
                prop_assert!(compare(&a, &c) != Ordering::Greater);
            }
        }
    }
}
