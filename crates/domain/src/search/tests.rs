use super::*;
use crate::{
    access::FieldRights,
    client::BuiltinField,
    consent::{Channel, ConsentStatus, Language},
    custom_field::{CustomField, FieldKind},
    field_ref::FieldRef,
    id::{AccountId, FieldId, PurposeId, TagId},
    text::ShortText,
};
use chrono::{DateTime, NaiveDate};
use proptest::{prelude::*, sample::select};

fn own(n: u8, name: &str, kind: FieldKind) -> CustomField {
    let purpose = PurposeId::generate(DateTime::UNIX_EPOCH, [9; 10]);
    CustomField {
        id: FieldId::generate(DateTime::UNIX_EPOCH, [n; 10]),
        name: ShortText::parse(name).unwrap(),
        kind,
        options: if kind.has_options() { vec!["złoty".into(), "a \"b\" \\".into()] } else { vec![] },
        sensitive: n == 8,
        consent: (kind == FieldKind::Consent).then_some((purpose, Channel::Email)),
        position: 0,
    }
}

fn purpose() -> PurposeId {
    PurposeId::generate(DateTime::UNIX_EPOCH, [9; 10])
}

fn person(n: u8) -> AccountId {
    AccountId::generate(DateTime::UNIX_EPOCH, [n; 10])
}

fn tag(n: u8) -> TagId {
    TagId::generate(DateTime::UNIX_EPOCH, [n; 10])
}

fn named<Id>(id: Id, name: &str) -> Named<Id> {
    Named { id, name: name.to_owned() }
}

fn fields() -> Vec<CustomField> {
    vec![
        own(1, "Umowa", FieldKind::Checkbox),
        own(2, "Ile \"sztuk\"", FieldKind::Integer),
        own(3, "Cena", FieldKind::Decimal),
        own(4, "Od dnia", FieldKind::Date),
        own(5, "Kolor", FieldKind::MultiSelect),
        // As a built-in field is called, and as the grammar calls something.
        own(6, "Miasto", FieldKind::ShortText),
        own(7, "nie", FieldKind::ShortText),
        own(8, "Dowód", FieldKind::ShortText),
        own(9, "Newsletter · e-mail", FieldKind::Consent),
    ]
}

fn catalogue_of(fields: &[CustomField]) -> Catalogue {
    Catalogue::new(fields, &FieldRights::default())
        .with_people(vec![
            named(person(1), "Ewa"),
            named(person(2), "Jan"),
            named(person(3), "Jan"),
            named(person(4), "ja"),
        ])
        .with_tags(vec![named(tag(1), "VIP"), named(tag(2), "z „Targów”")], true)
        .with_purposes(vec![named(purpose(), "Newsletter")])
}

fn catalogue() -> Catalogue {
    catalogue_of(&fields())
}

fn custom(n: u8) -> Field {
    Field::Card(FieldRef::Custom(FieldId::generate(DateTime::UNIX_EPOCH, [n; 10])))
}

fn test(field: Field, operator: Operator, values: Vec<Value>) -> Node {
    Node::Test(Test { field, operator, values, at: None })
}

fn read(text: &str) -> Query {
    parse(text, &catalogue()).unwrap_or_else(|problem| panic!("{text}: {problem:?}"))
}

fn fault(text: &str) -> (Fault, usize, usize, Vec<String>) {
    let Problem { fault, span, suggestions } = parse(text, &catalogue()).unwrap_err();
    (fault, span.start, span.end, suggestions)
}

fn any_day() -> impl Strategy<Value = Day> {
    prop_oneof![
        (0_i64..20_000).prop_map(|n| Day::On(NaiveDate::default() + chrono::TimeDelta::days(n))),
        ((-400_i32..400).prop_filter("0 has one unit", |n| *n != 0), select(Unit::ALL.to_vec()))
            .prop_map(|(amount, unit)| Day::Today { amount, unit }),
        Just(Day::Today { amount: 0, unit: Unit::Day }),
    ]
}

