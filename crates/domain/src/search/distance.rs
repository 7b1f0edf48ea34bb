//! Which names are near a mistyped one.

use crate::quick_search::fold;

/// At most three of the names, the nearest first: those that begin with what was typed, or differ from it by a third of its
/// letters at most. Case and marks on letters do not count.
pub(super) fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let typed = fold(typed.trim());
    let length = typed.chars().count();
    let bound = (length / 3).max(1);
    let mut near: Vec<(usize, &str)> = Vec::new();
    for name in names {
        let folded = fold(name);
        let far = if length >= 2 && folded.starts_with(&typed) { 0 } else { distance(&typed, &folded) };
        if far <= bound && !near.iter().any(|(_, known)| *known == name) {
            near.push((far, name));
        }
    }
    near.sort_by_key(|(far, name)| (*far, name.chars().count()));
    near.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

/// How many letters have to be changed, added or taken away, two neighbours swapped counting as one (optimal string
/// alignment distance).
fn distance(a: &str, b: &str) -> usize {
    // Names have 255 characters at most; what is far longer is near nothing.
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(256).collect(), b.chars().take(256).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], n: usize| row.get(n).copied().unwrap_or(usize::MAX - 1);
            let mut least = (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_counted() {
        for (a, b, far) in
            [("umowa", "umowa", 0), ("umwoa", "umowa", 1), ("umowy", "umowa", 1), ("", "abc", 3), ("abc", "", 3)]
        {
            assert_eq!(distance(a, b), far, "{a} {b}");
        }
        assert_eq!(nearest("umwoa", ["Umowa", "Miasto", "Umowa wysłana"]), ["Umowa"]);
        assert_eq!(nearest("zrodlo", ["Źródło"]), ["Źródło"]);
        assert!(nearest("zzz", ["Umowa"]).is_empty());
    }
}
