//! What two cards say in each field, and which of it the merged card will say.

use crate::{features::clients::values, session::Restrictions, words::Words};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;
use zgoda_api_types::{clients::ClientCard, consents::Consent, custom_fields::CustomField};
use zgoda_domain::{
    client::{BuiltinField, ClientInput, ClientKind},
    consent::{Channel, ConsentState, ConsentStatus, StateEvent, apply},
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{ConsentEventId, FieldId, PurposeId},
    merge::join,
};

/// One of the two cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    First,
    Second,
}

impl Side {
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    /// The one of two things that is this card's.
    pub fn of<T>(self, first: T, second: T) -> T {
        match self {
            Self::First => first,
            Self::Second => second,
        }
    }
}

/// What is taken for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    One(Side),
    /// Both texts, one below the other.
    Both,
}

/// What was chosen, by the field's pointer in the request.
pub type Picks = BTreeMap<String, Pick>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Kind,
    Builtin(BuiltinField),
    Custom(FieldId),
}

/// A field with what each card says in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    place: Place,
    pub label: String,
    values: [Value; 2],
    /// As people read them; empty for nothing, and `None` where the role hides what is there.
    shown: [Option<String>; 2],
    /// The role lets nobody change it: it stays as it is on the kept card.
    pub fixed: bool,
    /// Both texts can be kept.
    pub joins: bool,
}

impl Row {
    /// Where the request has it.
    pub fn pointer(&self) -> String {
        match self.place {
            Place::Kind => "/details/kind".to_owned(),
            Place::Builtin(field) => format!("/details/{}", field.key()),
            Place::Custom(id) => format!("/custom/{id}"),
        }
    }

    pub fn shown(&self, side: Side) -> Option<&str> {
        let [first, second] = &self.shown;
        side.of(first, second).as_deref()
    }

    pub fn differs(&self) -> bool {
        let [first, second] = &self.shown;
        first != second
    }

    /// What is taken unless somebody says otherwise: the kept card's value, or the only one that there is.
    pub fn usual(&self, kept: Side) -> Pick {
        let empty = |side| self.shown(side).is_some_and(str::is_empty);
        Pick::One(if empty(kept) && !empty(kept.other()) { kept.other() } else { kept })
    }

    fn value(&self, pick: Pick) -> Value {
        let [first, second] = &self.values;
        match (pick, first.as_str(), second.as_str()) {
            (Pick::Both, Some(one), Some(two)) => format!("{one}\n{two}").into(),
            (Pick::Both, _, _) => if first.is_null() { second } else { first }.clone(),
            (Pick::One(side), _, _) => side.of(first, second).clone(),
        }
    }
}

/// Every field in which one of the cards says something, in the order of the card.
pub fn rows(w: &Words, fields: &[CustomField], cards: [&ClientCard; 2], restrictions: &Restrictions) -> Vec<Row> {
    let kinds = cards.map(|card| card.details.kind);
    let kind = Row {
        place: Place::Kind,
        label: w.kind.to_owned(),
        values: kinds.map(|kind| kind.code().into()),
        shown: kinds.map(|kind| Some(w.client_kind(kind).to_owned())),
        fixed: false,
        joins: false,
    };
    let row = |field: FieldRef, place, label: &str, values: [Value; 2], kind: FieldKind| {
        let [first, second] = cards.map(|card| card.masked.contains(&field));
        let [one, two] = &values;
        let shown =
            [(first, one), (second, two)].map(|(masked, value)| (!masked).then(|| values::shown(w, kind, value)));
        let fixed = !restrictions.opens(field);
        let joins = kind == FieldKind::LongText && values.iter().all(Value::is_string);
        let said = first || second || values.iter().any(|value| !value.is_null());
        let hidden = restrictions.hides(field);
        (said && !hidden).then(|| Row { place, label: label.to_owned(), values, shown, fixed, joins })
    };
    let builtin = BuiltinField::ALL.into_iter().filter(|field| !field.is_system()).filter_map(|field| {
        let values = cards.map(|card| card.details.get(field).into());
        let kind = if field == BuiltinField::Note { FieldKind::LongText } else { FieldKind::ShortText };
        row(FieldRef::Builtin(field), Place::Builtin(field), w.builtin(field), values, kind)
    });
    let live = fields.iter().filter(|field| field.deleted_at.is_none() && field.kind != FieldKind::Consent);
    let custom = live.filter_map(|field| {
        let values = cards.map(|card| card.custom.get(&field.id).cloned().unwrap_or(Value::Null));
        row(FieldRef::Custom(field.id), Place::Custom(field.id), &field.name, values, field.kind)
    });
    std::iter::once(kind).chain(builtin).chain(custom).collect()
}

