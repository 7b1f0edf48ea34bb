//! Text into tokens. Every text has tokens, also a wrong one: an editor colours what is being typed.

use super::{
    Fault, Operator, Problem,
    words::{self, Keyword},
};
use crate::code::coded_enum;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// A stretch of text in bytes of its UTF-8; both ends lie between characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Span {
    pub start: usize,
    /// Behind the last byte.
    pub end: usize,
}

coded_enum!(
    /// What a token is, for colours.
    TokenKind {
        /// A word of the grammar: `and`, `lub`, `is empty`.
        Keyword = "keyword",
        Operator = "operator",
        /// The name of a field, or of what is asked of one.
        Field = "field",
        /// Text in quotation marks, or a bare word.
        Text = "text",
        Number = "number",
        Date = "date",
        /// Brackets and commas.
        Punctuation = "punctuation",
        /// Means nothing, or is not closed.
        Wrong = "wrong",
    }
);

/// A piece of the text, for an editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = QueryToken))]
pub struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lexeme {
    Word(String),
    Quoted(String),
    /// Digits, with a point perhaps.
    Number(String),
    Date(NaiveDate),
    Moment(DateTime<Utc>),
    Compare(Operator),
    Open,
    Close,
    Comma,
    Plus,
    Minus,
    Wrong(Fault),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) lexeme: Lexeme,
    pub(super) span: Span,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

/// All pieces of a text, from left to right, none of them empty.
pub(super) fn lex(text: &str) -> Vec<Piece> {
    let mut lexer = Lexer { text, at: 0 };
    let mut pieces = Vec::new();
    while let Some(first) = lexer.peek() {
        if first.is_whitespace() {
            lexer.at += first.len_utf8();
            continue;
        }
        let start = lexer.at;
        let lexeme = lexer.lexeme(first);
        pieces.push(Piece { lexeme, span: Span { start, end: lexer.at } });
    }
    pieces
}

/// A character that a bare word may have.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Marks that open a quotation, each with those that close it.
const QUOTES: [(char, &[char]); 3] = [('"', &['"']), ('“', &['”', '"']), ('„', &['”', '“', '"'])];

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn lexeme(&mut self, first: char) -> Lexeme {
        if let Some((_, closing)) = QUOTES.iter().find(|(open, _)| *open == first) {
            self.at += first.len_utf8();
            return self.quoted(closing);
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if is_word(first) {
            return self.word();
        }
        let signs = [
            ("!=", Lexeme::Compare(Operator::Ne)),
            ("<>", Lexeme::Compare(Operator::Ne)),
            ("≠", Lexeme::Compare(Operator::Ne)),
            ("<=", Lexeme::Compare(Operator::Lte)),
            ("≤", Lexeme::Compare(Operator::Lte)),
            (">=", Lexeme::Compare(Operator::Gte)),
            ("≥", Lexeme::Compare(Operator::Gte)),
            ("!~", Lexeme::Compare(Operator::NotContains)),
            ("=", Lexeme::Compare(Operator::Eq)),
            ("<", Lexeme::Compare(Operator::Lt)),
            (">", Lexeme::Compare(Operator::Gt)),
            ("~", Lexeme::Compare(Operator::Contains)),
            ("(", Lexeme::Open),
            (")", Lexeme::Close),
            (",", Lexeme::Comma),
            ("+", Lexeme::Plus),
            ("-", Lexeme::Minus),
            ("−", Lexeme::Minus),
            ("–", Lexeme::Minus),
        ];
        let rest = self.rest();
        match signs.into_iter().find(|(sign, _)| rest.starts_with(sign)) {
            Some((sign, lexeme)) => {
                self.at += sign.len();
                lexeme
            }
            None => {
                self.at += first.len_utf8();
                Lexeme::Wrong(Fault::Character)
            }
        }
    }

    /// The further parts of a word whose parts are joined without a space.
    fn joined(&mut self, joints: &[char]) -> &'a str {
        let (rest, start) = (self.rest(), self.at);
        while let Some(joint) = self.peek().filter(|c| joints.contains(c))
            && self.rest().chars().nth(1).is_some_and(char::is_alphanumeric)
        {
            self.at += joint.len_utf8();
            self.take(is_word);
        }
        rest.get(..self.at - start).unwrap_or_default()
    }

    fn quoted(&mut self, closing: &[char]) -> Lexeme {
        let mut text = String::new();
        let mut escaped = false;
        for c in self.rest().chars() {
            self.at += c.len_utf8();
            if escaped {
                text.push(c);
                escaped = false;
            } else if c == '\\' {
                escaped = true;
            } else if closing.contains(&c) {
                return Lexeme::Quoted(text);
            } else {
                text.push(c);
            }
        }
        Lexeme::Wrong(Fault::Unclosed)
    }

    fn number(&mut self) -> Lexeme {
        let start = self.at;
        // 2026-01-31, alone or before a time of day, or 31.01.2026.
        if let Some(date) = self.rest().get(..10).and_then(dashed) {
            let long = self.rest().find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '+')));
            let long = self.rest().get(..long.unwrap_or(self.rest().len())).unwrap_or_default();
            if let Ok(at) = DateTime::parse_from_rfc3339(long) {
                self.at += long.len();
                return Lexeme::Moment(at.to_utc());
            }
            self.at += 10;
            return Lexeme::Date(date);
        }
        // 00-950 and 526-025-02-74: numbers that nobody counts with.
        let digits = self.take(|c| c.is_ascii_digit());
        let rest = self.joined(&['-', '@']);
        if !rest.is_empty() {
            return Lexeme::Word(format!("{digits}{rest}{}", self.joined(&['-', '.', '@'])));
        }
        self.at = start;
        let digits = self.take(|c| c.is_ascii_digit() || c == '.');
        if let Some(date) = dotted(digits) {
            return Lexeme::Date(date);
        }
        // A point at the end belongs to no number.
        let number = digits.trim_end_matches('.');
        self.at = start + number.len();
        Lexeme::Number(number.to_owned())
    }

    /// A word, or one with an id behind a colon: `custom:0198…`. Hyphens, points and an `@` within it belong to it, as in
    /// `Bielsko-Biała` and in addresses; `today-30d` is no word.
    fn word(&mut self) -> Lexeme {
        let mut word = self.take(is_word).to_owned();
        if !words::is_one_of(&word, &words::TODAY) {
            word.push_str(self.joined(&['-', '.', '@']));
        }
        if let Some(rest) = self.rest().strip_prefix(':')
            && rest.starts_with(|c: char| c.is_ascii_hexdigit())
        {
            self.at += 1;
            word.push(':');
            word.push_str(self.take(|c| c.is_ascii_hexdigit() || c == '-'));
        }
        Lexeme::Word(word)
    }
}

