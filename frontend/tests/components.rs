//! Components in a real browser: `scripts/wasm-tests`.
#![cfg(target_arch = "wasm32")]

use chrono::{DateTime, NaiveDate};
use leptos::{ev, mount::mount_to, prelude::*, task::tick};
use leptos_router::components::Router;
use serde_json::json;
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{HtmlElement, HtmlInputElement, KeyboardEvent};
use zgoda_api_types::{
    clients::{ClientBody, ClientRow, Total},
    custom_fields::CustomField,
    problem::{Problem, ProblemCode},
    saved_filters::SavedFilter,
    staff::{Effective, Role, RoleBody},
};
use zgoda_domain::{
    Invalid, Rule,
    access::{
        Access, DepartmentLimit, FieldRestriction, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    client::{BuiltinField, ClientInput},
    consent::{Channel, Language},
    custom_field::FieldKind,
    field_ref::FieldRef,
    form::{FormField, FormFieldKind},
    id::{ClientId, FieldId, RoleId},
    list::{Direction, ListColumn, Operator},
    saved_filter::ShownColumn,
};
use zgoda_frontend::{
    data::Sending,
    features::{
        api_keys::snippet,
        clients::{
            Column, columns,
            draft::{Draft, Fixed},
            filters, first_direction,
            list_state::ListState,
            table_columns::{self, NAME},
            values,
        },
        forms::{new_field, preview::FieldPreview, snippets},
        roles::draft::{RoleDraft, Whence, effective, inherited_networks, merge, possible_parents},
    },
    lock::{Due, Watch},
    problems::{Failure, code_words, rule_words},
    route::{self, Bundle, Page},
    session::Restrictions,
    ui::{Dialog, Menu, MenuItem, SortHeader, Summary, TextField, Tick, Ticks, read_networks, rights_words},
    words::{ExportWords, ListWords, OfficeWords, TagWords, Words, time},
};

wasm_bindgen_test_configure!(run_in_browser);

/// Mounts a view into an element of its own.
fn stage<V: IntoView + 'static>(view: impl FnOnce() -> V + 'static) -> HtmlElement {
    let place: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    document().body().unwrap().append_child(&place).unwrap();
    mount_to(place.clone(), move || view().into_any()).forget();
    place
}

fn find<T: JsCast>(place: &HtmlElement, selector: &str) -> T {
    place.query_selector(selector).unwrap().unwrap_or_else(|| panic!("no {selector}")).unchecked_into()
}

fn count(place: &HtmlElement, selector: &str) -> u32 {
    place.query_selector_all(selector).unwrap().length()
}

fn field_id(number: u8) -> FieldId {
    FieldId::generate(DateTime::UNIX_EPOCH, [number; 10])
}

fn custom(number: u8, kind: FieldKind) -> CustomField {
    CustomField {
        id: field_id(number),
        version: 1,
        name: "Umowa".to_owned(),
        kind,
        options: if kind.has_options() { vec!["rowery".to_owned(), "żagle".to_owned()] } else { vec![] },
        sensitive: false,
        sortable: true,
        purpose_id: None,
        channel: None,
        position: 0,
        deleted_at: None,
    }
}

fn radio(options: &[&str]) -> FormField {
    let mut field = new_field(Words::of(Language::Pl), FormFieldKind::Radio, &[]);
    field.options = options.iter().map(|option| (*option).to_owned()).collect();
    field
}

#[wasm_bindgen_test]
fn every_text_is_there_in_both_languages() {
    let app = Language::ALL.iter().flat_map(|it| Words::of(*it).all());
    let office = Language::ALL.iter().flat_map(|it| OfficeWords::of(*it).all());
    let list = Language::ALL.iter().flat_map(|it| ListWords::of(*it).all());
    let export = Language::ALL.iter().flat_map(|it| ExportWords::of(*it).all());
    let tags = Language::ALL.iter().flat_map(|it| TagWords::of(*it).all());
    for (key, text) in app.chain(office).chain(list).chain(export).chain(tags) {
        assert!(!text.trim().is_empty(), "{key}");
    }
    for language in Language::ALL {
        let o = OfficeWords::of(*language);
        for right in Right::ALL {
            let texts = Scope::ALL
                .iter()
                .map(|scope| o.reach(*right, *scope))
                .chain([o.right(*right), o.module(right.module())]);
            assert!(texts.into_iter().all(|text| !text.is_empty()), "{right:?}");
        }
    }
    for code in ProblemCode::ALL {
        for language in Language::ALL {
            assert!(!code_words(Words::of(*language), *code).is_empty());
        }
    }
    assert_eq!(rule_words(Words::of(Language::Pl), &Rule::TooShort { min: 12 }), "Za krótkie: co najmniej 12 znaków.");
}

#[wasm_bindgen_test]
fn the_articles_labels_are_literal() {
    let w = Words::of(Language::Pl);
    let expected = [
        (w.forms, "Formularze"),
        (w.add_field(FormFieldKind::Radio), "+Pole Radio"),
        (w.properties, "Właściwości pola"),
        (w.options, "Opcje"),
        (w.more_options, "Więcej opcji"),
        (w.mapping, "Sposób mapowania"),
        (w.mapping_client, "Klient"),
        (w.add_custom_field, "Dodaj własne pole"),
        (w.name, "Nazwa"),
        (w.kind, "Rodzaj"),
        (w.kind_checkbox, "Pole wyboru"),
        (w.target, "Pole zgłoszenia"),
        (w.custom_fields, "Dodatkowe pola"),
        (w.yes, "Tak"),
        (w.no, "Nie"),
    ];
    for (ours, articles) in expected {
        assert_eq!(ours, articles);
    }
}

