//! The logic behind the pages of work on many clients: `scripts/wasm-tests`.
#![cfg(target_arch = "wasm32")]

use chrono::DateTime;
use serde_json::json;
use std::collections::BTreeMap;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use zgoda_api_types::{clients::ClientCard, consents::Consent, custom_fields::CustomField};
use zgoda_domain::{
    access::{Assignment, FieldRestriction},
    client::{BuiltinField, ClientInput},
    consent::{Channel, ConsentStatus, EvidenceGrade, Language},
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{ClientId, FieldId, PurposeId},
    search::{Field, FieldChoice, Operator, Outline, Row, ValueKind},
};
use zgoda_frontend::{
    features::{
        clients::contains_hint::loosen,
        duplicates::choices::{Pick, Picks, Side, consents, merged, rows},
        imports::plan::letters,
    },
    session::Restrictions,
    words::Words,
};

wasm_bindgen_test_configure!(run_in_browser);

fn field(number: u8, kind: FieldKind) -> CustomField {
    CustomField {
        id: FieldId::generate(DateTime::UNIX_EPOCH, [number; 10]),
        version: 1,
        name: format!("Pole {number}"),
        kind,
        options: vec![],
        sensitive: false,
        sortable: true,
        purpose_id: None,
        channel: None,
        position: 0,
        deleted_at: None,
    }
}