fn any_test() -> impl Strategy<Value = Node> {
    let order = || select(vec![Operator::Eq, Operator::Ne, Operator::Lt, Operator::Lte, Operator::Gt, Operator::Gte]);
    let one = |field: Field| move |(operator, value)| test(field, operator, vec![value]);
    let text = || "[a-zżół\"„”\\\\ ()]{0,8}x".prop_map(|text| Value::Text(text.trim().to_owned()));
    let texts = select(vec![BuiltinField::Name.into(), BuiltinField::City.into(), custom(6), custom(7)]);
    prop_oneof![
        (texts, order(), text()).prop_map(|(field, operator, value)| test(field, operator, vec![value])),
        text().prop_map(|value| test(BuiltinField::Note.into(), Operator::Contains, vec![value])),
        (order(), (-5_i64..5).prop_map(Value::Integer)).prop_map(one(custom(2))),
        (order(), any::<bool>().prop_map(Value::Flag)).prop_map(one(custom(1))),
        (order(), (-99_i64..99).prop_map(|n| Value::Decimal(n.to_string()))).prop_map(one(custom(3))),
        (order(), any_day().prop_map(Value::Day)).prop_map(one(custom(4))),
        (order(), any_day().prop_map(Value::Day)).prop_map(one(BuiltinField::CreatedAt.into())),
        proptest::collection::vec(select(vec!["złoty", "a \"b\" \\"]).prop_map(|it| Value::Text(it.into())), 1..4)
            .prop_map(|values| test(custom(5), Operator::NotIn, values)),
        proptest::collection::vec((1_u8..5).prop_map(|n| Value::Person(person(n))), 1..4).prop_map(|values| test(
            Field::Owner,
            Operator::In,
            values
        )),
        Just(test(Field::Owner, Operator::Ne, vec![Value::Me])),
        (1_u8..3).prop_map(|n| test(Field::Tag, Operator::Eq, vec![Value::Tag(tag(n))])),
        select(vec![Operator::IsEmpty, Operator::IsSet]).prop_map(|it| test(custom(4), it, vec![])),
        (select(ConsentStatus::ALL.to_vec()), any::<bool>(), proptest::option::of(any_day())).prop_map(
            |(status, one, at)| {
                let channel = one.then_some(Channel::Email);
                let field = Field::Consent { purpose: purpose(), channel };
                Node::Test(Test { field, operator: Operator::Eq, values: vec![Value::Status(status)], at })
            }
        ),
    ]
}

fn any_query() -> impl Strategy<Value = Query> {
    let tree = any_test().prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Node::All),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Node::Any),
            inner.prop_map(|inner| Node::Not(Box::new(inner))),
        ]
    });
    tree.prop_map(|node| Query::new(node).unwrap())
}

#[test]
fn quotation_marks_and_languages_do_not_matter() {
    let expected = Query::new(test(custom(1), Operator::Lt, vec![Value::Integer(1)])).unwrap();
    for text in ["\"Umowa\" < 1", "“Umowa” < 1", "„Umowa” < 1", "umowa<1"] {
        assert_eq!(read(text), expected, "{text}");
    }
    for (polish, english) in [
        (
            "opiekun = ja i nie (tag = VIP lub dodano >= dziś - 30d)",
            "owner = me and not (tag = VIP or added >= today - 30d)",
        ),
        ("\"Od dnia\" nie jest puste", "\"Od dnia\" is not empty"),
        ("kolor nie w (złoty)", "kolor not in (\"złoty\")"),
        (
            "zgoda(\"Newsletter\", \"e-mail\") = wyrażona dnia 31.01.2026",
            "consent(newsletter, email) = given at 2026-01-31",
        ),
        ("zgoda(newsletter) = udzielona", "consent(newsletter) = granted"),
        ("zgoda(newsletter) = oczekuje", "consent(newsletter) = requested"),
    ] {
        assert_eq!(read(polish), read(english), "{polish}");
    }
    assert!(read(" ").is_everything());
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    assert_eq!(fault("\"Umwoa\" = 1"), (Fault::UnknownField, 0, 7, vec!["Umowa".to_owned()]));
    let keys = vec!["city".to_owned(), custom(6).to_string()];
    assert_eq!(fault("nazwa = x and „Miasto” = y"), (Fault::Ambiguous, 14, 26, keys));
    assert_eq!(fault("\"Umowa\" < jutro").0, Fault::WrongValue);
    assert_eq!(fault("\"Dowód\" ~ abc"), (Fault::Sealed, 9, 10, vec!["=".to_owned(), "w".to_owned()]));
    assert_eq!(fault("note < abc").0, Fault::WrongOperator);
    assert_eq!(fault("kolor = zloty"), (Fault::UnknownValue, 8, 13, vec!["złoty".to_owned()]));
    assert_eq!(fault("owner = Jan").0, Fault::Ambiguous);
    assert_eq!(fault("city = \"Kra").0, Fault::Unclosed);
    assert_eq!(fault("city = "), (Fault::Unfinished, 7, 7, vec![]));
    assert_eq!(fault("city = x \"y\"").0, Fault::Syntax);
    assert_eq!(fault("post_code = Nowy Sącz"), (Fault::Unquoted, 12, 22, vec!["\"Nowy Sącz\"".to_owned()]));
    assert_eq!(fault("(post_code = 22 555 or note = x)").0, Fault::Unquoted);
    assert_eq!(fault("city = x & 1").0, Fault::Character);
    assert_eq!(fault(&format!("{} = 1", custom(77))).0, Fault::DeletedField);
}