#[wasm_bindgen_test]
fn polish_counts_and_dates() {
    let (pl, en) = (Words::of(Language::Pl), Words::of(Language::En));
    for (number, text) in
        [(1, "1 klient"), (2, "2 klienci"), (5, "5 klientów"), (12, "12 klientów"), (22, "22 klienci")]
    {
        assert_eq!(pl.count(number, pl.clients_n), text);
    }
    assert_eq!(en.count(100_000, en.clients_n), "100,000 clients");
    let at = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap().and_hms_opt(15, 4, 59).unwrap();
    assert_eq!(time::day_and_time(Language::Pl, at), "23\u{a0}lis\u{a0}2026, 15:04");
    assert_eq!(time::day(Language::En, at.date()), "23\u{a0}Nov\u{a0}2026");
}

#[wasm_bindgen_test]
fn a_moment_survives_its_input() {
    let at = DateTime::from_timestamp(1_790_000_040, 0).unwrap();
    assert_eq!(time::moment_of(&time::typed_moment(at)), Some(at));
    assert_eq!(time::moment_of("nonsense"), None);
}

#[wasm_bindgen_test]
async fn a_text_field_shows_its_problem_and_is_marked() {
    let problem = RwSignal::new(None::<String>);
    let value = RwSignal::new(String::new());
    let place = stage(move || {
        view! { <TextField label="NIP" value pointer="/details/nip" problem hint="10 cyfr" /> }
    });
    let input: HtmlInputElement = find(&place, "input");
    assert_eq!(input.id(), "field-details-nip");
    assert_eq!(find::<HtmlElement>(&place, "label").get_attribute("for").as_deref(), Some("field-details-nip"));
    assert_eq!(input.get_attribute("aria-invalid"), None);
    problem.set(Some("Błędna cyfra kontrolna".to_owned()));
    tick().await;
    assert_eq!(input.get_attribute("aria-invalid").as_deref(), Some("true"));
    let described = input.get_attribute("aria-describedby").unwrap();
    for id in described.split(' ') {
        assert!(document().get_element_by_id(id).is_some(), "{id}");
    }
    assert!(place.text_content().unwrap().contains("Błędna cyfra kontrolna"));
}

#[wasm_bindgen_test]
async fn a_refused_form_lists_its_problems_with_links() {
    let sending = Sending::new();
    let place = stage(move || {
        view! { <Summary sending label=|pointer: String| (pointer == "/name").then(|| "Nazwa".to_owned()) /> }
    });
    assert_eq!(count(&place, "[role=alert]"), 0);
    let invalids = zgoda_domain::Invalids::one("/name", Rule::Required).into_vec();
    sending.complain(Failure::Problem(Box::new(Problem::invalid(invalids))));
    tick().await;
    assert_eq!(find::<HtmlElement>(&place, "a").get_attribute("href").as_deref(), Some("#field-name"));
    assert!(place.text_content().unwrap().contains("Nazwa: To pole jest wymagane."));
}

#[wasm_bindgen_test]
async fn a_complaint_goes_once_its_field_is_changed() {
    let sending = Sending::new();
    let (name, city) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let place = stage(move || {
        view! {
            <Summary sending label=|pointer: String| Some(pointer) />
            <TextField label="Nazwa" value=name pointer="/name" problem=sending.problem("/name") />
            <TextField label="Miasto" value=city pointer="/city" problem=sending.problem("/city") />
            <Ticks label="Działy" pointer="/departments">
                <Tick label="Biuro" checked=false on_change=|_| () />
            </Ticks>
        }
    });
    let invalid = |pointer: &str| Invalid { pointer: pointer.to_owned(), rule: Rule::Required };
    sending.complain(Failure::invalid(["/name", "/city", "/departments/0"].map(invalid).to_vec()));
    tick().await;
    assert_eq!(count(&place, "[role=alert] a"), 3);
    let change = async |selector: &str, kind: &str| {
        let init = web_sys::KeyboardEventInit::new();
        init.set_bubbles(true);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict(kind, &init).unwrap();
        find::<HtmlInputElement>(&place, selector).dispatch_event(&event).unwrap();
        tick().await;
    };
    change("#field-name", "input").await;
    assert_eq!(find::<HtmlInputElement>(&place, "#field-name").get_attribute("aria-invalid"), None);
    assert_eq!(find::<HtmlInputElement>(&place, "#field-city").get_attribute("aria-invalid").as_deref(), Some("true"));
    change("[type=checkbox]", "change").await;
    assert_eq!(count(&place, "[role=alert] a"), 1);
    change("#field-city", "input").await;
    assert_eq!(count(&place, "[role=alert]"), 0);
}

