//! Two wordings word by word.

use similar::{ChangeTag, TextDiff};
use std::time::Duration;
use zgoda_domain::{purposes::SegmentKind, text::LongText};

/// After so long the rest is told as removed and added as a whole. Two texts of the greatest length with not a word in
/// common stay far below it.
const PATIENCE: Duration = Duration::from_millis(250);

/// A piece of text, white space and all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub kind: SegmentKind,
    pub text: String,
}

/// The segments of two texts in order: equal and removed ones make up the first, equal and added ones the second.
pub fn compare(from: &LongText, to: &LongText) -> Vec<Segment> {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_words(from.as_str(), to.as_str());
    let mut segments: Vec<Segment> = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => SegmentKind::Equal,
            ChangeTag::Delete => SegmentKind::Removed,
            ChangeTag::Insert => SegmentKind::Added,
        };
        match segments.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(change.value()),
            _ => segments.push(Segment { kind, text: change.value().to_owned() }),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn side(segments: &[Segment], other: SegmentKind) -> String {
        segments.iter().filter(|segment| segment.kind != other).map(|segment| segment.text.as_str()).collect()
    }

    proptest! {
        #[test]
        fn both_texts_are_told_whole(from in "([aźb]{1,2}[ \n\t]{1,2}){1,20}[a-z]", to in "([aźb]{1,2}[ \n\t]{1,2}){1,20}[a-z]") {
            let (from, to) = (LongText::parse(&from).unwrap(), LongText::parse(&to).unwrap());
            let segments = compare(&from, &to);
            prop_assert_eq!(side(&segments, SegmentKind::Added), from.as_str());
            prop_assert_eq!(side(&segments, SegmentKind::Removed), to.as_str());
            prop_assert!(segments.windows(2).all(|pair| pair[0].kind != pair[1].kind));
        }
    }

    #[test]
    fn a_changed_word_stands_out_and_its_neighbours_do_not() {
        let from = LongText::parse("Zgadzam się na  informacje e-mailem.").unwrap();
        let to = LongText::parse("Zgadzam się na  oferty e-mailem.").unwrap();
        let told: Vec<_> = compare(&from, &to).into_iter().map(|segment| (segment.kind, segment.text)).collect();
        let expected = [
            (SegmentKind::Equal, "Zgadzam się na  ".to_owned()),
            (SegmentKind::Removed, "informacje".to_owned()),
            (SegmentKind::Added, "oferty".to_owned()),
            (SegmentKind::Equal, " e-mailem.".to_owned()),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_longest_texts_with_nothing_in_common_are_told_in_time() {
        let text = |letter: char| {
            let words: Vec<String> = (0..2_000).map(|n| format!("{letter}{n:03}")).collect();
            LongText::parse(words.join(" ").get(..9_900).unwrap()).unwrap()
        };
        let (from, to) = (text('a'), text('b'));
        let segments = compare(&from, &to);
        assert_eq!(side(&segments, SegmentKind::Added), from.as_str());
        assert_eq!(side(&segments, SegmentKind::Removed), to.as_str());
    }
}