#[test]
fn everyday_values_need_no_quotation_marks() {
    let alike = |bare: &str, quoted: &str| assert_eq!(read(bare), read(quoted), "{bare}");
    alike("email = jan.kowalski-nowak@firma.example.com", "email = \"jan.kowalski-nowak@firma.example.com\"");
    alike("e-mail = 12@example.com", "\"E-mail\" = \"12@example.com\"");
    alike("nazwa = Bielsko-Biała", "nazwa = \"Bielsko-Biała\"");
    alike("post_code = 00-950 and nip = 526-025-02-74", "post_code = \"00-950\" and nip = \"526-025-02-74\"");
    alike("phone ~ +48601", "phone ~ \"+48601\"");
    alike("cena > 1000,5", "cena > 1000.5");
    alike("cena in (1000,5)", "cena in (1000, 5)");
    alike("\"Od dnia\" > dziś-30d", "\"Od dnia\" > today - 30d");
}

#[test]
fn limits_hold_without_danger_for_the_stack() {
    let deep = |open: &str, close: &str| format!("{}city = x{}", open.repeat(1000), close.repeat(1000));
    assert_eq!(fault(&deep("(", ")")).0, Fault::TooDeep);
    assert_eq!(fault(&deep("not ", "")).0, Fault::TooDeep);
    assert_eq!(fault(&"x".repeat(MAX_LENGTH + 1)).0, Fault::TooLong);
    let tests = |n: usize| vec!["city = x"; n].join(" or ");
    assert_eq!(read(&tests(MAX_TESTS)).tests().len(), MAX_TESTS);
    assert_eq!(fault(&tests(MAX_TESTS + 1)).0, Fault::TooMany);
    assert_eq!(fault(&format!("city in ({})", vec!["x"; MAX_VALUES + 1].join(","))).0, Fault::TooMany);
}

#[test]
fn a_renamed_field_is_printed_by_its_new_name_and_a_deleted_one_is_told() {
    let stored = read("\"Umowa\" = tak").to_stored();
    let mut fields = fields();
    fields[0].name = ShortText::parse("Umowa podpisana").unwrap();
    let query = Query::from_stored(&stored).unwrap();
    assert_eq!(query.print(&catalogue_of(&fields)), "\"Umowa podpisana\" = tak");
    let without = catalogue_of(&fields[1..]);
    let printed = query.print(&without);
    assert_eq!(parse(&printed, &without).unwrap_err().fault, Fault::DeletedField);
}

/// What could stand at the bar, and what it would replace.
fn completed(marked: &str, language: Language) -> (String, Vec<String>) {
    let caret = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    let Completions { span, items } = complete(&text, caret, &catalogue().in_language(language));
    (text[span.start..span.end].to_owned(), items.into_iter().map(|item| item.insert).collect())
}