#[wasm_bindgen_test]
async fn a_dialog_takes_the_focus_and_gives_it_back() {
    let open = RwSignal::new(false);
    let place = stage(move || {
        view! {
            <button id="opener">"Otwórz"</button>
            <Show when=move || open.get()>
                <Dialog title="Dodaj własne pole" on_close=move |()| open.set(false)>
                    <TextField label="Nazwa" value=RwSignal::new(String::new()) pointer="/dialog-name" />
                </Dialog>
            </Show>
        }
    });
    let opener: HtmlElement = find(&place, "#opener");
    opener.focus().unwrap();
    open.set(true);
    tick().await;
    tick().await;
    assert_eq!(document().active_element().unwrap().id(), "field-dialog-name");
    let dialog: web_sys::HtmlDialogElement = find(&place, "dialog");
    assert!(dialog.open());
    let label = dialog.get_attribute("aria-labelledby").unwrap();
    assert_eq!(document().get_element_by_id(&label).unwrap().text_content().unwrap(), "Dodaj własne pole");
    find::<HtmlElement>(&place, ".dialog__close").click();
    tick().await;
    assert_eq!(count(&place, "dialog"), 0);
    assert_eq!(document().active_element().unwrap().id(), "opener");
}

#[wasm_bindgen_test]
async fn a_radio_with_one_option_is_an_empty_tick_that_can_be_taken_back() {
    let place = stage(|| view! { <FieldPreview field=radio(&["Zgoda na przetwarzanie danych"]) /> });
    assert_eq!(count(&place, "input[type=radio]"), 0);
    let tick_box: HtmlInputElement = find(&place, "input[type=checkbox]");
    assert!(!tick_box.checked());
    tick_box.click();
    assert!(tick_box.checked());
    tick_box.click();
    assert!(!tick_box.checked());
    let two = stage(|| view! { <FieldPreview field=radio(&["Tak", "Nie"]) /> });
    assert_eq!(count(&two, "input[type=radio]"), 2);
}

#[wasm_bindgen_test]
async fn a_checkbox_column_shows_tak_first_and_nie_second() {
    let clicks = |kind: FieldKind| {
        let direction = RwSignal::new(None::<Direction>);
        let place = stage(move || {
            view! {
                <table><thead><tr>
                    <SortHeader label="Umowa" direction first=first_direction(kind) on_sort=move |it| direction.set(Some(it)) />
                </tr></thead></table>
            }
        });
        (place, direction)
    };
    let (place, direction) = clicks(FieldKind::Checkbox);
    let button: HtmlElement = find(&place, "button");
    button.click();
    assert_eq!(direction.get_untracked(), Some(Direction::Desc));
    tick().await;
    assert_eq!(find::<HtmlElement>(&place, "th").get_attribute("aria-sort").as_deref(), Some("descending"));
    button.click();
    assert_eq!(direction.get_untracked(), Some(Direction::Asc));
    let (place, direction) = clicks(FieldKind::ShortText);
    find::<HtmlElement>(&place, "button").click();
    assert_eq!(direction.get_untracked(), Some(Direction::Asc));
}

#[wasm_bindgen_test]
async fn a_menu_opens_chooses_and_closes_by_keyboard() {
    let chosen = RwSignal::new(0);
    let place = stage(move || {
        view! {
            <Menu label=|| "Więcej">
                <MenuItem label="Pierwsza" on_select=move |()| chosen.set(1) />
                <MenuItem label="Druga" on_select=move |()| chosen.set(2) />
            </Menu>
        }
    });
    let button: HtmlElement = find(&place, "button");
    button.click();
    tick().await;
    assert_eq!(button.get_attribute("aria-expanded").as_deref(), Some("true"));
    find::<HtmlElement>(&place, "[role=menuitem]:nth-child(2)").click();
    tick().await;
    assert_eq!(chosen.get_untracked(), 2);
    assert_eq!(count(&place, "[role=menuitem]"), 0);
    button.click();
    tick().await;
    let escape = web_sys::KeyboardEventInit::new();
    escape.set_key("Escape");
    escape.set_bubbles(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &escape).unwrap();
    find::<HtmlElement>(&place, "[role=menuitem]").dispatch_event(&event).unwrap();
    tick().await;
    assert_eq!(count(&place, "[role=menuitem]"), 0);
    assert_eq!(document().active_element().as_ref(), Some(button.unchecked_ref()));
}

#[wasm_bindgen_test]
async fn a_tick_reports_what_it_became() {
    let on = RwSignal::new(false);
    let place = stage(move || view! { <Tick label="Umowa" checked=on on_change=move |it| on.set(it) /> });
    find::<HtmlElement>(&place, "label").click();
    assert!(on.get_untracked());
}

#[wasm_bindgen_test]
fn a_draft_becomes_the_request() {
    let fields = [custom(1, FieldKind::Checkbox), custom(2, FieldKind::Integer), custom(3, FieldKind::MultiSelect)];
    let draft = Draft::new(&fields, &ClientBody::default(), &Restrictions::default(), &[]);
    assert!(!draft.is_changed());
    draft.entry(BuiltinField::Name).unwrap().text.set("Żaneta Łoś".to_owned());
    let texts = ["true", "1 234", "rowery\nżagle"];
    for ((_, entry), text) in draft.custom.iter().zip(texts) {
        entry.text.set(text.to_owned());
    }
    assert!(draft.is_changed());
    let body = draft.read().unwrap();
    assert_eq!(body.details.name.as_deref(), Some("Żaneta Łoś"));
    let expected = BTreeMap::from([
        (field_id(1), json!(true)),
        (field_id(2), json!(1234)),
        (field_id(3), json!(["rowery", "żagle"])),
    ]);
    assert_eq!(body.custom, expected);
}