fn dashed(text: &str) -> Option<NaiveDate> {
    let shape = |(at, c): (usize, char)| if at == 4 || at == 7 { c == '-' } else { c.is_ascii_digit() };
    let date: NaiveDate = text.char_indices().all(shape).then(|| text.parse().ok())??;
    four_digits(date)
}

/// A day as it is written in Poland, 31.01.2026 or 1.2.2026.
pub(super) fn dotted(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || day.len() > 2 || month.len() > 2 {
        return None;
    }
    four_digits(NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?)
}

/// A day as either is written.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if text.len() == 10 { dashed(text).or_else(|| dotted(text)) } else { dotted(text) }
}

fn four_digits(date: NaiveDate) -> Option<NaiveDate> {
    (1000..=9999).contains(&chrono::Datelike::year(&date)).then_some(date)
}

/// The pieces of a text as an editor colours them.
pub fn tokens(text: &str) -> Vec<Token> {
    let pieces = lex(text);
    let mut tokens = Vec::with_capacity(pieces.len());
    // A name stands where a test begins: at the start, and behind whatever joins tests or opens a group.
    let mut begins = true;
    for (at, piece) in pieces.iter().enumerate() {
        let kind = match &piece.lexeme {
            Lexeme::Word(word) => match Keyword::read(word) {
                Some(keyword) if begins || !follows_operator(&pieces, at) => {
                    begins = matches!(keyword, Keyword::And | Keyword::Or) || (begins && keyword == Keyword::Not);
                    TokenKind::Keyword
                }
                _ if std::mem::take(&mut begins) => TokenKind::Field,
                _ => TokenKind::Text,
            },
            Lexeme::Quoted(_) if std::mem::take(&mut begins) => TokenKind::Field,
            Lexeme::Quoted(_) => TokenKind::Text,
            Lexeme::Number(_) => TokenKind::Number,
            Lexeme::Date(_) | Lexeme::Moment(_) => TokenKind::Date,
            Lexeme::Compare(_) | Lexeme::Plus | Lexeme::Minus => TokenKind::Operator,
            Lexeme::Open | Lexeme::Close | Lexeme::Comma => TokenKind::Punctuation,
            Lexeme::Wrong(_) => TokenKind::Wrong,
        };
        tokens.push(Token { kind, span: piece.span });
    }
    tokens
}

/// Whether a word stands where only a value can.
fn follows_operator(pieces: &[Piece], at: usize) -> bool {
    at.checked_sub(1)
        .and_then(|before| pieces.get(before))
        .is_some_and(|before| matches!(before.lexeme, Lexeme::Compare(_) | Lexeme::Comma))
}

/// The first piece that is no piece of the language.
pub(super) fn fault(pieces: &[Piece]) -> Option<Problem> {
    pieces.iter().find_map(|piece| match piece.lexeme {
        Lexeme::Wrong(fault) => Some(Problem::new(fault, piece.span)),
        _ => None,
    })
}
