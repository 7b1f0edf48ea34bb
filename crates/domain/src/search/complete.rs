//! What could stand at a place of the text that is being typed.

use super::{
    Catalogue, MAX_LENGTH, Operator, Span, ValueKind,
    lexer::{self, Lexeme, Piece},
    parser::{Expected, expected_after},
    print::{Printer, quoted},
    words::{self, CHANNELS, Keyword, TODAY, UNITS, in_language, operator_text, word_of},
};
use crate::{code::coded_enum, consent::Language, quick_search::fold};
use serde::{Deserialize, Serialize};

/// Most completions of one place.
const MOST: usize = 20;

coded_enum!(
    /// What a completion is.
    CompletionKind {
        Field = "field",
        Operator = "operator",
        Value = "value",
        /// A word of the grammar.
        Keyword = "keyword",
        /// A bracket or comma.
        Punctuation = "punctuation",
    }
);

/// Something that could stand at the place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = QueryCompletion))]
pub struct Completion {
    /// What to write in the place of the span, in quotation marks where it needs them.
    pub insert: String,
    /// What it is called.
    pub label: String,
    pub kind: CompletionKind,
    /// Of an operator: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
}

/// What could stand at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = QueryCompletions))]
pub struct Completions {
    /// What they replace: what has been typed of a word, with its rest behind the caret.
    pub span: Span,
    /// The likeliest first, at most 20.
    pub items: Vec<Completion>,
}

/// The word at the caret, as far as it is typed.
struct Typed {
    span: Span,
    text: String,
}

/// What could stand at the caret, a byte of the text between two characters. Nothing behind what is wrong.
pub fn complete(text: &str, caret: usize, catalogue: &Catalogue) -> Completions {
    let Some(before) = text.get(..caret).filter(|_| text.chars().count() <= MAX_LENGTH) else {
        return Completions::default();
    };
    let Typed { span, text: typed } = typed_at(text, before);
    let expected = expected_after(text.get(..span.start).unwrap_or_default(), catalogue);
    let proposer = Proposer { catalogue, language: catalogue.language() };
    let all: Vec<Completion> = expected.iter().flat_map(|expected| proposer.all(expected)).collect();
    let written = text.get(span.start..span.end).unwrap_or_default();
    Completions { span, items: fitting(all, &typed, written) }
}

fn typed_at(text: &str, before: &str) -> Typed {
    let caret = before.len();
    let nothing = Typed { span: Span { start: caret, end: caret }, text: String::new() };
    let Some(last) = lexer::lex(before).pop().filter(|piece| piece.span.end == caret) else { return nothing };
    let start = last.span.start;
    let whole = |end: usize, text: String| Typed { span: Span { start, end }, text };
    // The rest of the same word behind the caret.
    let same = |piece: &Piece| piece.span.start == start;
    match last.lexeme {
        Lexeme::Word(word) => {
            let end = lexer::lex(text).iter().find(|piece| same(piece)).map_or(caret, |piece| piece.span.end);
            whole(end.max(caret), word)
        }
        Lexeme::Number(number) => whole(caret, number),
        Lexeme::Wrong(super::Fault::Unclosed) => {
            let inner = before.get(start..).unwrap_or_default();
            let inner = inner.chars().skip(1).collect::<String>();
            // A quotation that goes on behind the caret and is closed is replaced with its end, unless the end is far more
            // likely to be the beginning of another one.
            let closed =
                lexer::lex(text).into_iter().find(|piece| same(piece) && matches!(piece.lexeme, Lexeme::Quoted(_)));
            let end = closed.map_or(caret, |piece| piece.span.end);
            let rest = text.get(caret..end).unwrap_or_default();
            let one = !rest.contains(['<', '>', '=', '~', '(', ')', ',']);
            whole(if one { end } else { caret }, inner)
        }
        _ => nothing,
    }
}

/// Those that begin with what was typed, then those with a word that does, then those that have it anywhere.
fn fitting(all: Vec<Completion>, typed: &str, written: &str) -> Vec<Completion> {
    let typed = fold(typed.trim());
    let rank = |item: &Completion| {
        let label = fold(&item.label);
        let insert = fold(&item.insert);
        let begins = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(&typed));
        match () {
            () if label.starts_with(&typed) || insert.starts_with(&typed) => Some(0),
            () if begins(&label) => Some(1),
            () if label.contains(&typed) => Some(2),
            () => None,
        }
    };
    let mut ranked: Vec<(u8, Completion)> = Vec::new();
    for item in all {
        let known = ranked.iter().any(|(_, other)| other.insert == item.insert);
        if let Some(rank) = rank(&item).filter(|_| !known && item.insert != written) {
            ranked.push((rank, item));
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().take(MOST).map(|(_, item)| item).collect()
}

struct Proposer<'a> {
    catalogue: &'a Catalogue,
    language: Language,
}