#[wasm_bindgen_test]
fn a_wrong_draft_names_its_fields() {
    let fields = [custom(1, FieldKind::Integer)];
    let draft = Draft::new(&fields, &ClientBody::default(), &Restrictions::default(), &[]);
    draft.entry(BuiltinField::Email).unwrap().text.set("bez małpy".to_owned());
    draft.custom[0].1.text.set("pięć".to_owned());
    let complaints = draft.read().unwrap_err();
    let pointers: Vec<_> = complaints.into_iter().map(|it| it.pointer).collect();
    assert_eq!(pointers, ["/details/email".to_owned(), format!("/custom/{}", field_id(1))]);
}

#[wasm_bindgen_test]
fn an_international_web_address_is_left_to_the_server() {
    let draft = Draft::new(&[], &ClientBody::default(), &Restrictions::default(), &[]);
    draft.entry(BuiltinField::Name).unwrap().text.set("Żółw".to_owned());
    let website = draft.entry(BuiltinField::Website).unwrap();
    website.text.set("https://żółw.example".to_owned());
    assert!(draft.read().is_ok());
    website.text.set("nie adres".to_owned());
    assert!(draft.read().is_err());
}

#[wasm_bindgen_test]
fn a_newer_version_never_erases_what_was_typed() {
    let card = |city: &str, phone: &str| ClientBody {
        details: ClientInput {
            name: Some("Łoś".to_owned()),
            city: Some(city.to_owned()),
            phone: Some(phone.to_owned()),
            ..ClientInput::default()
        },
        ..ClientBody::default()
    };
    let draft = Draft::new(&[], &card("Kielce", "600100200"), &Restrictions::default(), &[]);
    let (city, phone) = (draft.entry(BuiltinField::City).unwrap(), draft.entry(BuiltinField::Phone).unwrap());
    city.text.set("Łódź".to_owned());
    draft.take_newer(&card("Radom", "700100200"));
    assert_eq!(city.text.get_untracked(), "Łódź");
    assert_eq!(city.theirs.get_untracked().as_deref(), Some("Radom"));
    assert_eq!(phone.text.get_untracked(), "700100200");
    assert_eq!(phone.theirs.get_untracked(), None);
}

#[wasm_bindgen_test]
fn a_consents_column_says_its_channel_in_the_readers_words() {
    let field = CustomField {
        name: "Newsletter (phone)".to_owned(),
        channel: Some(Channel::Phone),
        ..custom(2, FieldKind::Consent)
    };
    assert_eq!(Column::custom(Words::of(Language::Pl), &field).label, "Newsletter (telefon)");
    assert_eq!(Column::custom(Words::of(Language::En), &field).label, "Newsletter (phone)");
}

#[wasm_bindgen_test]
fn never_touched_reads_nie_and_conditions_read_like_sentences() {
    let w = Words::of(Language::Pl);
    assert_eq!(values::shown(w, FieldKind::Checkbox, &json!(null)), "Nie");
    assert_eq!(values::shown(w, FieldKind::Decimal, &json!("89459.93")), "89\u{a0}459,93");
    assert_eq!(values::shown(w, FieldKind::Decimal, &json!("-12.5")), "-12,5");
    assert_eq!(values::shown(w, FieldKind::Integer, &json!(-1_234_567)), "-1\u{a0}234\u{a0}567");
    assert_eq!(values::typed(FieldKind::Decimal, &json!("89459.93")), "89459.93");
    let en = Words::of(Language::En);
    assert_eq!(values::shown(en, FieldKind::Decimal, &json!("89459.93")), "89,459.93");
    assert_eq!(values::shown(en, FieldKind::Integer, &json!(900)), "900");
    assert_eq!(en.decimal("1e5"), "1e5");
    let column = Column::custom(w, &custom(1, FieldKind::Checkbox));
    let condition = filters::condition(&column, Operator::Eq, "false").unwrap();
    assert_eq!(condition.value, json!(false));
    assert_eq!(filters::sentence(w, &[column], &condition), "Umowa: Nie");
    let text = Column::builtin(w, BuiltinField::City);
    assert_eq!(filters::condition(&text, Operator::Eq, " "), Err(Rule::Required));
}

fn client_row(number: u8) -> ClientRow {
    let id = ClientId::generate(DateTime::UNIX_EPOCH, [number; 10]);
    let at = DateTime::UNIX_EPOCH;
    serde_json::from_value(json!({
        "id": id, "version": 1, "kind": "person", "name": format!("Klient {number}"), "custom": {}, "assignment": {},
        "created_at": at, "updated_at": at,
    }))
    .unwrap()
}

#[wasm_bindgen_test]
fn shift_selects_a_range_and_unselects_one() {
    let rows: Vec<ClientRow> = (1..=5).map(client_row).collect();
    let selection = ListState::new().selection;
    let picked = || rows.iter().map(|row| selection.has(row.id)).collect::<Vec<_>>();
    selection.turn(&rows, rows[1].id, false);
    selection.turn(&rows, rows[3].id, true);
    assert_eq!(picked(), [false, true, true, true, false]);
    selection.turn(&rows, rows[1].id, true);
    assert_eq!(picked(), [false, false, false, false, false]);
    selection.turn_page(&rows);
    assert!(selection.has_page(&rows));
    selection.all.set(true);
    selection.turn(&rows, rows[0].id, false);
    assert!(!selection.all.get_untracked(), "one less is not all that match");
    assert_eq!(picked(), [false, true, true, true, true]);
}

