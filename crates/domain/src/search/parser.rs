//! Text into a tree.

use super::{
    Catalogue, Day, Entry, Fault, Field, MAX_DEPTH, MAX_LENGTH, Node, Operator, Problem, Query, Span, Test, Unit,
    Value, ValueKind,
    catalogue::find_named,
    day::MAX_AMOUNT,
    distance::nearest,
    lexer::{self, Lexeme, Piece},
    print::quoted,
    words::{self, Keyword},
};
use crate::{client::normalise, custom_field::CustomValue, field_ref::FieldRef, text::ShortText};
use serde_json::Value as Json;

/// Reads a query. The empty text finds everything.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Query, Problem> {
    let end = Span { start: text.len(), end: text.len() };
    if text.chars().count() > MAX_LENGTH {
        return Err(Problem::new(Fault::TooLong, end));
    }
    let pieces = lexer::lex(text);
    if let Some(problem) = lexer::fault(&pieces) {
        return Err(problem);
    }
    if pieces.is_empty() {
        return Ok(Query::everything());
    }
    let mut parser = Parser::new(text, &pieces, catalogue);
    let root = parser.any()?;
    match parser.peek() {
        None => Query::new(root).map_err(|problem| Problem { span: Span { start: 0, end: text.len() }, ..problem }),
        Some(_) => Err(parser.unquoted().unwrap_or_else(|| parser.unjoined())),
    }
}

/// Whether the text is one day or moment and nothing else.
pub(super) fn is_day(text: &str) -> bool {
    let (pieces, catalogue) = (lexer::lex(text), Catalogue::default());
    let mut parser = Parser::new(text, &pieces, &catalogue);
    let literal = parser.literal();
    parser.peek().is_none() && literal.is_ok_and(|it| it.day.is_some() || it.moment.is_some())
}

/// What could stand behind the text; nothing where something in it is wrong already.
pub(super) fn expected_after(text: &str, catalogue: &Catalogue) -> Vec<Expected> {
    let pieces = lexer::lex(text);
    if lexer::fault(&pieces).is_some() {
        return Vec::new();
    }
    let mut parser = Parser::new(text, &pieces, catalogue);
    let read = parser.any();
    let to_the_end = match read {
        Ok(_) => parser.peek().is_none(),
        Err(problem) => problem.fault == Fault::Unfinished,
    };
    if to_the_end { parser.hopes } else { Vec::new() }
}

/// Something that the grammar allows at a place.
#[derive(Clone, Debug)]
pub(super) enum Expected {
    Word(Keyword),
    Sign(&'static str),
    Field,
    /// After `not` only `in`, and what is spelled like that.
    Operator {
        entry: Entry,
        after_not: bool,
    },
    Value(Entry, Operator),
    Purpose,
    Channel,
    Day,
    /// What may follow `today`.
    Shift,
    /// A number with its unit.
    Amount,
    Unit,
}

/// Brackets and `not` around one place: enough for whatever [`super::Query::print`] writes, and no danger for the stack.
const NESTING: usize = 2 * MAX_DEPTH + 2;

struct Parser<'a> {
    text: &'a str,
    pieces: &'a [Piece],
    at: usize,
    depth: usize,
    catalogue: &'a Catalogue,
    /// What would be read at the end of the text.
    hopes: Vec<Expected>,
}

/// A value as it was written.
struct Literal {
    text: String,
    day: Option<Day>,
    moment: Option<chrono::DateTime<chrono::Utc>>,
    span: Span,
}

impl<'a> Parser<'a> {
    const fn new(text: &'a str, pieces: &'a [Piece], catalogue: &'a Catalogue) -> Self {
        Self { text, pieces, at: 0, depth: 0, catalogue, hopes: Vec::new() }
    }

    fn hope(&mut self, what: impl FnOnce() -> Expected) {
        if self.peek().is_none() {
            self.hopes.push(what());
        }
    }

