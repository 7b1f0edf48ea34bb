//! The form editor's own logic and parts in a real browser: `scripts/wasm-tests`.
#![cfg(target_arch = "wasm32")]

use chrono::DateTime;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use zgoda_api_types::consents::{Purpose, Wording};
use zgoda_domain::{
    consent::{Channel, Language, LawfulBasis},
    form::{ConsentItem, Ending, FormDefinition, FormField, FormFieldKind, Mapping},
    id::{PurposeId, WordingId},
};
use zgoda_frontend::{
    features::forms::{
        arrange::{self, Change},
        contrast::{BLACK, Colour, MARK, TEXT, WHITE},
        history::{History, MAX_STEPS},
        new_field,
        places::Place,
    },
    words::{FormsWords, Words},
};

wasm_bindgen_test_configure!(run_in_browser);

fn words() -> &'static Words {
    Words::of(Language::Pl)
}

/// A form whose fields have these keys.
fn form(keys: &[&str]) -> FormDefinition {
    let field = |key: &&str| FormField {
        key: (*key).to_owned(),
        label: (*key).to_uppercase(),
        ..new_field(words(), FormFieldKind::ShortText, &[])
    };
    FormDefinition { fields: keys.iter().map(field).collect(), ..FormDefinition::blank("Kontakt", Language::Pl) }
}

fn keys(form: &FormDefinition) -> String {
    form.fields.iter().map(|field| field.key.as_str()).collect()
}

#[wasm_bindgen_test]
fn a_field_goes_into_the_gap_and_nowhere_else() {
    // Gap 0 is before `a`, gap 3 after `c`; a field's own two gaps change nothing.
    for (key, gap, expected) in [
        ("a", 0, "abc"),
        ("a", 1, "abc"),
        ("a", 2, "bac"),
        ("a", 3, "bca"),
        ("b", 0, "bac"),
        ("b", 3, "acb"),
        ("c", 0, "cab"),
        ("c", 1, "acb"),
        ("c", 3, "abc"),
        ("c", 9, "abc"),
        ("x", 0, "abc"),
    ] {
        let mut it = form(&["a", "b", "c"]);
        let changed = arrange::move_to_gap(&mut it, key, gap);
        assert_eq!((keys(&it).as_str(), changed), (expected, expected != "abc"), "{key} into {gap}");
    }
    let mut it = form(&["a", "b", "c"]);
    assert!(!arrange::shift(&mut it, "a", false) && !arrange::shift(&mut it, "c", true));
    assert!(arrange::shift(&mut it, "a", true) && arrange::shift(&mut it, "c", false));
    assert_eq!(keys(&it), "bca");
}

#[wasm_bindgen_test]
fn the_pointer_names_a_gap_and_scrolls_at_the_edges() {
    let middles = [20.0, 60.0, 100.0];
    for (y, gap) in [(-5.0, 0), (19.0, 0), (21.0, 1), (61.0, 2), (99.0, 2), (400.0, 3)] {
        assert_eq!(arrange::gap_at(&middles, y), gap, "{y}");
    }
    assert_eq!(arrange::gap_at(&[], 10.0), 0);
    assert_eq!(arrange::scroll_step(400.0, 800.0), 0.0);
    assert!(arrange::scroll_step(5.0, 800.0) < arrange::scroll_step(50.0, 800.0));
    assert!(arrange::scroll_step(50.0, 800.0) < 0.0 && arrange::scroll_step(795.0, 800.0) > 0.0);
}

#[wasm_bindgen_test]
fn copies_have_keys_of_their_own_and_take_no_fields_target() {
    let mut it = form(&["email", "email_2"]);
    it.fields[0].target = "email".parse().ok();
    assert!(it.fields[0].target.is_some());
    assert_eq!(arrange::duplicate(&mut it, "email").as_deref(), Some("email_3"));
    assert_eq!(it.fields.iter().map(|field| field.key.as_str()).collect::<Vec<_>>(), ["email", "email_3", "email_2"]);
    assert_eq!((&it.fields[1].label, it.fields[1].target), (&"EMAIL".to_owned(), None));
    let long = "a".repeat(40);
    let taken = form(&[&long]).fields;
    let free = arrange::free_key(&long, &taken);
    assert!(free != long && free.len() <= 40, "{free}");
}