#[wasm_bindgen_test]
fn the_name_stands_first_whatever_is_kept_and_moved() {
    let (w, l) = (Words::of(Language::Pl), ListWords::of(Language::Pl));
    let every = table_columns::every(w, l, &[custom(1, FieldKind::Checkbox)], &Restrictions::default());
    let kept = |columns: &[ListColumn]| {
        columns.iter().map(|column| ShownColumn { column: *column, width: None }).collect::<Vec<_>>()
    };
    let city = ListColumn::Field(FieldRef::Builtin(BuiltinField::City));
    let gone = ListColumn::Field(FieldRef::Custom(field_id(9)));
    let shown = |layout: &[ShownColumn]| {
        table_columns::shown(&every, layout).into_iter().map(|(it, _)| it.column).collect::<Vec<_>>()
    };
    assert_eq!(shown(&kept(&[ListColumn::Tags, gone, NAME, city])), [NAME, ListColumn::Tags, city]);
    assert_eq!(shown(&[])[0], NAME);
    let moved = table_columns::moved(kept(&[NAME, ListColumn::Tags, city]), 2, 1);
    assert_eq!(moved, kept(&[NAME, city, ListColumn::Tags]));
    assert_eq!(table_columns::moved(moved.clone(), 2, 0), moved, "nothing stands before the name");
    assert_eq!((table_columns::fitting(3.0), table_columns::fitting(99_999.0)), (40, 1200));
}

#[wasm_bindgen_test]
fn a_filter_differs_by_conditions_columns_and_order_and_no_longer_when_opened_again() {
    let state = ListState::new();
    let none = Restrictions::default();
    assert!(!state.is_changed(&none));
    let filter: SavedFilter = serde_json::from_value(json!({
        "id": "01900000-0000-7000-8000-000000000001", "version": 1, "owner_id": "01900000-0000-7000-8000-000000000002",
        "editable": true,
        "view": {
            "name": "Kielce", "sharing": "personal",
            "filter": [{ "field": "city", "operator": "eq", "value": "Kielce" }],
            "columns": [{ "column": "tags", "width": 120 }],
            "sort": { "field": "city", "direction": "asc" },
        },
    }))
    .unwrap();
    state.open(filter.clone());
    assert!(!state.is_changed(&none));
    state.columns.update(|columns| columns.as_mut().unwrap()[0].width = Some(121));
    assert!(state.is_changed(&none));
    state.open(filter.clone());
    assert!(!state.is_changed(&none));
    state.sort.set(None);
    assert!(state.is_changed(&none));
    state.open(filter.clone());
    state.search.set("Kow".to_owned());
    assert!(state.is_changed(&none));
    state.open(filter);
    assert!(!state.is_changed(&none));
}

#[wasm_bindgen_test]
fn totals_are_exact_or_say_that_there_are_more() {
    let (w, l) = (Words::of(Language::Pl), ListWords::of(Language::Pl));
    assert_eq!(l.total(w, Total::exactly(1235)), "1\u{a0}235 klientów");
    assert_eq!(l.total(w, Total { count: 240_000, exact: false }), "około 240\u{a0}000 klientów");
}

#[wasm_bindgen_test]
fn the_search_box_understands_names_addresses_and_tax_numbers() {
    let fields = |text: &str| {
        filters::search(text, &Restrictions::default())
            .iter()
            .map(|it| (it.field.to_string(), it.operator))
            .collect::<Vec<_>>()
    };
    assert_eq!(fields("zaneta@example.com"), [("email".to_owned(), Operator::Eq)]);
    assert_eq!(fields("123-456-32-18"), [("nip".to_owned(), Operator::Eq)]);
    assert_eq!(fields("Kowal Ja"), [("name".to_owned(), Operator::Contains), ("name".to_owned(), Operator::Contains)]);
    assert_eq!(fields("Ko"), [("name".to_owned(), Operator::Gte), ("name".to_owned(), Operator::Lt)]);
    let bounds = filters::search("ło", &Restrictions::default());
    let (low, high) = (bounds[0].value.as_str().unwrap(), bounds[1].value.as_str().unwrap());
    use zgoda_domain::collation::compare;
    for name in ["Łoś", "łodyga", "ŁOŻYŃSKI"] {
        assert!(compare(low, name).is_le() && compare(name, high).is_lt(), "{name}");
    }
    for name in ["Los", "Luty", "Łąka", "Łup"] {
        assert!(compare(name, low).is_lt() || compare(high, name).is_le(), "{name}");
    }
}

#[wasm_bindgen_test]
fn new_fields_get_keys_of_their_own_and_the_radio_two_options() {
    let w = Words::of(Language::Pl);
    let first = new_field(w, FormFieldKind::Radio, &[]);
    assert_eq!(first.options, ["Opcja 1", "Opcja 2"]);
    let second = new_field(w, FormFieldKind::Radio, std::slice::from_ref(&first));
    assert_ne!(first.key, second.key);
}

