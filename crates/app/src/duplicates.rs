//! Cards that look like one person's: found in the background, card by card, each compared with the few that quick search
//! finds for it. What to do is for people to decide.

use crate::{AppError, Ctx, clients as cards, listing::list_rights};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use strsim::jaro_winkler;
use zgoda_domain::{
    access::{DeleteClients, Permit, Visible},
    audit::{Action, RecordKind},
    client::BuiltinField,
    custom_field::CustomField,
    field_ref::FieldRef,
    id::{ClientId, DuplicateId},
    merge::DuplicateReason,
    quick_search::{Needle, digits, fold},
};
use zgoda_persistence::{
    clients::{self, ClientRecord},
    duplicates::{self, Found, Pair},
    quick_search::{self as candidates, Candidate, SEARCHED, Search, Step},
};

/// Cards compared in one go: few enough that nobody notices while a large import is worked off.
const BATCH: u64 = 10;
/// What was written later than this may not have reached everybody.
const SETTLED: TimeDelta = TimeDelta::seconds(2);
/// Pairs of one card, the surest; who is on more cards than that is a case for an import.
const MOST: usize = 10;
/// Names as near as this (Jaro-Winkler) are taken for one, at the same place.
const NEAR: f64 = 0.94;

/// Two cards to be looked at side by side.
#[derive(Debug)]
pub struct Proposal {
    pub pair: Pair,
    pub first: ClientRecord,
    pub second: ClientRecord,
}

/// Compares the next cards that were made or changed; whether there are more.
pub async fn scan(ctx: &Ctx) -> Result<bool, AppError> {
    let now = ctx.now();
    let next = duplicates::next(ctx.db.read(), now - SETTLED, BATCH).await?;
    let Some((last, at)) = next.last().map(|(card, at)| (card.id, *at)) else { return Ok(false) };
    let mut all = Vec::with_capacity(next.len());
    for (card, _) in &next {
        all.push((card.id, find(ctx, card).await?));
    }
    let tx = ctx.db.begin().await?;
    for (id, found) in &all {
        duplicates::write(&tx, *id, found, now).await?;
    }
    duplicates::compared(&tx, last, at).await?;
    tx.commit_unaudited("which cards look alike; what is done about it is recorded").await?;
    Ok(all.len() as u64 == BATCH)
}

async fn find(ctx: &Ctx, card: &ClientRecord) -> Result<Vec<Found>, AppError> {
    let name = card.details()?.name().to_owned();
    let input = &card.input;
    let texts =
        [Some(&name), input.email.as_ref(), input.nip.as_ref(), input.phone.as_ref(), input.mobile_phone.as_ref()];
    let visible = Visible::everything();
    let mut near: BTreeMap<ClientId, Candidate> = BTreeMap::new();
    for (at, text) in texts.into_iter().enumerate() {
        let Some(needle) = text.and_then(|text| Needle::parse(text).ok()) else { continue };
        let search = Search { visible: &visible, fields: &SEARCHED, needle: &needle };
        // An address and a number are words. Only names count with a mistake in them, and only at the same place.
        let steps: &[Step] = match at {
            0 if input.city.is_some() => &[Step::Names, Step::Words, Step::Mistakes],
            0 => &[Step::Names, Step::Words],
            _ => &[Step::Words],
        };
        for step in steps.iter().copied() {
            let found = candidates::step(ctx.db.read(), search, step).await?;
            near.extend(found.into_iter().map(|candidate| (candidate.id, candidate)));
        }
    }
    near.remove(&card.id);
    let mut found: Vec<Found> = near
        .into_values()
        .filter_map(|candidate| {
            let (reasons, score) = compare(card, &name, &candidate)?;
            let id = DuplicateId::generate(ctx.now(), ctx.entropy());
            Some(Found { id, other: candidate.id, reasons, score })
        })
        .collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.score));
    found.truncate(MOST);
    Ok(found)
}

/// Why two cards look like one person's, and how sure that is; nothing where they do not.
fn compare(card: &ClientRecord, name: &str, other: &Candidate) -> Option<(Vec<DuplicateReason>, i32)> {
    let input = &card.input;
    let (mut reasons, mut score) = (Vec::new(), 0);
    let mut add = |reason, points: i32| {
        reasons.push(reason);
        score += points;
    };
    if input.email.as_ref().is_some_and(|email| email.to_lowercase() == other.email.to_lowercase()) {
        add(DuplicateReason::Email, 90);
    }
    if input.nip.as_ref().is_some_and(|nip| *nip == other.nip) {
        add(DuplicateReason::Nip, 80);
    }
    let own = [&input.phone, &input.mobile_phone].map(|phone| phone.as_deref().and_then(full_number));
    let theirs = [&other.phone, &other.mobile_phone].map(|phone| full_number(phone));
    if own.iter().flatten().any(|number| theirs.iter().flatten().any(|other| other == number)) {
        add(DuplicateReason::Phone, 60);
    }
    // A name is shared by many: it counts at one place, or beside something else.
    let alike = likeness(name, &other.name).filter(|_| input.kind == other.kind);
    let same_city = input.city.as_ref().is_some_and(|city| fold(city) == fold(&other.city));
    if let Some(points) = alike {
        if same_city {
            add(DuplicateReason::Name, points + 15);
        } else if score > 0 {
            score += 5;
        }
    }
    (score > 0).then(|| (reasons, score.min(100)))
}

