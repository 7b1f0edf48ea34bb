//! Quick search: one box for name, e-mail address, phone number and NIP, forgiving a typing mistake. Sealed values are
//! found by exact value only.
//!
//! Persistence finds a bounded number of candidates through its index; how well each answers is decided here.

use crate::{AppError, Ctx, listing};
use std::collections::BTreeMap;
use strsim::osa_distance;
use zgoda_domain::{
    access::{FieldRights, Permit, ViewClients},
    client::BuiltinField,
    custom_field::{CustomField, CustomValue},
    field_ref::FieldRef,
    id::ClientId,
    quick_search::{MAX_RESULTS, Needle, digits, fold, subscriber},
    registry::Pesel,
    rule::{Invalids, Rule},
};
use zgoda_persistence::quick_search::{self as candidates, Candidate, SEARCHED, Search, Step};

/// How well a value answers; the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Exact,
    /// Begins with it.
    Start,
    /// Every word begins a word of the value.
    Words,
    /// Has every word in it.
    Part,
    /// One typing mistake away.
    Mistaken,
}

/// A client that was found.
#[derive(Debug)]
pub struct Found {
    pub candidate: Candidate,
    /// The field that answers best.
    pub matched: FieldRef,
}

/// The clients that answer best, best first. Whoever opens a card for a reason only, searches by names alone.
pub async fn search(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    fields: &[CustomField],
    text: &str,
    limit: u64,
) -> Result<Vec<Found>, AppError> {
    let mut invalids = Invalids::default();
    let needle = invalids.take("/text", Needle::parse(text));
    let limit =
        invalids.take("/limit", if (1..=MAX_RESULTS).contains(&limit) { Ok(limit) } else { Err(Rule::OutOfRange) });
    let (needle, limit) = invalids.or(needle.zip(limit))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let rights = listing::list_rights(permit, fields);
    let visible = permit.visible();
    let searching = ctx.db.search(visible.account()).await;
    let reader = searching.reader();
    let shown: Vec<BuiltinField> =
        SEARCHED.into_iter().filter(|field| rights.shows(FieldRef::Builtin(*field))).collect();

    let mut ranking = Ranking::default();
    for (name, value, field) in sealed_values(&rights, fields, &needle) {
        for candidate in candidates::sealed(reader, visible, &name, &value).await? {
            ranking.add(candidate, Fit::Exact, field);
        }
    }
    let search = Search { visible, fields: &shown, needle: &needle };
    if let Some(all) = candidates::few(reader, visible).await? {
        ranking.compare(all, &shown, &needle);
    } else {
        for step in Step::ALL {
            // Where somebody has the very text, nobody made a mistake, and who only contains it was not meant.
            if ranking.has(limit) || step >= Step::Parts && ranking.has_exact() {
                break;
            }
            ranking.compare(candidates::step(reader, search, step).await?, &shown, &needle);
        }
    }
    let mut found = ranking.best(limit);
    for one in &mut found {
        cover(&rights, &mut one.candidate);
    }
    Ok(found)
}

/// What the text is as a value of each sealed field that the caller may search by: the field's name and the value as the
/// blind index keeps it.
fn sealed_values(rights: &FieldRights, fields: &[CustomField], needle: &Needle) -> Vec<(String, String, FieldRef)> {
    let mut values = Vec::new();
    let pesel = FieldRef::Builtin(BuiltinField::Pesel);
    if rights.shows(pesel)
        && let Ok(number) = Pesel::parse(needle.typed())
    {
        values.push((BuiltinField::Pesel.key().to_owned(), number.as_str().to_owned(), pesel));
    }
    for field in fields.iter().filter(|field| field.sensitive && rights.shows(FieldRef::Custom(field.id))) {
        // Everybody's box is ticked or not: that names nobody.
        if let Ok(Some(value)) = CustomValue::from_text(field, needle.typed())
            && !matches!(value, CustomValue::Checkbox(_))
        {
            values.push((field.id.to_string(), value.to_json().to_string(), FieldRef::Custom(field.id)));
        }
    }
    values
}

/// The best answer of each client.
#[derive(Default)]
struct Ranking(BTreeMap<ClientId, (Fit, FieldRef, Candidate)>);

impl Ranking {
    fn add(&mut self, candidate: Candidate, fit: Fit, field: FieldRef) {
        let slot = self.0.entry(candidate.id).or_insert((fit, field, candidate));
        if fit < slot.0 {
            (slot.0, slot.1) = (fit, field);
        }
    }

    fn has(&self, limit: usize) -> bool {
        self.0.len() >= limit
    }

    fn has_exact(&self) -> bool {
        self.0.values().any(|(fit, ..)| *fit == Fit::Exact)
    }

    fn compare(&mut self, found: Vec<Candidate>, shown: &[BuiltinField], needle: &Needle) {
        for candidate in found {
            if let Some((fit, field)) = best(&candidate, shown, needle) {
                self.add(candidate, fit, FieldRef::Builtin(field));
            }
        }
    }

    fn best(self, limit: usize) -> Vec<Found> {
        let mut all: Vec<(Fit, FieldRef, Candidate)> = self.0.into_values().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| zgoda_domain::collation::compare(&a.2.name, &b.2.name)));
        all.truncate(limit);
        all.into_iter().map(|(_, matched, candidate)| Found { candidate, matched }).collect()
    }
}