#[wasm_bindgen_test]
fn endings_follow_their_field() {
    let ending = |field: &str| Ending {
        field: field.to_owned(),
        answer: "true".to_owned(),
        thank_you: "Dziękujemy".to_owned(),
        redirect_url: None,
    };
    let mut it = form(&["a", "b"]);
    it.endings = vec![ending("a"), ending("b")];
    assert!(!arrange::rename(&mut it, "a", "b"), "taken");
    assert!(arrange::rename(&mut it, "a", "news"));
    assert_eq!((it.endings[0].field.as_str(), it.endings[1].field.as_str()), ("news", "b"));
    assert_eq!(arrange::remove(&mut it, "news").as_deref(), Some("b"));
    assert_eq!(it.endings, [ending("b")]);
    assert_eq!(arrange::remove(&mut it, "b"), None, "nothing is left to go on with");
    assert!(it.endings.is_empty());
}

fn wording(number: u8, language: Language, channel: Option<Channel>) -> Wording {
    Wording {
        id: WordingId::generate(DateTime::UNIX_EPOCH, [number; 10]),
        language,
        channel,
        version: i32::from(number),
        text: "Zgadzam się.".to_owned(),
        sha256: String::new(),
        live_consents: None,
        created_at: DateTime::UNIX_EPOCH,
    }
}

#[wasm_bindgen_test]
fn each_channel_gets_a_tick_of_its_own_that_is_free() {
    let purpose = Purpose {
        id: PurposeId::generate(DateTime::UNIX_EPOCH, [9; 10]),
        version: 1,
        name: "Newsletter".to_owned(),
        basis: LawfulBasis::Consent,
        is_marketing: true,
        channels: vec![Channel::Email, Channel::Sms, Channel::Phone],
        validity_days: None,
        parent_id: None,
        double_opt_in: false,
        retired_at: None,
        wordings: vec![
            wording(4, Language::En, None),
            wording(3, Language::Pl, None),
            wording(2, Language::Pl, Some(Channel::Sms)),
        ],
        live_consents: 0,
        asked_by: Vec::new(),
        created_at: DateTime::UNIX_EPOCH,
    };
    let best = |language, channel| arrange::best_wording(&purpose.wordings, language, channel);
    assert_eq!(best(Language::Pl, Channel::Sms), Some(purpose.wordings[2].id), "the channel's own");
    assert_eq!(best(Language::Pl, Channel::Email), Some(purpose.wordings[1].id), "the form's language");
    assert_eq!(best(Language::En, Channel::Email), Some(purpose.wordings[0].id));
    assert_eq!(arrange::best_wording(&purpose.wordings[2..], Language::Pl, Channel::Email), None, "another channel's");

    let mut it = form(&["a", "z"]);
    it.fields[0].kind = FormFieldKind::Consent;
    let asked = ConsentItem { purpose_id: purpose.id, channel: Channel::Email, wording_id: purpose.wordings[1].id };
    it.fields[0].consent = Some(asked);
    assert_eq!(arrange::one_tick_per_channel(words(), &mut it, "a", &purpose), 2);
    let seen: Vec<_> = it.fields.iter().map(|field| field.consent.map(|item| item.channel)).collect();
    assert_eq!(seen, [Some(Channel::Email), Some(Channel::Sms), Some(Channel::Phone), None]);
    assert!(it.fields.iter().all(|field| !field.required));
    assert_eq!(it.fields[1].consent.map(|item| item.wording_id), Some(purpose.wordings[2].id));
    assert_ne!(it.fields[1].label, it.fields[2].label);
    assert_eq!(arrange::one_tick_per_channel(words(), &mut it, "a", &purpose), 0, "once is enough");
}

#[wasm_bindgen_test]
fn differences_are_named_field_by_field() {
    let before = form(&["a", "b", "c", "d"]);
    assert_eq!(arrange::changes(&before, &before), []);
    // One field that went to the top is one that moved.
    let mut after = before.clone();
    arrange::move_to_gap(&mut after, "d", 0);
    assert_eq!(arrange::changes(&before, &after), [Change::Moved("D".to_owned())]);
    let mut after = form(&["a", "b", "d", "e"]);
    after.fields[1].required = true;
    after.mapping = Mapping::Client;
    let expected = [
        Change::Changed("B".to_owned()),
        Change::Added("E".to_owned()),
        Change::Removed("C".to_owned()),
        Change::Settings,
    ];
    assert_eq!(arrange::changes(&before, &after), expected);
}

/// A history as the editor keeps it.
struct Desk {
    now: FormDefinition,
    history: History,
}

impl Desk {
    fn change(&mut self, change: impl FnOnce(&mut FormDefinition)) {
        let before = self.now.clone();
        change(&mut self.now);
        self.history.note(before, &self.now);
    }

    fn undo(&mut self) -> bool {
        let found = self.history.undo(self.now.clone());
        found.map(|it| self.now = it).is_some()
    }