#[wasm_bindgen_test]
fn snippets_escape_what_people_typed() {
    let form = zgoda_api_types::forms::PublicForm {
        form_version: zgoda_domain::id::FormVersionId::generate(DateTime::UNIX_EPOCH, [0; 10]),
        title: "\"><script>".to_owned(),
        language: Language::Pl,
        fields: vec![zgoda_api_types::forms::PublicField {
            key: "zgoda".to_owned(),
            kind: FormFieldKind::Radio,
            label: "A & B <b>".to_owned(),
            hint: None,
            required: false,
            options: vec!["Tak \"tak\"".to_owned()],
            file: None,
            wording: None,
            channel: None,
        }],
        submit_label: "Wyślij".to_owned(),
        look: None,
        decoy: "website".to_owned(),
        proof_required: false,
    };
    let html = snippets::html("https://crm.example.com", "abc", &form);
    assert!(html.contains("type=\"checkbox\" name=\"zgoda\" value=\"Tak &quot;tak&quot;\""));
    assert!(html.contains(&format!("name=\"_version\" value=\"{}\"", form.form_version)));
    assert!(html.contains("aria-hidden=\"true\"><input name=\"website\" tabindex=\"-1\" autocomplete=\"off\">"));
    let pinned = snippets::pinned_script("https://crm.example.com", "abc", "/embed/v1.0a.js", "sha384-x");
    assert!(
        pinned.contains("src=\"https://crm.example.com/embed/v1.0a.js\"")
            && pinned.contains("integrity=\"sha384-x\" crossorigin")
    );
    assert!(!snippets::frame("https://crm.example.com", "abc", &form.title).contains("<script"));
    assert!(snippets::script("https://crm.example.com", "abc").contains("data-zgoda-form=\"abc\""));
}

#[wasm_bindgen_test]
fn links_to_the_other_bundle_are_left_to_the_browser() {
    assert_eq!(Page::Login.bundle(), Bundle::Entry);
    assert_eq!(Page::Clients.bundle(), Bundle::App);
    assert_eq!(Page::Jobs.bundle(), Bundle::Data);
    assert_eq!(Page::Forms.bundle(), Bundle::Forms);
    assert_eq!(Page::Submissions.bundle(), Bundle::Data);
    assert_eq!(Page::Imports.bundle(), Bundle::Imports);
    assert_eq!(Page::CustomFields.bundle(), Bundle::Office);
    assert_eq!(Page::Tags.bundle(), Bundle::Office);
    assert_eq!(Page::Staff.bundle(), Bundle::Staff);
    assert_eq!(Page::NewRole.bundle(), Bundle::Staff);
    assert_eq!(Page::Audit.bundle(), Bundle::Privacy);

    // The tests' own page is at the root, which is one of those before signing in.
    route::release_links();
    let place = stage(|| {
        view! {
            <Router>
                <a id="own" href="/login">"Logowanie"</a>
                <a id="other" href="/settings/fields"><span>"Pola"</span></a>
            </Router>
        }
    });
    let taken = RwSignal::new(false);
    // After the router's own listener. The test's page itself must stay where it is.
    let witness = window_event_listener(ev::click, move |event| {
        taken.set(event.default_prevented());
        event.prevent_default();
    });
    find::<HtmlElement>(&place, "#own").click();
    assert!(taken.get_untracked());
    find::<HtmlElement>(&place, "#other span").click();
    assert!(!taken.get_untracked());
    witness.remove();
}

fn role(number: u8, parent_id: Option<RoleId>, definition: RoleDefinition) -> Role {
    let access = Access::resolve([&definition]);
    Role {
        id: RoleId::generate(DateTime::UNIX_EPOCH, [number; 10]),
        version: 1,
        name: format!("rola {number}"),
        template: None,
        parent_id,
        definition,
        effective: Effective {
            rights: access.rights(),
            fields: BTreeMap::new(),
            departments: access.departments(),
            needs_reason: access.needs_reason(),
            needs_second_factor: access.needs_second_factor(),
        },
        grantable: true,
    }
}

fn based_on(parent_id: Option<RoleId>, definition: RoleDefinition) -> RoleBody {
    RoleBody { name: "Rola".to_owned(), parent_id, definition }
}

#[wasm_bindgen_test]
fn what_a_role_does_not_say_is_left_out_of_the_request() {
    let salesperson = RoleTemplate::Salesperson;
    let draft = RoleDraft::new(based_on(Some(salesperson.id()), RoleDefinition::default()));
    assert_eq!(draft.read().unwrap(), based_on(Some(salesperson.id()), RoleDefinition::default()));
    let nip = FieldRef::Builtin(BuiltinField::Nip);
    draft.set_scope(Right::ViewClients, Some(Scope::Department));
    draft.set_scope(Right::ViewForms, Some(Scope::None));
    draft.set_scope(Right::EditClients, Some(Scope::All));
    draft.set_scope(Right::EditClients, None);
    draft.set_restriction(nip, Some(FieldRestriction::Hidden));
    draft.set_departments(Some(DepartmentLimit::OwnAndNone));
    draft.definition.update(|it| it.needs_reason = Some(false));
    let expected = json!({
        "rights": { "view_clients": "department", "view_forms": "none" },
        "fields": { "nip": "hidden" },
        "departments": "own_and_none",
        "needs_reason": false,
    });
    assert_eq!(serde_json::to_value(draft.read().unwrap().definition).unwrap(), expected);
    draft.set_restriction(nip, None);
    assert!(draft.read().unwrap().definition.fields.is_empty());
}

#[wasm_bindgen_test]
fn networks_are_inherited_lifted_or_listed() {
    let draft = RoleDraft::new(based_on(None, RoleDefinition::default()));
    draft.networks.set("10.0.0.0/8\n\n 192.0.2.7 ".to_owned());
    assert_eq!(draft.read().unwrap().definition.networks, None);
    draft.whence.set(Whence::Anywhere);
    assert_eq!(draft.read().unwrap().definition.networks, Some(vec![]));
    draft.whence.set(Whence::Listed);
    let listed = draft.read().unwrap();
    let texts: Vec<_> = listed.definition.networks.iter().flatten().map(ToString::to_string).collect();
    assert_eq!(texts, ["10.0.0.0/8", "192.0.2.7"]);
    // What was read is shown, and read again as it was.
    assert_eq!(RoleDraft::new(listed.clone()).read().unwrap(), listed);
    draft.networks.set("biuro".to_owned());
    assert_eq!(draft.read().unwrap_err().pointer, "/definition/networks");
    assert_eq!(read_networks("1.2.3.4/40", "/networks").unwrap_err().rule, Rule::Malformed);
}