/// How well a card answers, and by which field.
fn best(candidate: &Candidate, shown: &[BuiltinField], needle: &Needle) -> Option<(Fit, BuiltinField)> {
    use BuiltinField as F;
    let person = format!("{} {}", candidate.first_name, candidate.last_name);
    let texts = [(F::Name, &candidate.name), (F::LastName, &person), (F::Email, &candidate.email)];
    let numbers = [(F::Phone, &candidate.phone), (F::MobilePhone, &candidate.mobile_phone), (F::Nip, &candidate.nip)];
    // Names may always be searched by.
    let may = |field: BuiltinField| matches!(field, F::Name | F::LastName) || shown.contains(&field);
    let by_text = texts
        .into_iter()
        .filter(|(field, _)| may(*field))
        .filter_map(|(field, text)| Some((fit(needle, text)?, field)));
    let by_number = numbers
        .into_iter()
        .filter(|(field, _)| may(*field))
        .filter_map(|(field, text)| Some((fit_number(needle.digits()?, &digits(text), field == F::Nip)?, field)));
    by_text.chain(by_number).min_by_key(|(fit, _)| *fit)
}

fn fit(needle: &Needle, value: &str) -> Option<Fit> {
    let (text, value) = (needle.text(), fold(value));
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    if value == text {
        return Some(Fit::Exact);
    }
    if value.starts_with(&text) {
        return Some(Fit::Start);
    }
    let words: Vec<&str> = value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if needle.words().iter().all(|typed| words.iter().any(|word| word.starts_with(typed.as_str()))) {
        return Some(Fit::Words);
    }
    if needle.words().iter().all(|typed| value.contains(typed.as_str())) {
        // A letter or two stand somewhere in every name.
        return (text.chars().count() >= zgoda_domain::quick_search::TRIGRAM).then_some(Fit::Part);
    }
    let mistakes: usize = needle.words().iter().map(|typed| mistakes(typed, value, &words)).sum();
    (mistakes <= 1).then_some(Fit::Mistaken)
}

/// How many typing mistakes are between a word and the nearest of a value's, or of such a one's beginning; two stand for
/// more than one.
fn mistakes(typed: &str, value: &str, words: &[&str]) -> usize {
    if value.contains(typed) {
        return 0;
    }
    let length = typed.chars().count();
    if length < 5 {
        return 2;
    }
    let near = |word: &str| {
        let start: String = word.chars().take(length).collect();
        osa_distance(typed, word) <= 1 || osa_distance(typed, &start) <= 1
    };
    if near(value) || words.iter().any(|word| near(word)) { 1 } else { 2 }
}

fn fit_number(typed: &str, value: &str, whole: bool) -> Option<Fit> {
    if value.is_empty() {
        return None;
    }
    let (short_typed, short) = if whole { (typed, value) } else { (subscriber(typed), subscriber(value)) };
    if value == typed || (short_typed.len() >= 9 && short_typed == short) {
        return Some(Fit::Exact);
    }
    if value.starts_with(typed) || short.starts_with(typed) {
        return Some(Fit::Start);
    }
    if typed.len() >= 3 && value.contains(short_typed) {
        return Some(Fit::Part);
    }
    (typed.len() >= 7 && osa_distance(short_typed, short) <= 1).then_some(Fit::Mistaken)
}

/// Takes away what the caller must not see.
fn cover(rights: &FieldRights, candidate: &mut Candidate) {
    for (field, slot) in [
        (BuiltinField::Email, &mut candidate.email),
        (BuiltinField::Phone, &mut candidate.phone),
        (BuiltinField::MobilePhone, &mut candidate.mobile_phone),
        (BuiltinField::Nip, &mut candidate.nip),
        (BuiltinField::City, &mut candidate.city),
    ] {
        if !rights.shows(FieldRef::Builtin(field)) {
            slot.clear();
        }
    }
}

/// Takes new and changed cards over into the index, until none waits.
pub async fn take_over(ctx: &Ctx) -> Result<(), AppError> {
    while candidates::any_waiting(ctx.db.read()).await? {
        let tx = ctx.db.begin().await?;
        candidates::take_over(&tx).await?;
        tx.commit_unaudited("an index says nothing that the cards do not").await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_text(typed: &str, value: &str) -> Option<Fit> {
        fit(&Needle::parse(typed).unwrap(), value)
    }

    #[test]
    fn better_answers_stand_before_worse() {
        let order = ["kowalski", "kowalski jan", "Jan Kowalski", "pankowalski", "Kowlaski", "Nowak"];
        let fits: Vec<Option<Fit>> = order.iter().map(|value| by_text("Kowalski", value)).collect();
        use Fit::*;
        assert_eq!(fits, [Some(Exact), Some(Start), Some(Words), Some(Part), Some(Mistaken), None]);
    }

    #[test]
    fn one_mistake_is_forgiven_and_two_are_not() {
        for typed in ["kowlaski", "kowaski", "kowalsski", "kpwalski", "jan kowlaski", "kowlas"] {
            assert_eq!(by_text(typed, "Jan Kowalski"), Some(Fit::Mistaken), "{typed}");
        }
        for typed in ["kpwlaski", "jna kowlaski", "ko", "kot", "kowalska anna"] {
            assert!(by_text(typed, "Jan Nowak").is_none(), "{typed}");
        }
        assert_eq!(by_text("jna", "Jan Kowalski"), None);
    }

    #[test]
    fn numbers_are_compared_without_their_writing_and_country() {
        let by_number = |typed: &str, value: &str| fit_number(typed, &digits(value), false);
        assert_eq!(by_number("48600100200", "600 100 200"), Some(Fit::Exact));
        assert_eq!(by_number("600100200", "+48 600-100-200"), Some(Fit::Exact));
        assert_eq!(by_number("6001", "+48 600 100 200"), Some(Fit::Start));
        assert_eq!(by_number("100200", "+48 600 100 200"), Some(Fit::Part));
        assert_eq!(by_number("600100220", "+48 600 100 200"), Some(Fit::Mistaken));
        assert_eq!(by_number("22", "+48 600 100 200"), None);
    }
}
