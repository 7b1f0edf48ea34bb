//! Which letters of a value are what somebody typed.

use zgoda_domain::quick_search::{Needle, fold, subscriber};

/// A piece of a text, and whether it is what was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub hit: bool,
}

/// A value in pieces. Letters are compared as the search folds them, numbers digit by digit; a value that only resembles
/// what was typed has no hit.
pub fn pieces(value: &str, typed: &str) -> Vec<Piece> {
    let letters: Vec<char> = value.chars().collect();
    let mut hits = vec![false; letters.len()];
    if let Ok(needle) = Needle::parse(typed) {
        let folded = letters.iter().enumerate().flat_map(|(at, letter)| {
            let folded: Vec<char> = fold(&letter.to_string()).chars().collect();
            folded.into_iter().map(move |folded| (at, folded))
        });
        let folded: Vec<(usize, char)> = folded.collect();
        for word in needle.words() {
            mark(&mut hits, &folded, word);
        }
        if let Some(digits) = needle.digits() {
            let numbers = letters.iter().enumerate().filter(|(_, letter)| letter.is_ascii_digit());
            let numbers: Vec<(usize, char)> = numbers.map(|(at, digit)| (at, *digit)).collect();
            mark(&mut hits, &numbers, subscriber(digits));
        }
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (letter, hit) in letters.into_iter().zip(hits) {
        match pieces.last_mut() {
            Some(piece) if piece.hit == hit => piece.text.push(letter),
            _ => pieces.push(Piece { text: letter.to_string(), hit }),
        }
    }
    pieces
}

/// Marks every place where `word` stands, with whatever lies between its letters.
fn mark(hits: &mut [bool], letters: &[(usize, char)], word: &str) {
    let word: Vec<char> = word.chars().collect();
    if word.is_empty() {
        return;
    }
    for window in letters.windows(word.len()) {
        if window.iter().map(|(_, letter)| letter).eq(word.iter())
            && let (Some((from, _)), Some((to, _))) = (window.first(), window.last())
            && let Some(place) = hits.get_mut(*from..=*to)
        {
            place.fill(true);
        }
    }
}