#[wasm_bindgen_test]
fn what_a_role_allows_comes_from_its_whole_chain() {
    let rights = |list: &[(Right, Scope)]| RoleDefinition {
        rights: list.iter().copied().collect(),
        ..RoleDefinition::default()
    };
    let first = role(
        1,
        None,
        RoleDefinition {
            networks: Some(vec!["10.0.0.0/8".parse().unwrap()]),
            ..rights(&[(Right::ViewClients, Scope::Own), (Right::EditClients, Scope::Own)])
        },
    );
    let second = role(2, Some(first.id), rights(&[(Right::ViewForms, Scope::All)]));
    let id = second.id;
    let mut roles = vec![second, first];
    let own = rights(&[(Right::EditClients, Scope::All), (Right::ViewForms, Scope::None)]);
    let access = effective(&roles, Some(id), &own);
    // Nobody edits what they do not see.
    assert_eq!(access.scope(Right::EditClients), Scope::Own);
    assert!(!access.grants(Right::ViewForms));
    assert_eq!(inherited_networks(&roles, Some(id)).len(), 1);
    let lines = rights_words(OfficeWords::of(Language::Pl), &access.rights());
    assert_eq!(lines, [("Klienci", "podgląd (własne), edycja (własne)".to_owned())]);
    // Neither itself nor what is based on it.
    let (first, second) = (roles[1].id, roles[0].id);
    let ids = |of| possible_parents(&roles, of).iter().map(|role| role.id).collect::<Vec<_>>();
    assert_eq!(ids(Some(second)), [first]);
    assert_eq!(ids(Some(first)), []);
    assert_eq!(ids(None).len(), 2);
    // A circle, which the server never makes, does not hang the page.
    roles[1].parent_id = Some(second);
    effective(&roles, Some(first), &RoleDefinition::default());
    possible_parents(&roles, Some(RoleId::generate(DateTime::UNIX_EPOCH, [9; 10])));
}

#[wasm_bindgen_test]
fn what_two_people_change_in_a_role_comes_together() {
    let body = |rights: &[(Right, Scope)], needs_reason| {
        let rights = rights.iter().copied().collect();
        based_on(None, RoleDefinition { rights, needs_reason, ..RoleDefinition::default() })
    };
    let base = body(&[(Right::ViewClients, Scope::Own), (Right::ViewForms, Scope::All)], None);
    let mine = body(&[(Right::ViewClients, Scope::Own), (Right::EditClients, Scope::Own)], Some(true));
    let theirs = RoleBody {
        name: "Inna nazwa".to_owned(),
        ..body(
            &[(Right::ViewClients, Scope::All), (Right::ViewForms, Scope::All), (Right::ViewAudit, Scope::All)],
            None,
        )
    };
    let merged = merge(&base, &mine, &theirs);
    assert_eq!(merged.name, "Inna nazwa");
    assert_eq!(merged.definition.needs_reason, Some(true));
    let expected = [(Right::ViewClients, Scope::All), (Right::EditClients, Scope::Own), (Right::ViewAudit, Scope::All)];
    assert_eq!(merged.definition.rights, expected.into());
    assert_eq!(merge(&base, &base, &theirs), theirs);
    assert_eq!(merge(&base, &mine, &base), mine);
}

#[wasm_bindgen_test]
fn a_key_comes_with_a_call_that_it_allows() {
    let lists = snippet::curl("https://crm.example.com", "zgoda_abc", &[(Right::ViewClients, Scope::Own)].into());
    assert!(lists.contains("/api/v1/clients/search") && lists.contains("Bearer zgoda_abc"));
    let asks = snippet::curl("https://crm.example.com", "zgoda_abc", &[(Right::ViewForms, Scope::All)].into());
    assert!(asks.contains("/api/v1/session"));
}

#[wasm_bindgen_test]
async fn a_page_may_say_a_complaint_in_words_of_its_own() {
    let sending = Sending::explaining(|it| (it.rule == Rule::Contradiction).then(|| "Odetniesz się.".to_owned()));
    let place = stage(move || {
        let label = |pointer: String| (pointer == "/networks").then(|| "Sieci".to_owned());
        view! {
            <Summary sending label />
            <TextField label="Sieci" value=RwSignal::new(String::new()) pointer="/networks" problem=sending.problem("/networks") />
        }
    });
    let mut invalids = zgoda_domain::Invalids::one("/networks", Rule::Contradiction);
    invalids.add("", Rule::BeyondOwnRights);
    sending.complain(Failure::invalid(invalids.into_vec()));
    tick().await;
    assert_eq!(place.text_content().unwrap().matches("Odetniesz się.").count(), 2);
    assert_eq!(find::<HtmlElement>(&place, "input").get_attribute("aria-invalid").as_deref(), Some("true"));
}

fn builtin(field: BuiltinField) -> FieldRef {
    FieldRef::Builtin(field)
}