#[test]
fn what_could_stand_at_the_caret_is_told() {
    let pl = |marked: &str| completed(marked, Language::Pl);
    let has = |marked: &str, wanted: &[&str]| {
        let (_, items) = pl(marked);
        for one in wanted {
            assert!(items.iter().any(|item| item == one), "{marked}: {one} in {items:?}");
        }
    };
    assert_eq!(pl("umo|"), ("umo".into(), vec!["\"Umowa\"".into()]));
    assert_eq!(pl("\"Umo|"), ("\"Umo".into(), vec!["\"Umowa\"".into()]));
    assert_eq!(pl("\"Um|owa\" < 1").0, "\"Umowa\"");
    assert_eq!(pl("\"Um| < 1 and \"Cena\" = 2").0, "\"Um");
    assert_eq!(completed("post|", Language::En).1, ["\"Post code\""]);
    // Ambiguous: told apart by their keys.
    assert_eq!(pl("miast|").1, ["city".to_owned(), custom(6).to_string()]);
    has("|", &["Nazwa", "nie", "("]);
    has("zgo|", &["zgoda(\"Newsletter\")"]);
    has("zgoda(|", &["\"Newsletter\""]);
    has("zgoda(\"Newsletter\"|", &[",", ")"]);
    has("zgoda(\"Newsletter\", |", &["\"e-mail\""]);
    has("\"Umowa\" |", &["<", "=", "jest puste", "w", "nie w"]);
    assert_eq!(pl("\"Dowód\" |").1, ["=", "w"]);
    assert_eq!(pl("\"Umowa\" = t|").1, ["tak"]);
    assert_eq!(pl("kolor = zl|"), ("zl".into(), vec!["\"złoty\"".into()]));
    assert_eq!(pl("kolor w (\"złoty\"|)").1, [",", ")"]);
    has("opiekun = |", &["ja", "\"Ewa\""]);
    has("tag = z|", &["\"z „Targów”\""]);
    has("dodano > |", &["dziś", "dziś - 30d"]);
    has("dodano > dziś |", &["- 30d", "i", "lub"]);
    has("(nazwa = x |", &["i", "lub", ")"]);
    has("zgoda(newsletter) = wyrażona |", &["dnia"]);
    // Nothing behind what is wrong, and nothing for what is whole.
    assert!(pl("\"Nie ma\" = 1 i |").1.is_empty());
    assert!(pl("nazwa = x & |").1.is_empty());
    assert_eq!(pl("opiekun = \"Ewa\" i|").1, Vec::<String>::new());
}

#[test]
fn whoever_works_here_no_longer_is_marked_and_comes_last() {
    let catalogue = catalogue().with_former(vec![person(1)]);
    let text = "opiekun = ";
    let found = complete(text, text.len(), &catalogue).items;
    let last = found.last().unwrap();
    assert_eq!((last.label.as_str(), last.insert.as_str()), ("Ewa (nieaktywne konto)", "\"Ewa\""));
    assert_eq!(found.iter().filter(|it| it.label.contains("Ewa")).count(), 1);
    assert!(parse("opiekun = Ewa", &catalogue).is_ok());
}

#[test]
fn a_completion_is_written_as_the_grammar_reads_it() {
    for marked in [
        "|",
        "umo|",
        "opiekun = |",
        "tag = |",
        "kolor = |",
        "rodzaj = |",
        "dodano > |",
        "zgoda(|",
        "nazwa |",
        "\"Od dnia\" = dziś |",
    ] {
        let caret = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        let Completions { span, items } = complete(&text, caret, &catalogue());
        for item in items {
            let text = format!("{}{} ", &text[..span.start], item.insert);
            let told = parse(&text, &catalogue()).err().map(|problem| problem.fault);
            assert!(matches!(told, None | Some(Fault::Unfinished)), "{text}: {told:?}");
        }
    }
}

#[test]
fn one_press_mends_what_is_wrong() {
    let mended = |text: &str| {
        let repairs = parse(text, &catalogue()).unwrap_err().repairs(text);
        repairs.into_iter().map(|repair| repair.text).collect::<Vec<_>>()
    };
    assert_eq!(mended("umwoa < 1"), ["Umowa < 1"]);
    assert_eq!(mended("oddnia is empty"), ["\"Od dnia\" is empty"]);
    assert_eq!(mended("\"Umwoa\" < 1"), ["\"Umowa\" < 1"]);
    assert_eq!(mended("kolor = zlot"), ["kolor = złoty"]);
    assert_eq!(mended("(city = x"), ["(city = x )"]);
    assert_eq!(mended("nazwa = \"Ala"), ["nazwa = \"Ala\""]);
    assert_eq!(mended("nazwa = x note ~ y"), ["nazwa = x i note ~ y", "nazwa = x lub note ~ y"]);
    assert_eq!(mended("nazwa = Jan Nowak i umowa"), ["nazwa = \"Jan Nowak\" i umowa"]);
    for text in ["umwoa < 1", "oddnia is empty", "kolor = zlot", "(nazwa = x", "nazwa = \"Ala", "nazwa = x note ~ y"] {
        assert!(mended(text).iter().all(|text| parse(text, &catalogue()).is_ok()), "{text}");
    }
}

