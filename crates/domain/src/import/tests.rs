use super::{row::date, *};
use crate::{
    consent::{ConsentStatus, Language},
    export::ExportWords,
    id::FieldId,
    text::ShortText,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

fn settings(columns: Vec<ColumnTarget>) -> ImportSettings {
    ImportSettings {
        header_row: 1,
        columns,
        strategy: DuplicateStrategy::New,
        match_by: None,
        kind: ClientKind::Person,
        owner_id: None,
        department_id: None,
        tags: vec![],
        source: "Lista z targów".into(),
        obtained_on: "2026-05-01".parse().unwrap(),
        lawful_basis: "Umowa z klientem".into(),
    }
}

const fn builtin(field: BuiltinField) -> ColumnTarget {
    ColumnTarget::Field(FieldRef::Builtin(field))
}

#[test]
fn a_consents_column_is_known_as_exports_call_it() {
    let purpose_id = PurposeId::from_uuid(Uuid::from_u128(1));
    let field = |number, channel: Channel| CustomField {
        id: FieldId::from_uuid(Uuid::from_u128(number)),
        name: ShortText::parse(&format!("Newsletter ({})", channel.code())).unwrap(),
        kind: FieldKind::Consent,
        options: vec![],
        sensitive: false,
        consent: Some((purpose_id, channel)),
        position: 0,
    };
    let fields = [field(1, Channel::Phone), field(2, Channel::Post)];
    let expected =
        [Channel::Phone, Channel::Post].map(|channel| ColumnTarget::Consent(ConsentColumn { purpose_id, channel }));
    for headers in [["Newsletter (telefon)", "Newsletter (poczta)"], ["newsletter (phone)", "Newsletter (post)"]] {
        assert_eq!(guess(&headers.map(str::to_owned), &fields, &[]), expected);
    }
}

#[test]
fn columns_are_known_by_their_polish_and_english_names_and_by_sugesters() {
    let headers = [
        "Imię",
        "Nazwisko",
        "E-mail",
        "tax_no",
        "register_number",
        "street",
        "street_no",
        "post_code",
        "company",
        "string1",
        "e-mail",
    ];
    let headers: Vec<String> = headers.iter().map(|it| (*it).to_owned()).collect();
    use BuiltinField as B;
    let expected = [
        builtin(B::FirstName),
        builtin(B::LastName),
        builtin(B::Email),
        builtin(B::Nip),
        builtin(B::Regon),
        builtin(B::Street),
        builtin(B::Street),
        builtin(B::PostCode),
        ColumnTarget::Kind,
        ColumnTarget::Ignore,
        ColumnTarget::Ignore,
    ];
    assert_eq!(guess(&headers, &[], &[]), expected);
    for kind in ["string", "integer", "decimal", "checkbox", "date", "text", "datetime"] {
        let kinds: Vec<_> = (1..=10).map(|number| slot_kind(&format!("{kind}{number}"))).collect();
        assert!(kinds.windows(2).all(|two| two[0] == two[1]) && (kinds[0] != FieldKind::ShortText || kind == "string"));
    }
}

#[test]
fn a_row_becomes_a_card_and_every_wrong_cell_is_named() {
    use BuiltinField as B;
    let settings = settings(vec![
        builtin(B::Name),
        builtin(B::Street),
        builtin(B::Street),
        builtin(B::Country),
        ColumnTarget::Kind,
        builtin(B::Nip),
    ]);
    let reader = RowReader { settings: &settings, fields: &[], tags: &BTreeMap::new() };
    let cells = |cells: [&str; 6]| cells.map(str::to_owned);
    let row = reader.read(&cells(["=HYPERLINK(\"x\")", "Prosta", "5a", "Polska", "tak", ""])).unwrap();
    assert_eq!(row.input.get(B::Name), Some("=HYPERLINK(\"x\")"));
    let exported = reader.read(&cells(["'=HYPERLINK(\"x\")", "'Prosta", "", "", "", ""])).unwrap();
    assert_eq!(exported.input.get(B::Name), row.input.get(B::Name));
    assert_eq!(exported.input.get(B::Street), Some("'Prosta"), "only the mark of an export is taken away");
    assert_eq!(row.input.get(B::Street), Some("Prosta 5a"));
    assert_eq!(row.input.get(B::Country), Some("PL"));
    assert_eq!(row.input.kind, ClientKind::Company);
    assert!(!row.says_no);
    let wrong = reader.read(&cells(["A", "", "", "", "może", "123"])).unwrap_err();
    assert_eq!(wrong.iter().map(|it| it.column).collect::<Vec<_>>(), [Some(4), Some(5)]);
}

#[test]
fn source_and_basis_are_needed_and_no_field_is_meant_twice() {
    let now: DateTime<Utc> = "2026-06-01T00:00:00Z".parse().unwrap();
    let good = settings(vec![builtin(BuiltinField::Email)]);
    assert_eq!(good.check(1, &[], &[], now), Ok(()));
    let bad = ImportSettings {
        source: " ".into(),
        lawful_basis: "x".into(),
        obtained_on: "2027-01-01".parse().unwrap(),
        strategy: DuplicateStrategy::Update,
        columns: vec![builtin(BuiltinField::Email), builtin(BuiltinField::Email)],
        ..good
    };
    let pointers: Vec<_> =
        bad.check(2, &[], &[], now).unwrap_err().into_vec().into_iter().map(|it| it.pointer).collect();
    assert_eq!(pointers, ["/columns/1", "/match_by", "/source", "/lawful_basis", "/obtained_on"]);
}

proptest! {
    /// Whatever cells hold, reading them ends in a card or in complaints about columns that exist.
    #[test]
    fn no_cell_breaks_the_reader(cells in prop::collection::vec("\\PC{0,30}", 0..8)) {
        let headers: Vec<String> = ["name", "email", "nip", "country", "company", "tagi", "note", "www"].map(str::to_owned).to_vec();
        let settings = settings(guess(&headers, &[], &[]));
        let reader = RowReader { settings: &settings, fields: &[], tags: &BTreeMap::new() };
        if let Err(problems) = reader.read(&cells) {
            prop_assert!(problems.iter().all(|it| it.column.is_some_and(|at| at < 8)));
        }
    }

    /// A day is read back from each way in which it is written.
    #[test]
    fn days_are_read_as_they_are_written(days in 0_i64..40_000, format in prop::sample::select(vec!["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%dT00:00:00"])) {
        let day = NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + TimeDelta::days(days);
        prop_assert_eq!(date(&day.format(format).to_string()), Some(day));
    }
}

fn texts(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// What an export of the list holds comes back by itself.
#[test]
fn an_export_of_ours_is_read_again() {
    for words in Language::ALL.iter().copied().map(ExportWords::of) {
        let fields: Vec<BuiltinField> = BuiltinField::ALL.into_iter().filter(|field| !field.is_system()).collect();
        let heads = fields.iter().map(|field| words.builtin(*field).to_owned()).collect::<Vec<_>>();
        assert_eq!(guess(&heads, &[], &[]), fields.into_iter().map(builtin).collect::<Vec<_>>());

        let consent =
            ConsentColumn { purpose_id: PurposeId::generate(DateTime::UNIX_EPOCH, [1; 10]), channel: Channel::Email };
        let told = settings(vec![builtin(BuiltinField::Name), ColumnTarget::Consent(consent)]);
        let reader = RowReader { settings: &told, fields: &[], tags: &BTreeMap::new() };
        for status in ConsentStatus::ALL {
            let row = reader.read(&texts(&["Ewa", words.consent(*status)])).unwrap();
            assert_eq!(!row.consents.is_empty(), *status == ConsentStatus::Given, "{status:?}");
        }
        assert!(reader.read(&texts(&["Ewa", words.consent_column(None)])).unwrap().consents.is_empty());
    }
}

#[test]
fn the_row_that_names_the_columns_is_found_below_titles_and_above_data() {
    let head = texts(&["Nazwa", "E-mail", "NIP"]);
    let data = texts(&["Piekarnia", "biuro@example.com", "5261040828"]);
    assert_eq!(guess_header_row(&[head.clone(), data.clone()]), 1);
    assert_eq!(guess_header_row(&[texts(&["Uczestnicy"]), vec![], head, data.clone()]), 3);
    assert_eq!(guess_header_row(&[data.clone(), data]), 0);
    assert_eq!(guess_header_row(&[]), 0);
}

#[test]
fn a_field_is_proposed_by_what_stands_in_the_column() {
    let kind = |cells: &[&str]| propose_field("Pole", cells.iter().copied()).0;
    assert_eq!(kind(&["tak", "nie", ""]), FieldKind::Checkbox);
    assert_eq!(kind(&["12", "1 000", "-7"]), FieldKind::Integer);
    assert_eq!(kind(&["007", "012"]), FieldKind::ShortText);
    assert_eq!(kind(&["12,5", "0,30", "7"]), FieldKind::Decimal);
    assert_eq!(kind(&["01.05.2026", "2026-05-01"]), FieldKind::Date);
    assert_eq!(kind(&["2026-05-01 10:00", "2026-05-01T10:00:00Z"]), FieldKind::Datetime);
    assert_eq!(kind(&["wiersz\ndrugi", "x"]), FieldKind::LongText);
    assert_eq!(kind(&[]), FieldKind::ShortText);
    let choice: Vec<&str> = ["złoty", "srebrny"].into_iter().cycle().take(40).collect();
    assert_eq!(propose_field("Kolor", choice.into_iter()), (FieldKind::Select, texts(&["srebrny", "złoty"])));
    assert_eq!(propose_field("decimal3", ["x"].into_iter()).0, FieldKind::Decimal);
    assert_eq!(propose_field("text11", ["5"].into_iter()).0, FieldKind::Integer);
}

proptest! {
    /// What a column is proposed to become can hold each of its cells.
    #[test]
    fn a_proposed_field_holds_what_it_was_proposed_for(
        cells in prop::collection::vec(
            prop_oneof!["-?[0-9]{1,14}", "[0-9]{1,6}[,.][0-9]{1,4}", "tak|nie|1|0", "20[0-9]{2}-0[1-9]-[12][0-9]", "[a-zą ]{1,12}"],
            1..50,
        ),
    ) {
        let (kind, options) = propose_field("Pole", cells.iter().map(String::as_str));
        let field = CustomField {
            id: crate::id::FieldId::generate(DateTime::UNIX_EPOCH, [7; 10]),
            name: crate::text::ShortText::parse("Pole").unwrap(),
            kind,
            options,
            sensitive: false,
            consent: None,
            position: 0,
        };
        let settings = settings(vec![ColumnTarget::Field(FieldRef::Custom(field.id))]);
        let reader = RowReader { settings: &settings, fields: std::slice::from_ref(&field), tags: &BTreeMap::new() };
        for cell in &cells {
            prop_assert!(reader.read(std::slice::from_ref(cell)).is_ok(), "{kind:?} for {cell}");
        }
    }

    /// Files are recognised by the names of their columns, however they are written.
    #[test]
    fn heads_are_the_same_in_any_writing(heads in prop::collection::vec("[a-zżó]{1,8}", 1..6)) {
        let loud: Vec<String> = heads.iter().map(|head| format!(" {}: ", head.to_uppercase())).collect();
        prop_assert_eq!(heads_key(&heads), heads_key(&loud));
    }
}