fn card(number: u8, texts: &[(BuiltinField, &str)]) -> ClientCard {
    let mut details = ClientInput::default();
    for (field, text) in texts {
        details.set(*field, Some((*text).to_owned()));
    }
    ClientCard {
        id: ClientId::generate(DateTime::UNIX_EPOCH, [number; 10]),
        version: 1,
        details,
        custom: BTreeMap::new(),
        consents: vec![],
        tags: vec![],
        masked: vec![],
        assignment: Assignment::default(),
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn consent(status: ConsentStatus, grade: Option<EvidenceGrade>) -> Consent {
    Consent {
        purpose_id: PurposeId::generate(DateTime::UNIX_EPOCH, [7; 10]),
        purpose_name: "Newsletter".to_owned(),
        channel: Channel::Email,
        status,
        since: DateTime::UNIX_EPOCH,
        expires_at: None,
        grade,
        events: vec![],
    }
}

#[wasm_bindgen_test]
fn a_query_is_loosened_where_it_asks_for_whole_texts_and_nothing_is_negated() {
    let field = |field: BuiltinField| Field::Card(FieldRef::Builtin(field));
    let test = |builtin, operator| {
        Outline::Test(Row { field: field(builtin), operator, values: vec!["x".to_owned()], at: None })
    };
    let choice = |builtin, kind, operators: &[Operator]| FieldChoice {
        field: field(builtin),
        label: String::new(),
        kind,
        operators: operators.to_vec(),
        options: vec![],
    };
    let fields = [
        choice(BuiltinField::City, ValueKind::Text, &[Operator::Eq, Operator::Contains]),
        // Sealed: found whole or not at all.
        choice(BuiltinField::Pesel, ValueKind::Code, &[Operator::Eq, Operator::In]),
        choice(BuiltinField::CreatedAt, ValueKind::Moment, &[Operator::Eq]),
    ];
    let city = |operator| test(BuiltinField::City, operator);
    let rest = || [test(BuiltinField::Pesel, Operator::Eq), test(BuiltinField::CreatedAt, Operator::Eq)];
    let not = || Outline::Not(Box::new(city(Operator::Eq)));
    let mut tree = Outline::Any([city(Operator::Eq), not(), Outline::All(rest().to_vec())].to_vec());
    assert!(loosen(&mut tree, &fields));
    let all = [city(Operator::Contains), not(), Outline::All(rest().to_vec())];
    assert_eq!(tree, Outline::Any(all.to_vec()));
    assert!(!loosen(&mut tree, &fields));
}

#[wasm_bindgen_test]
fn the_kept_cards_values_are_taken_and_the_only_ones_there_are() {
    use BuiltinField as F;
    let tick = field(1, FieldKind::Checkbox);
    let mut first = card(1, &[(F::Name, "Jan Kowalski"), (F::City, "Łódź"), (F::Note, "Rano")]);
    let mut second = card(2, &[(F::Name, "J. Kowalski"), (F::Phone, "600 100 200"), (F::Note, "Wieczorem")]);
    first.custom.insert(tick.id, json!(false));
    second.custom.insert(tick.id, json!(true));
    let rows = rows(Words::of(Language::Pl), std::slice::from_ref(&tick), [&first, &second], &Restrictions::default());
    let texts = |kept, picks: &Picks| {
        let (details, custom) = merged(&rows, kept, picks);
        let text = |field| details.get(field).unwrap_or_default().to_owned();
        (text(F::Name), text(F::City), text(F::Phone), text(F::Note), custom.get(&tick.id).cloned())
    };
    let told = |name: &str, note: &str, ticked: bool| {
        (name.to_owned(), "Łódź".to_owned(), "600 100 200".to_owned(), note.to_owned(), Some(json!(ticked)))
    };
    assert_eq!(texts(Side::First, &Picks::new()), told("Jan Kowalski", "Rano", false));
    assert_eq!(texts(Side::Second, &Picks::new()), told("J. Kowalski", "Wieczorem", true));
    // What was chosen holds whichever card stays; both notes can.
    let picks =
        Picks::from([("/details/name".to_owned(), Pick::One(Side::Second)), ("/details/note".to_owned(), Pick::Both)]);
    assert_eq!(texts(Side::First, &picks), told("J. Kowalski", "Rano\nWieczorem", false));
}

#[wasm_bindgen_test]
fn what_the_role_does_not_open_is_shown_and_not_sent() {
    use BuiltinField as F;
    let first = card(1, &[(F::Name, "Jan"), (F::City, "Łódź"), (F::Nip, "1234563218")]);
    let mut second = card(2, &[(F::Name, "Jan"), (F::City, "Kielce")]);
    second.masked.push(FieldRef::Builtin(F::Email));
    let restrictions = Restrictions(BTreeMap::from([
        (FieldRef::Builtin(F::City), FieldRestriction::ReadOnly),
        (FieldRef::Builtin(F::Email), FieldRestriction::Masked),
        (FieldRef::Builtin(F::Nip), FieldRestriction::Hidden),
    ]));
    let rows = rows(Words::of(Language::Pl), &[], [&first, &second], &restrictions);
    let found = |pointer: &str| rows.iter().find(|row| row.pointer() == pointer);
    assert!(found("/details/city").is_some_and(|row| row.fixed && row.differs()));
    assert!(found("/details/email").is_some_and(|row| row.fixed && row.shown(Side::Second).is_none()));
    assert!(found("/details/nip").is_none());
    let (details, _) = merged(&rows, Side::First, &Picks::new());
    assert_eq!((details.get(F::Name), details.get(F::City), details.get(F::Email)), (Some("Jan"), None, None));
}

#[wasm_bindgen_test]
fn of_two_consents_the_stricter_is_shown() {
    use ConsentStatus as S;
    let given = || consent(S::Given, Some(EvidenceGrade::B));
    let after = |first: Option<Consent>, second: Option<Consent>, kept| {
        let (mut one, mut two) = (card(1, &[]), card(2, &[]));
        one.consents.extend(first);
        two.consents.extend(second);
        let joined = consents([&one, &two], kept);
        assert_eq!(joined.len(), 1);
        joined.first().and_then(|consent| consent.after)
    };
    for kept in [Side::First, Side::Second] {
        assert_eq!(after(Some(given()), Some(consent(S::Refused, None)), kept), Some(S::Refused));
        assert_eq!(after(Some(given()), Some(given()), kept), Some(S::Given));
    }
    // Nobody consents by being merged.
    assert_eq!(after(None, Some(given()), Side::First), Some(S::Requested));
    assert_eq!(after(None, Some(given()), Side::Second), Some(S::Given));
}

#[wasm_bindgen_test]
fn columns_without_a_name_are_counted_as_in_a_spreadsheet() {
    assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
}