/// What the kept card says from then on.
pub fn merged(rows: &[Row], kept: Side, picks: &Picks) -> (ClientInput, BTreeMap<FieldId, Value>) {
    let (mut details, mut custom) = (ClientInput::default(), BTreeMap::new());
    for row in rows.iter().filter(|row| !row.fixed) {
        let pick = picks.get(&row.pointer()).copied().filter(|_| row.differs()).unwrap_or_else(|| row.usual(kept));
        let value = row.value(pick);
        match row.place {
            Place::Kind => details.kind = value.as_str().and_then(ClientKind::from_code).unwrap_or_default(),
            Place::Builtin(field) => details.set(field, value.as_str().map(str::to_owned)),
            Place::Custom(id) if !value.is_null() => {
                custom.insert(id, value);
            }
            Place::Custom(_) => {}
        }
    }
    (details, custom)
}

/// A consent of two cards, and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinedConsent {
    pub purpose_id: PurposeId,
    pub channel: Channel,
    pub purpose_name: String,
    pub first: Option<ConsentStatus>,
    pub second: Option<ConsentStatus>,
    /// By the stricter rule, on the kept card.
    pub after: Option<ConsentStatus>,
}

/// Every consent of either card.
pub fn consents(cards: [&ClientCard; 2], kept: Side) -> Vec<JoinedConsent> {
    let [first, second] = cards.map(|card| card.consents.as_slice());
    let mut all: Vec<JoinedConsent> = Vec::new();
    for consent in first.iter().chain(second) {
        let key = (consent.purpose_id, consent.channel);
        if all.iter().any(|other| (other.purpose_id, other.channel) == key) {
            continue;
        }
        let find = |consents: &[Consent]| consents.iter().find(|it| (it.purpose_id, it.channel) == key).map(state);
        let (one, two) = (find(first), find(second));
        let (stays, goes) = (kept.of(one, two), kept.of(two, one));
        all.push(JoinedConsent {
            purpose_id: consent.purpose_id,
            channel: consent.channel,
            purpose_name: consent.purpose_name.clone(),
            first: one.map(|state| state.status),
            second: two.map(|state| state.status),
            after: joined(stays.as_ref(), goes.as_ref()).map(|state| state.status),
        });
    }
    all
}

fn state(consent: &Consent) -> ConsentState {
    ConsentState {
        status: consent.status,
        since: consent.since,
        expires_at: consent.expires_at,
        last_event: ConsentEventId::from_uuid(Uuid::nil()),
        grade: consent.grade,
        wording_id: None,
    }
}

/// The kept card's consent after the merge, by the very rule that the server follows.
fn joined(kept: Option<&ConsentState>, other: Option<&ConsentState>) -> Option<ConsentState> {
    let Some(entry) = join(kept, other) else { return kept.copied() };
    let event = StateEvent {
        id: ConsentEventId::from_uuid(Uuid::nil()),
        kind: entry.kind,
        occurred_at: entry.occurred_at,
        expires_at: entry.expires_at,
        grade: entry.grade,
        wording_id: entry.wording_id,
    };
    apply(kept, event).ok().or_else(|| kept.copied())
}