impl Proposer<'_> {
    fn all(&self, expected: &Expected) -> Vec<Completion> {
        let printer = Printer::new(self.catalogue);
        match expected {
            Expected::Word(keyword) => vec![item(keyword.word(self.language), CompletionKind::Keyword)],
            Expected::Sign(sign) => vec![item(sign, CompletionKind::Punctuation)],
            Expected::Field => {
                let field = |field| item_as(printer.field(field), CompletionKind::Field);
                let entries = self
                    .catalogue
                    .entries()
                    .iter()
                    .filter(|entry| entry.shown)
                    .map(|entry| Completion { label: entry.label(self.language).to_owned(), ..field(entry.field) });
                let consents = self.catalogue.consent_fields().into_iter();
                let consents = consents.filter(|it| self.catalogue.entry(*it).is_some_and(|entry| entry.shown));
                entries.chain(consents.map(field)).collect()
            }
            Expected::Operator { entry, after_not } => {
                let known = entry.operators().iter().filter(|operator| !after_not || **operator == Operator::NotIn);
                known
                    .map(|operator| {
                        let text = match after_not {
                            true => Keyword::In.word(self.language).to_owned(),
                            false => operator_text(*operator, self.language),
                        };
                        Completion { operator: Some(*operator), ..item_as(text, CompletionKind::Operator) }
                    })
                    .collect()
            }
            Expected::Value(_, Operator::Contains | Operator::NotContains) => Vec::new(),
            Expected::Value(entry, _) if matches!(entry.kind, ValueKind::Date | ValueKind::Moment) => self.days(),
            Expected::Value(entry, _) => {
                let options = self.catalogue.options(entry).into_iter();
                let value =
                    |(value, label)| Completion { label, ..item_as(printer.value(&value), CompletionKind::Value) };
                options.map(value).collect()
            }
            Expected::Purpose => {
                let names: Vec<_> = self.catalogue.purposes().iter().map(|it| (it.id, it.name.as_str())).collect();
                let name = |(id, label): &(_, &str)| Completion {
                    label: (*label).to_owned(),
                    ..item_as(printer.named(&names, *id), CompletionKind::Value)
                };
                names.iter().map(name).collect()
            }
            Expected::Channel => {
                let name = |(channel, ..): &words::Word<_>| word_of(&CHANNELS, *channel, self.language);
                let written =
                    |name: &str| Completion { label: name.to_owned(), ..item_as(quoted(name), CompletionKind::Value) };
                CHANNELS.iter().map(name).map(written).collect()
            }
            Expected::Day => self.days(),
            Expected::Shift => {
                self.amounts().map(|amount| item_as(format!("- {amount}"), CompletionKind::Value)).into()
            }
            Expected::Amount => self.amounts().map(|amount| item_as(amount, CompletionKind::Value)).into(),
            Expected::Unit => {
                UNITS.map(|(unit, ..)| item(word_of(&UNITS, unit, self.language), CompletionKind::Value)).into()
            }
        }
    }

    fn days(&self) -> Vec<Completion> {
        let today = in_language(&TODAY, self.language);
        let shifted = self.amounts().map(|amount| item_as(format!("{today} - {amount}"), CompletionKind::Value));
        std::iter::once(item(today, CompletionKind::Value)).chain(shifted).collect()
    }

    /// Stretches of time that people ask for.
    fn amounts(&self) -> [String; 4] {
        let [day, .., month, year] = UNITS.map(|(unit, ..)| word_of(&UNITS, unit, self.language));
        [format!("7{day}"), format!("30{day}"), format!("6{month}"), format!("1{year}")]
    }
}

fn item(text: &str, kind: CompletionKind) -> Completion {
    item_as(text.to_owned(), kind)
}

fn item_as(insert: String, kind: CompletionKind) -> Completion {
    Completion { label: insert.clone(), insert, kind, operator: None }
}