    fn peek(&self) -> Option<&'a Lexeme> {
        self.pieces.get(self.at).map(|piece| &piece.lexeme)
    }

    fn span(&self) -> Span {
        let end = Span { start: self.text.len(), end: self.text.len() };
        self.pieces.get(self.at).map_or(end, |piece| piece.span)
    }

    fn keyword(&self) -> Option<Keyword> {
        match self.peek() {
            Some(Lexeme::Word(word)) => Keyword::read(word),
            _ => None,
        }
    }

    fn take(&mut self, wanted: &Lexeme) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn take_keyword(&mut self, wanted: Keyword) -> bool {
        self.hope(|| Expected::Word(wanted));
        let found = self.keyword() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn expected(&self, what: &[&str]) -> Problem {
        let fault = if self.peek().is_none() { Fault::Unfinished } else { Fault::Syntax };
        let mut spoken: Vec<String> = Vec::new();
        for words in what.iter().map(|text| words::spoken(text, self.catalogue.language())) {
            if !spoken.contains(&words) {
                spoken.push(words);
            }
        }
        Problem::suggest(fault, self.span(), spoken)
    }

    fn need(&mut self, wanted: &Lexeme, sign: &'static str) -> Result<(), Problem> {
        self.hope(|| Expected::Sign(sign));
        if self.take(wanted) { Ok(()) } else { Err(self.unquoted().unwrap_or_else(|| self.expected(&[sign]))) }
    }

    /// Two tests stand side by side.
    fn unjoined(&self) -> Problem {
        let problem = self.expected(&["and", "or"]);
        let next = self.text.get(problem.span.start..problem.span.end).unwrap_or_default();
        let joined = problem.suggestions.iter().map(|joint| format!("{joint} {next}")).collect();
        match self.peek() {
            Some(Lexeme::Word(_) | Lexeme::Quoted(_) | Lexeme::Open) => Problem { suggestions: joined, ..problem },
            _ => problem,
        }
    }

    /// Whether a value of several words was begun without quotation marks just before.
    fn unquoted(&self) -> Option<Problem> {
        let is_plain = |piece: &&Piece| match &piece.lexeme {
            Lexeme::Word(word) => Keyword::read(word).is_none(),
            Lexeme::Number(_) => true,
            _ => false,
        };
        let (before, rest) = self.pieces.split_at_checked(self.at)?;
        let first = before.last().filter(is_plain)?;
        let follows =
            before.iter().rev().nth(1).is_some_and(|it| matches!(it.lexeme, Lexeme::Compare(_) | Lexeme::Plus));
        let further = rest.iter().take_while(is_plain).count();
        // What is compared is the name of the next field.
        let is_compared = rest.get(further).is_some_and(|it| !matches!(it.lexeme, Lexeme::Word(_) | Lexeme::Close));
        let last = further.checked_sub(1).and_then(|at| rest.get(at)).filter(|_| follows && !is_compared)?;
        let span = Span { start: first.span.start, end: last.span.end };
        let text = self.text.get(span.start..span.end)?;
        Some(Problem::suggest(Fault::Unquoted, span, [quoted(text)]))
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Problem>) -> Result<T, Problem> {
        if self.depth >= NESTING {
            return Err(Problem::new(Fault::TooDeep, self.span()));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn any(&mut self) -> Result<Node, Problem> {
        let mut members = vec![self.all()?];
        while self.take_keyword(Keyword::Or) {
            members.push(self.all()?);
        }
        Ok(Node::Any(members))
    }

    fn all(&mut self) -> Result<Node, Problem> {
        let mut members = vec![self.unary()?];
        while self.take_keyword(Keyword::And) {
            members.push(self.unary()?);
        }
        Ok(Node::All(members))
    }

    fn unary(&mut self) -> Result<Node, Problem> {
        if self.take_keyword(Keyword::Not) {
            return self.deeper(|it| it.unary()).map(|inner| Node::Not(Box::new(inner)));
        }
        self.hope(|| Expected::Sign("("));
        if self.take(&Lexeme::Open) {
            let inner = self.deeper(Self::any)?;
            self.need(&Lexeme::Close, ")")?;
            return Ok(inner);
        }
        self.test()
    }

    fn test(&mut self) -> Result<Node, Problem> {
        let span = self.span();
        let entry = self.field()?;
        if !entry.shown {
            return Err(Problem::new(Fault::NotShown, span));
        }
        let operator_span = self.span();
        let operator = self.operator(&entry)?;
        if !entry.operators().contains(&operator) {
            let fault = if entry.sealed { Fault::Sealed } else { Fault::WrongOperator };
            let known = entry.operators().iter();
            let known = known.map(|known| words::operator_text(*known, self.catalogue.language()));
            return Err(Problem::suggest(fault, operator_span, known));
        }
        let values = match operator.arity() {
            (_, 0) => Vec::new(),
            (_, 1) => vec![self.value(&entry, operator)?],
            (_, most) => {
                self.need(&Lexeme::Open, "(")?;
                let mut values = vec![self.value(&entry, operator)?];
                while self.comma() {
                    if values.len() >= most {
                        return Err(Problem::new(Fault::TooMany, self.span()));
                    }
                    values.push(self.value(&entry, operator)?);
                }
                self.need(&Lexeme::Close, ")")?;
                values
            }
        };
        let asks_consent = matches!(entry.field, Field::Consent { .. });
        let at = if asks_consent && self.take_keyword(Keyword::At) {
            self.hope(|| Expected::Day);
            let literal = self.literal()?;
            let day = day(&literal).ok_or_else(|| Problem::new(Fault::WrongValue, literal.span))?;
            Some(day)
        } else {
            None
        };
        Ok(Node::Test(Test { field: entry.field, operator, values, at }))
    }

    fn comma(&mut self) -> bool {
        self.hope(|| Expected::Sign(","));
        self.take(&Lexeme::Comma)
    }

    fn field(&mut self) -> Result<Entry, Problem> {
        let span = self.span();
        self.hope(|| Expected::Field);
        match self.peek() {
            Some(Lexeme::Word(word)) if words::is_one_of(word, &words::CONSENT) && self.opens_next() => {
                self.at += 2;
                self.hope(|| Expected::Purpose);
                let (name, span) = self.name()?;
                let purpose = self.catalogue.find_purpose(&name, span)?;
                let mut channel = None;
                if self.comma() {
                    self.hope(|| Expected::Channel);
                    let (name, span) = self.name()?;
                    let names = words::CHANNELS.iter().flat_map(|(_, polish, english)| [*polish, *english]);
                    channel = Some(
                        words::read_word(&words::CHANNELS, &name)
                            .ok_or_else(|| Problem::suggest(Fault::UnknownValue, span, nearest(&name, names)))?,
                    );
                }
                self.need(&Lexeme::Close, ")")?;
                let entry = self.catalogue.entry(Field::Consent { purpose, channel });
                entry.ok_or_else(|| Problem::new(Fault::UnknownValue, span))
            }
            Some(Lexeme::Word(word)) if Keyword::read(word).is_none() => {
                self.at += 1;
                self.catalogue.find(word, true, span).cloned()
            }
            Some(Lexeme::Quoted(name)) => {
                self.at += 1;
                self.catalogue.find(name, false, span).cloned()
            }
            _ => Err(self.expected(&[])),
        }
    }

    fn opens_next(&self) -> bool {
        self.pieces.get(self.at + 1).is_some_and(|piece| piece.lexeme == Lexeme::Open)
    }

    fn name(&mut self) -> Result<(String, Span), Problem> {
        let span = self.span();
        match self.peek() {
            Some(Lexeme::Word(name) | Lexeme::Quoted(name)) => {
                self.at += 1;
                Ok((name.clone(), span))
            }
            _ => Err(self.expected(&[])),
        }
    }

    fn operator(&mut self, entry: &Entry) -> Result<Operator, Problem> {
        self.hope(|| Expected::Operator { entry: entry.clone(), after_not: false });
        if let Some(Lexeme::Compare(operator)) = self.peek() {
            self.at += 1;
            return Ok(*operator);
        }
        // `not in`, `not is empty` (as in `nie jest puste`), `is empty`, `is not empty`.
        let before = self.keyword() == Some(Keyword::Not);
        self.at += usize::from(before);
        if before {
            self.hope(|| Expected::Operator { entry: entry.clone(), after_not: true });
        }
        if self.keyword() == Some(Keyword::In) {
            self.at += 1;
            return Ok(if before { Operator::NotIn } else { Operator::In });
        }
        if self.keyword() == Some(Keyword::Is) {
            self.at += 1;
            let negated = before != self.take_keyword(Keyword::Not);
            if self.take_keyword(Keyword::Empty) {
                return Ok(if negated { Operator::IsSet } else { Operator::IsEmpty });
            }
            return Err(self.expected(&["empty"]));
        }
        Err(self.expected(&["=", "!=", "<", "<=", ">", ">=", "~", "in", "is empty"]))
    }

    fn literal(&mut self) -> Result<Literal, Problem> {
        let span = self.span();
        let raw = |span: Span| self.text.get(span.start..span.end).unwrap_or_default().to_owned();
        let mut literal = Literal { text: raw(span), day: None, moment: None, span };
        match self.peek() {
            Some(Lexeme::Quoted(text)) => literal.text.clone_from(text),
            Some(Lexeme::Word(word)) if words::is_one_of(word, &words::TODAY) => {
                self.at += 1;
                let (amount, unit) = self.shift()?;
                literal.day = Some(Day::Today { amount, unit });
                return Ok(literal);
            }
            Some(Lexeme::Word(_) | Lexeme::Number(_)) => {}
            Some(Lexeme::Date(day)) => literal.day = Some(Day::On(*day)),
            Some(Lexeme::Moment(at)) => literal.moment = Some(*at),
            Some(sign @ (Lexeme::Minus | Lexeme::Plus)) => {
                self.at += 1;
                let Some(Lexeme::Number(number)) = self.peek() else { return Err(self.expected(&[])) };
                literal.text = format!("{}{number}", if *sign == Lexeme::Minus { "-" } else { "+" });
                literal.span.end = self.span().end;
            }
            _ => return Err(self.expected(&[])),
        }
        self.at += 1;
        Ok(literal)
    }

    /// What follows `today`: nothing, or `- 30d`.
    fn shift(&mut self) -> Result<(i32, Unit), Problem> {
        self.hope(|| Expected::Shift);
        let sign = match self.peek() {
            Some(Lexeme::Plus) => 1,
            Some(Lexeme::Minus) => -1,
            _ => return Ok((0, Unit::Day)),
        };
        self.at += 1;
        let span = self.span();
        self.hope(|| Expected::Amount);
        let language = self.catalogue.language();
        let units = words::UNITS.map(|(unit, ..)| words::word_of(&words::UNITS, unit, language));
        let Some(Lexeme::Number(number)) = self.peek() else {
            let [day, week, month, year] = units;
            let amounts = [format!("30{day}"), format!("2{week}"), format!("6{month}"), format!("1{year}")];
            return Err(Problem { suggestions: amounts.into(), ..self.expected(&[]) });
        };
        let amount = number.parse::<i32>().ok().filter(|amount| *amount <= MAX_AMOUNT);
        let amount = amount.ok_or_else(|| Problem::new(Fault::WrongValue, span))?;
        self.at += 1;
        self.hope(|| Expected::Unit);
        let unit = match self.peek() {
            Some(Lexeme::Word(word)) => words::read_word(&words::UNITS, word),
            _ => None,
        };
        let unit =
            unit.ok_or_else(|| Problem { suggestions: units.map(str::to_owned).into(), ..self.expected(&[]) })?;
        self.at += 1;
        // No day is moved in one way only.
        Ok(if amount == 0 { (0, Unit::Day) } else { (sign * amount, unit) })
    }

    /// 1000,5 where it cannot be two numbers.
    fn fraction(&mut self, literal: &mut Literal) {
        let [comma, part] = self.pieces.get(self.at..self.at + 2).unwrap_or_default() else { return };
        let beside = literal.span.end == comma.span.start && comma.span.end == part.span.start;
        if let (Lexeme::Comma, Lexeme::Number(digits), true) = (&comma.lexeme, &part.lexeme, beside) {
            literal.text.push('.');
            literal.text.push_str(digits);
            literal.span.end = part.span.end;
            self.at += 2;
        }
    }

    fn value(&mut self, entry: &Entry, operator: Operator) -> Result<Value, Problem> {
        self.hope(|| Expected::Value(entry.clone(), operator));
        let mut literal = self.literal()?;
        if entry.kind == ValueKind::Decimal && operator.arity().1 == 1 {
            self.fraction(&mut literal);
        }
        value(self.catalogue, entry, operator, &literal)
    }
}

fn day(literal: &Literal) -> Option<Day> {
    literal.day.or_else(|| lexer::date(&literal.text).map(Day::On))
}

fn value(catalogue: &Catalogue, entry: &Entry, operator: Operator, literal: &Literal) -> Result<Value, Problem> {
    let wrong = || Problem::new(Fault::WrongValue, literal.span);
    let text = literal.text.as_str();
    let unknown = |names: Vec<&str>| Problem::suggest(Fault::UnknownValue, literal.span, nearest(text, names));
    if matches!(operator, Operator::Contains | Operator::NotContains) {
        return ShortText::parse(text).map(|text| Value::Text(text.into_string())).map_err(|_| wrong());
    }
    Ok(match entry.kind {
        ValueKind::Text | ValueKind::Code | ValueKind::LongText => {
            // In an order a part of a value is as good as a whole one.
            let checked = match entry.field {
                Field::Card(FieldRef::Builtin(field)) if !operator.is_order() => normalise(field, text),
                _ => ShortText::parse(text).map(ShortText::into_string),
            };
            Value::Text(checked.map_err(|_| wrong())?)
        }
        ValueKind::Integer => Value::Integer(text.parse().ok().filter(is_safe).ok_or_else(wrong)?),
        ValueKind::Decimal => {
            let custom = entry.custom.as_ref().ok_or_else(wrong)?;
            match CustomValue::parse(custom, &Json::from(text)) {
                Ok(Some(CustomValue::Decimal(number))) => Value::Decimal(number),
                _ => return Err(wrong()),
            }
        }
        ValueKind::Flag => match words::read_word(&words::FLAGS, text) {
            Some(flag) => Value::Flag(flag),
            None => Value::Integer(text.parse().ok().filter(is_safe).ok_or_else(wrong)?),
        },
        ValueKind::Date => Value::Day(day(literal).ok_or_else(wrong)?),
        ValueKind::Moment => {
            let moment = literal.moment.or_else(|| Some(chrono::DateTime::parse_from_rfc3339(text).ok()?.to_utc()));
            match (day(literal), moment) {
                (Some(day), _) if !entry.sealed => Value::Day(day),
                (_, Some(moment)) => Value::Moment(moment),
                _ => return Err(wrong()),
            }
        }
        ValueKind::Choice | ValueKind::Choices => {
            let options = entry.custom.iter().flat_map(|field| &field.options);
            let same = |option: &&String| option.as_str() == text;
            let alike = |option: &&String| option.to_lowercase() == text.to_lowercase();
            let found = options.clone().find(same).or_else(|| options.clone().find(alike));
            Value::Text(found.cloned().ok_or_else(|| unknown(options.map(String::as_str).collect()))?)
        }
        ValueKind::ClientKind => Value::Kind(words::read_word(&words::KINDS, text).ok_or_else(|| {
            unknown(words::KINDS.iter().flat_map(|(_, polish, english)| [*polish, *english]).collect())
        })?),
        ValueKind::Consent => Value::Status(
            words::read_word(&words::STATUSES, text)
                .or_else(|| words::read_word(&words::STATUSES_SHOWN, text))
                .ok_or_else(|| {
                    unknown(words::STATUSES.iter().flat_map(|(_, polish, english)| [*polish, *english]).collect())
                })?,
        ),
        ValueKind::Person if words::is_one_of(text, &words::ME) => Value::Me,
        ValueKind::Person => {
            let list: Vec<_> = catalogue.people().iter().map(|it| (it.id, it.name.as_str())).collect();
            Value::Person(find_named(&list, text, literal.span)?)
        }
        ValueKind::Department => {
            let list: Vec<_> = catalogue.departments().iter().map(|it| (it.id, it.name.as_str())).collect();
            Value::Department(find_named(&list, text, literal.span)?)
        }
        ValueKind::Tag => {
            let list: Vec<_> = catalogue.tags().iter().map(|it| (it.id, it.name.as_str())).collect();
            Value::Tag(find_named(&list, text, literal.span)?)
        }
    })
}

/// An integer that JavaScript holds exactly, as custom fields do.
fn is_safe(number: &i64) -> bool {
    number.unsigned_abs() <= 9_007_199_254_740_991
}