fn restrictions() -> Restrictions {
    use FieldRestriction::{Hidden, Masked, ReadOnly};
    Restrictions(BTreeMap::from([
        (builtin(BuiltinField::Nip), Hidden),
        (builtin(BuiltinField::Phone), Masked),
        (builtin(BuiltinField::Name), ReadOnly),
        (FieldRef::Custom(field_id(1)), Masked),
        (FieldRef::Custom(field_id(2)), ReadOnly),
    ]))
}

#[wasm_bindgen_test]
fn what_a_role_keeps_is_shown_as_far_as_it_may_be_and_never_sent() {
    let fields = [custom(1, FieldKind::Checkbox), custom(2, FieldKind::Integer), custom(3, FieldKind::ShortText)];
    let details = ClientInput { name: Some("Łoś".to_owned()), ..ClientInput::default() };
    let saved = ClientBody { details, custom: BTreeMap::from([(field_id(2), json!(7)), (field_id(3), json!("A"))]) };
    let masked = [FieldRef::Custom(field_id(1))];
    let draft = Draft::new(&fields, &saved, &restrictions(), &masked);
    assert!(draft.entry(BuiltinField::Nip).is_none());
    let phone = draft.entry(BuiltinField::Phone).unwrap();
    assert_eq!((phone.fixed, phone.text.get_untracked().as_str()), (Fixed::Masked, ""));
    let name = draft.entry(BuiltinField::Name).unwrap();
    assert_eq!((name.fixed, name.text.get_untracked().as_str()), (Fixed::ReadOnly, "Łoś"));
    assert_eq!(draft.custom[0].1.text.get_untracked(), "•••");
    assert!(!draft.is_changed());
    // The name is not sent, and not missed.
    let body = draft.read().unwrap();
    assert_eq!((body.details.name, body.details.phone), (None, None));
    assert_eq!(body.custom, BTreeMap::from([(field_id(3), json!("A"))]));
    // Somebody else's newer version changes nothing about it.
    draft.take_newer(&ClientBody::default());
    assert_eq!(draft.custom[0].1.text.get_untracked(), "•••");
    assert_eq!(draft.custom[0].1.theirs.get_untracked(), None);
}

#[wasm_bindgen_test]
fn lists_offer_only_what_a_role_shows() {
    let w = Words::of(Language::Pl);
    let fields = [custom(1, FieldKind::Checkbox), custom(2, FieldKind::Integer)];
    let columns = columns::available(w, &fields, &restrictions());
    let sortable = |field| columns.iter().find(|column| column.field == field).map(|column| column.sortable);
    assert_eq!(sortable(builtin(BuiltinField::Nip)), None);
    assert_eq!(sortable(builtin(BuiltinField::Phone)), Some(false));
    assert_eq!(sortable(FieldRef::Custom(field_id(1))), Some(false));
    assert_eq!(sortable(FieldRef::Custom(field_id(2))), Some(true));
    let filters: Vec<_> = columns::filterable(w, &fields, &restrictions()).into_iter().map(|it| it.field).collect();
    for kept in [builtin(BuiltinField::Nip), builtin(BuiltinField::Phone), FieldRef::Custom(field_id(1))] {
        assert!(!filters.contains(&kept), "{kept}");
    }
    assert!(filters.contains(&FieldRef::Custom(field_id(2))) && filters.contains(&builtin(BuiltinField::Name)));
    // What looks like a tax number is a name to whoever may not ask for tax numbers.
    let asked = filters::search("123-456-32-18", &restrictions());
    assert!(asked.iter().all(|condition| condition.field == builtin(BuiltinField::Name)));
}

#[wasm_bindgen_test]
fn who_types_is_reported_once_a_minute_and_who_leaves_is_locked_out() {
    const MINUTE: f64 = 60_000.0;
    let idle = 15.0 * MINUTE;
    let mut watch = Watch::new(0.0);
    let mut reports = 0;
    // Half an hour of typing, looked at every five seconds.
    for second in 1..=1_800 {
        let now = f64::from(second) * 1_000.0;
        watch.input(now);
        if second % 5 == 0 {
            match watch.due(now, idle) {
                Due::Report => reports += 1,
                due => assert_eq!(due, Due::Nothing),
            }
        }
    }
    assert_eq!(reports, 30);
    // Nobody is there: the server is only asked, until the time is over to the second.
    let left = 30.0 * MINUTE;
    assert_eq!(watch.due(left + MINUTE, idle), Due::Look);
    assert_eq!(watch.due(left + MINUTE + 5_000.0, idle), Due::Nothing);
    assert!(!watch.is_over(left + idle - 1.0, idle));
    assert_eq!(watch.due(left + idle, idle), Due::Lock);
    // A short time needs reports that are closer together.
    let mut watch = Watch::new(0.0);
    watch.input(10_000.0);
    assert_eq!(watch.due(14_000.0, MINUTE), Due::Nothing);
    assert_eq!(watch.due(15_000.0, MINUTE), Due::Report);
}

#[wasm_bindgen_test]
fn one_tab_speaks_for_all() {
    let idle = 900_000.0;
    let (mut here, mut there) = (Watch::new(0.0), Watch::new(0.0));
    here.input(70_000.0);
    assert!(here.tells(72_000.0));
    assert!(!here.tells(77_000.0));
    there.heard(72_000.0);
    // The other tab stays open as long, reports nothing, and does not tell it back.
    assert!(!there.tells(75_000.0));
    assert_ne!(there.due(140_000.0, idle), Due::Report);
    assert!(!there.is_over(900_000.0, idle));
}