#[test]
fn rows_are_printed_as_far_as_they_are_finished() {
    let row = |field, operator, values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Outline::Test(Row { field, operator, values, at: None })
    };
    let name: Field = BuiltinField::Name.into();
    for (outline, text) in [
        (row(custom(1), Operator::Lt, &["1"]), "\"Umowa\" < 1"),
        (row(custom(1), Operator::Eq, &["tak"]), "\"Umowa\" = tak"),
        (row(custom(4), Operator::Gte, &["dziś - 30d"]), "\"Od dnia\" >= dziś - 30d"),
        (row(custom(4), Operator::Gte, &[]), "\"Od dnia\" >= "),
        // Whatever is typed stays one value.
        (row(custom(4), Operator::Gte, &["dziś lub nazwa = x"]), "\"Od dnia\" >= \"dziś lub nazwa = x\""),
        (row(name, Operator::Eq, &["a\" lub nazwa != \""]), "Nazwa = \"a\\\" lub nazwa != \\\"\""),
        (row(Field::Owner, Operator::In, &["ja", "Ewa"]), "Opiekun w (ja, \"Ewa\")"),
        (Outline::All(vec![]), ""),
        (Outline::Any(vec![Outline::All(vec![]), row(custom(1), Operator::IsSet, &[])]), "\"Umowa\" nie jest puste"),
    ] {
        assert_eq!(outline.print(&catalogue()), text);
    }
    assert_eq!(fault(&row(custom(4), Operator::Gte, &[]).print(&catalogue())).0, Fault::Unfinished);
}

#[test]
fn a_stored_query_is_checked() {
    for bad in [
        serde_json::json!({ "version": 2 }),
        serde_json::json!({ "version": 1, "root": { "any": [] } }),
        serde_json::json!({ "version": 1, "root": { "test": { "field": "city", "operator": "eq" } } }),
        serde_json::json!({ "version": 1, "root": { "test": { "field": "password", "operator": "is_set" } } }),
    ] {
        assert!(Query::from_stored(&bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(query in any_query(), language in select(Language::ALL.to_vec())) {
        let text = query.print(&catalogue().in_language(language));
        match parse(&text, &catalogue()) {
            Ok(again) => prop_assert_eq!(again, query, "{}", text),
            Err(problem) => prop_assert!(problem.fault == Fault::TooLong, "{} {:?}", text, problem),
        }
    }

    /// A builder of rows loses nothing.
    #[test]
    fn what_is_outlined_reads_back(query in any_query(), language in select(Language::ALL.to_vec())) {
        let catalogue = catalogue().in_language(language);
        let text = query.outline(&catalogue).unwrap().print(&catalogue);
        match parse(&text, &catalogue) {
            Ok(again) => prop_assert_eq!(again, query, "{}", text),
            Err(problem) => prop_assert!(problem.fault == Fault::TooLong, "{} {:?}", text, problem),
        }
    }

    #[test]
    fn what_is_stored_reads_back(query in any_query()) {
        prop_assert_eq!(Query::from_stored(&query.to_stored()), Ok(query));
    }

    /// Whatever is typed: an answer, and places that lie between characters.
    #[test]
    fn any_text_is_answered(text in prop_oneof![
        "\\PC{0,80}",
        proptest::collection::vec(select(vec!["\"", "„", "”", "(", ")", "city", "=", "<", "not ", "i ", "in ", "1", "2026-01-31", "today", "-", "zgoda(", ",", "ł", "\\", "x:", "0a"]), 0..40)
            .prop_map(|parts| parts.concat()),
    ]) {
        let fits = |span: Span| span.start <= span.end && text.is_char_boundary(span.start) && text.is_char_boundary(span.end);
        if let Err(problem) = parse(&text, &catalogue()) {
            prop_assert!(fits(problem.span), "{:?}", problem);
        }
        let mut end = 0;
        for token in tokens(&text) {
            prop_assert!(fits(token.span) && token.span.start >= end && token.span.end > token.span.start);
            end = token.span.end;
        }
        for caret in 0..=text.len() {
            prop_assert!(fits(complete(&text, caret, &catalogue()).span));
        }
    }
}