/// How much alike two names are, whatever the order of their words.
fn likeness(one: &str, other: &str) -> Option<i32> {
    let sorted = |name: &str| {
        let folded = fold(name);
        let mut words: Vec<&str> =
            folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        words.join(" ")
    };
    let (one, other) = (sorted(one), sorted(other));
    match one == other {
        true if one.contains(' ') => Some(45),
        true => Some(35),
        false => (one.contains(' ') && jaro_winkler(&one, &other) >= NEAR).then_some(35),
    }
}

/// A number with its country's code (ITU-T E.164); one without is Polish.
fn full_number(raw: &str) -> Option<String> {
    let digits = digits(raw);
    let full = match digits.strip_prefix("00") {
        _ if raw.trim_start().starts_with('+') => digits,
        Some(international) => international.to_owned(),
        None if digits.len() == 9 => format!("48{digits}"),
        None => digits,
    };
    (full.len() >= 6).then_some(full)
}

/// One page of pairs of which the caller may delete both.
///
/// # Errors
/// [`AppError::PartialView`] for who does not see everything that cards are compared by.
pub async fn page(
    ctx: &Ctx,
    permit: &Permit<DeleteClients>,
    fields: &[CustomField],
    after: Option<DuplicateId>,
    limit: u64,
) -> Result<(Vec<Proposal>, Option<DuplicateId>), AppError> {
    let reader = ctx.db.read();
    see_reasons(permit)?;
    let rights = list_rights(permit, fields);
    let (pairs, next) = duplicates::page(reader, permit.visible(), after, limit).await?;
    let mut proposals = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (first, second) = (clients::load(&reader, pair.first).await?, clients::load(&reader, pair.second).await?);
        let (Some(mut first), Some(mut second)) = (first, second) else { continue };
        for card in [&mut first, &mut second] {
            rights.cover(&mut card.input, &mut card.custom);
        }
        proposals.push(Proposal { pair, first, second });
    }
    Ok((proposals, next))
}

/// What cards are compared by, apart from their names.
const COMPARED: [BuiltinField; 5] =
    [BuiltinField::Email, BuiltinField::Nip, BuiltinField::Phone, BuiltinField::MobilePhone, BuiltinField::City];

/// Pairs are for who sees everything that they may have in common: that there is a pair, and how high it stands, tells of it.
fn see_reasons(permit: &Permit<DeleteClients>) -> Result<(), AppError> {
    let rights = list_rights(permit, &[]);
    let sees = COMPARED.iter().all(|field| rights.shows(FieldRef::Builtin(*field)));
    if sees { Ok(()) } else { Err(AppError::PartialView) }
}

/// Remembers that two cards are of two persons.
pub async fn dismiss(ctx: &Ctx, permit: &Permit<DeleteClients>, id: DuplicateId) -> Result<(), AppError> {
    see_reasons(permit)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let pair = duplicates::load(&tx, id).await?.ok_or(AppError::NotFound)?;
    for client in [pair.first, pair.second] {
        cards::load_to_change(ctx, &tx, permit, client).await?;
    }
    duplicates::dismiss(&tx, id, permit.actor().account(), now).await?;
    let event =
        ctx.event(permit, Action::DuplicateDismissed, RecordKind::Client, Some(pair.first.as_uuid())).about(pair.first);
    tx.commit(now, event).await?;
    Ok(())
}

/// Takes that back: the pair is looked at again.
pub async fn restore(ctx: &Ctx, permit: &Permit<DeleteClients>, id: DuplicateId) -> Result<(), AppError> {
    see_reasons(permit)?;
    let tx = ctx.db.begin().await?;
    let pair = duplicates::load_dismissed(&tx, id).await?.ok_or(AppError::NotFound)?;
    for client in [pair.first, pair.second] {
        cards::load_to_change(ctx, &tx, permit, client).await?;
    }
    duplicates::restore(&tx, id).await?;
    let event =
        ctx.event(permit, Action::DuplicateRestored, RecordKind::Client, Some(pair.first.as_uuid())).about(pair.first);
    tx.commit(ctx.now(), event).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_in_any_order_and_with_a_mistake() {
        assert_eq!(likeness("Jan Kowalski", "KOWALSKI, Jan"), Some(45));
        assert_eq!(likeness("Jan Kowalski", "Jan Kowalsky"), Some(35));
        assert_eq!(likeness("Jan Kowalski", "Anna Nowak"), None);
        assert_eq!(likeness("Jan", "Jan"), Some(35));
        assert_eq!(likeness("Jan", "Jon"), None);
    }

    #[test]
    fn numbers_are_one_with_and_without_the_country() {
        let same = ["600 100 200", "+48 600-100-200", "0048600100200", "48600100200"];
        assert!(same.iter().all(|number| full_number(number).as_deref() == Some("48600100200")));
        assert_ne!(full_number("+49 600 100 200"), full_number("600 100 200"));
        assert_eq!(full_number(""), None);
    }
}