    fn redo(&mut self) -> bool {
        let found = self.history.redo(self.now.clone());
        found.map(|it| self.now = it).is_some()
    }
}

#[wasm_bindgen_test]
fn a_word_is_one_step_and_every_choice_one_of_its_own() {
    let mut desk = Desk { now: form(&["a", "b"]), history: History::default() };
    for text in ["N", "Na", "Naz"] {
        desk.change(|it| it.fields[0].label = text.to_owned());
    }
    for text in ["p", "po"] {
        desk.change(|it| it.fields[0].hint = Some(text.to_owned()));
    }
    desk.change(|it| it.fields[0].required = true);
    desk.change(|it| it.fields[0].required = false);
    desk.change(|it| assert!(arrange::shift(it, "a", true)));
    let whole = desk.now.clone();
    let mut steps = 0;
    while desk.undo() {
        steps += 1;
    }
    assert_eq!((steps, &desk.now), (5, &form(&["a", "b"])), "label, hint, two ticks, order");
    while desk.redo() {}
    assert_eq!(desk.now, whole);
    // Typing after an undo is a step of its own, and ends what could be redone.
    assert!(desk.undo());
    desk.change(|it| it.title = "K".to_owned());
    assert!(!desk.redo() && desk.undo());
    assert_eq!(desk.now.title, "Kontakt");
}

#[wasm_bindgen_test]
fn the_history_is_bounded() {
    let mut desk = Desk { now: form(&[]), history: History::default() };
    for number in 0..MAX_STEPS + 5 {
        desk.change(|it| it.quota = u32::try_from(number + 1).ok());
        desk.change(|it| it.strict = !it.strict);
    }
    let mut steps = 0;
    while desk.undo() {
        steps += 1;
    }
    assert_eq!(steps, MAX_STEPS);
    assert!(desk.now.quota.is_some(), "the oldest were let go");
}

#[wasm_bindgen_test]
fn contrast_is_that_of_wcag() {
    let of = |text: &str| Colour::parse(text).unwrap();
    assert!((WHITE.contrast(BLACK) - 21.0).abs() < 0.001);
    // The known borderline greys: 4.54 and 4.48 on white.
    assert!(of("#767676").contrast(WHITE) >= TEXT && of("#777777").contrast(WHITE) < TEXT);
    assert!(of("#f5d000").contrast(WHITE) < MARK);
    assert_eq!((of("#f5d000").text(), of("#2c55d4").text()), (BLACK, WHITE));
    for bad in ["", "#fff", "2c55d4", "#2c55dg", "#2c55d4ff", "#ąęćó"] {
        assert_eq!(Colour::parse(bad), None, "{bad}");
    }
    let f = FormsWords::of(Language::Pl);
    assert!(f.ratio("Biały", 4.48, false).contains("4,4:1"), "never rounded up");
}

#[wasm_bindgen_test]
fn a_complaint_leads_to_its_control() {
    let it = form(&["a", "b"]);
    let field = |control: &str| Place::Field { key: "b".to_owned(), control: control.to_owned() };
    for (pointer, expected) in [
        ("/definition/fields/1/options/3", field("field-field-options")),
        ("/fields/1/required", field("field-field-required")),
        ("/fields/1", field("field-field-label")),
        ("/fields/1/consent/purpose_id", field("field-field-consent")),
        ("/fields/1/consent/wording_id", field("field-field-consent-wording_id")),
        ("/fields/1/file/types/0", field("field-field-file-types")),
        ("/definition/fields", Place::Fields),
        ("/name", Place::Name),
        ("/definition/closes_at", Place::Setting("field-closes_at".to_owned())),
        ("/definition/endings/0/answer", Place::Setting("field-endings-0-answer".to_owned())),
        ("/definition/allowed_origins/2", Place::Setting("field-allowed_origins".to_owned())),
    ] {
        assert_eq!(Place::of(pointer, &it), expected, "{pointer}");
    }
}

#[wasm_bindgen_test]
fn every_text_of_the_editor_is_there_in_both_languages() {
    for language in Language::ALL {
        let f = FormsWords::of(*language);
        for (key, text) in f.all() {
            assert!(!text.trim().is_empty(), "{key}");
        }
        assert!(FormFieldKind::ALL.iter().all(|kind| !f.about_kind(*kind).is_empty()));
        let place = f.field_place("Imię", 2, 5);
        assert!(
            place.contains("Imię") && place.contains('2') && place.contains('5') && !place.contains("{}"),
            "{place}"
        );
    }
}
