//! How a form behaves around its fields: when it takes answers, how it ends, which mails it causes, how it looks.

use crate::{
    email::EmailAddress,
    form::{Appearance, Ending, FormDefinition, FormField, FormFieldKind, Mapping, Reply, has_plain_host},
    rule::{Invalids, Rule},
    submission::Answers,
    text::{LongText, ShortText},
};
use chrono::{DateTime, Utc};
use url::Url;

/// Most endings of a form.
pub const MAX_ENDINGS: usize = 20;
/// Most mailboxes that are told of submissions.
pub const MAX_NOTIFY: usize = 10;

/// Whether a form takes answers at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// It will, from then on.
    NotYet(DateTime<Utc>),
    Open,
    Over,
}

impl FormDefinition {
    /// From `opens_at` on, and before `closes_at`.
    pub fn window(&self, now: DateTime<Utc>) -> Window {
        match (self.opens_at, self.closes_at) {
            (_, Some(end)) if now >= end => Window::Over,
            (Some(begin), _) if now < begin => Window::NotYet(begin),
            _ => Window::Open,
        }
    }

    /// The thank-you text and the address to go to instead, for these answers.
    pub fn ending(&self, answers: &Answers) -> (&str, Option<&str>) {
        let fits = |ending: &&Ending| answers.get(&ending.field) == Some(&ending.answer);
        match self.endings.iter().find(fits) {
            Some(ending) => (&ending.thank_you, ending.redirect_url.as_deref()),
            None => (&self.thank_you, self.redirect_url.as_deref()),
        }
    }

    /// The field with the visitor's address, for a mail to them: the card's, else the first that asks for one.
    pub fn reply_field(&self) -> Option<&FormField> {
        self.address_field()
            .filter(|field| field.kind == FormFieldKind::Email)
            .or_else(|| self.fields.iter().find(|field| field.kind == FormFieldKind::Email))
    }

    pub fn file_fields(&self) -> impl Iterator<Item = &FormField> {
        self.fields.iter().filter(|field| field.kind == FormFieldKind::File)
    }

    pub(crate) fn check_conduct(&self, invalids: &mut Invalids) {
        if let (Some(begin), Some(end)) = (self.opens_at, self.closes_at)
            && begin >= end
        {
            invalids.add("/closes_at", Rule::Contradiction);
        }
        if self.quota == Some(0) {
            invalids.add("/quota", Rule::OutOfRange);
        }
        if self.endings.len() > MAX_ENDINGS {
            invalids.add("/endings", Rule::TooMany { max: MAX_ENDINGS });
        }
        for (at, ending) in self.endings.iter().enumerate() {
            let mut inner = ending.check(self);
            let same = |earlier: &Ending| earlier.field == ending.field && earlier.answer == ending.answer;
            if self.endings.iter().take(at).any(same) {
                inner.add("/answer", Rule::Duplicate);
            }
            invalids.nest(&format!("/endings/{at}"), inner);
        }
        if let Some(reply) = &self.reply {
            invalids.nest("/reply", reply.check());
        }
        self.check_notify(invalids);
        if let Some(accent) = &self.appearance.accent
            && rgb(accent).is_none()
        {
            invalids.add("/appearance/accent", Rule::Malformed);
        }
    }

    /// What has to be there before visitors see the form.
    pub(crate) fn check_conduct_complete(&self, invalids: &mut Invalids) {
        if self.reply.is_some() && self.reply_field().is_none() {
            invalids.add("/reply", Rule::EmailFieldNeeded);
        }
        if self.mapping == Mapping::Email && self.notify.is_empty() {
            invalids.add("/notify", Rule::Required);
        }
    }

    fn check_notify(&self, invalids: &mut Invalids) {
        if self.notify.len() > MAX_NOTIFY {
            invalids.add("/notify", Rule::TooMany { max: MAX_NOTIFY });
        }
        let mut seen = Vec::new();
        for (at, raw) in self.notify.iter().enumerate() {
            match EmailAddress::parse(raw) {
                Err(rule) => invalids.add(format!("/notify/{at}"), rule),
                Ok(address) => {
                    let normalised = address.normalised();
                    if seen.contains(&normalised) {
                        invalids.add(format!("/notify/{at}"), Rule::Duplicate);
                    }
                    seen.push(normalised);
                }
            }
        }
    }
}

impl Ending {
    fn check(&self, form: &FormDefinition) -> Invalids {
        let mut invalids = Invalids::default();
        match form.fields.iter().find(|field| field.key == self.field) {
            None => invalids.add("/field", Rule::Unknown),
            Some(field) => match field.kind {
                FormFieldKind::Select | FormFieldKind::Radio if !field.options.contains(&self.answer) => {
                    invalids.add("/answer", Rule::Unknown);
                }
                FormFieldKind::Checkbox | FormFieldKind::Consent if self.answer != "true" => {
                    invalids.add("/answer", Rule::Unknown);
                }
                FormFieldKind::Select | FormFieldKind::Radio | FormFieldKind::Checkbox | FormFieldKind::Consent => {}
                _ => invalids.add("/field", Rule::WrongKind),
            },
        }
        match &self.redirect_url {
            Some(url) if !is_https(url) => invalids.add("/redirect_url", Rule::Malformed),
            Some(_) if self.thank_you.trim().is_empty() => {}
            _ => {
                invalids.take("/thank_you", LongText::parse(&self.thank_you));
            }
        }
        invalids
    }
}

impl Reply {
    fn check(&self) -> Invalids {
        let mut invalids = Invalids::default();
        // Nothing is filled in: a visitor's words never reach a mailbox that may be somebody else's.
        let fixed =
            |text: &str| if text.contains("{{") || text.contains("}}") { Err(Rule::Placeholder) } else { Ok(()) };
        invalids.take("/subject", ShortText::parse(&self.subject).and_then(|_| fixed(&self.subject)));
        invalids.take("/text", LongText::parse(&self.text).and_then(|_| fixed(&self.text)));
        invalids
    }
}

/// Whether a visitor may be sent on to an address.
pub(crate) fn is_https(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.scheme() == "https" && has_plain_host(&url))
}

/// Text on the accent's ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnAccent {
    Black,
    White,
}

impl OnAccent {
    /// As it stands in a style sheet.
    pub const fn css(self) -> &'static str {
        match self {
            Self::Black => "#000000",
            Self::White => "#ffffff",
        }
    }
}

impl Appearance {
    /// The accent as it stands in a style sheet, and the colour of text on it that differs more: one of the two always
    /// reaches 4.5 : 1 (WCAG 2.2, 1.4.3). `None` without an accent, or with one that is no colour.
    pub fn accent(&self) -> Option<(&str, OnAccent)> {
        let accent = self.accent.as_deref()?;
        let luminance = luminance(rgb(accent)?);
        let on = if contrast(luminance, 0.0) > contrast(1.0, luminance) { OnAccent::Black } else { OnAccent::White };
        Some((accent, on))
    }
}

/// `#rrggbb` in lower case.
fn rgb(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    if !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = value.to_be_bytes();
    Some([red, green, blue])
}

/// Relative luminance (WCAG 2.2).
fn luminance(rgb: [u8; 3]) -> f64 {
    let [red, green, blue] = rgb.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Contrast ratio (WCAG 2.2) of two luminances.
fn contrast(lighter: f64, darker: f64) -> f64 {
    (lighter + 0.05) / (darker + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consent::Language,
        field_ref::FieldRef,
        file::FileType,
        form::{FILE_BYTES_MAX, FileRules, FormContext, MAX_FILES},
    };
    use chrono::TimeDelta;
    use proptest::prelude::*;

    const NOTHING: FormContext<'_> = FormContext { custom_fields: &[], purposes: &[], wordings: &[] };

    fn field(key: &str, kind: FormFieldKind) -> FormField {
        FormField {
            key: key.into(),
            kind,
            label: "Pole".into(),
            hint: None,
            required: false,
            options: if kind.has_options() { vec!["Tak".into(), "Nie".into()] } else { vec![] },
            target: None,
            consent: None,
            file: (kind == FormFieldKind::File).then(FileRules::default),
        }
    }

    fn form(fields: Vec<FormField>) -> FormDefinition {
        FormDefinition {
            fields,
            submit_label: "Wyślij".into(),
            thank_you: "Dziękujemy".into(),
            ..FormDefinition::blank("Zapisy", Language::Pl)
        }
    }

    fn ending(field: &str, answer: &str) -> Ending {
        Ending { field: field.into(), answer: answer.into(), thank_you: "Do zobaczenia".into(), redirect_url: None }
    }

    #[track_caller]
    fn refused(form: &FormDefinition, pointer: &str, rule: Rule) {
        assert_eq!(form.check(&NOTHING), Err(Invalids::one(pointer, rule)));
    }

    fn moment(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    proptest! {
        #[test]
        fn a_window_is_sound_if_it_opens_before_it_closes(begin in 0i64..1000, end in 0i64..1000, now in 0i64..1000) {
            let form = FormDefinition { opens_at: Some(moment(begin)), closes_at: Some(moment(end)), ..form(vec![]) };
            let sound = form.check(&NOTHING).is_ok();
            prop_assert_eq!(sound, begin < end);
            if sound {
                let expected = match now {
                    now if now < begin => Window::NotYet(moment(begin)),
                    now if now < end => Window::Open,
                    _ => Window::Over,
                };
                prop_assert_eq!(form.window(moment(now)), expected);
            }
        }

        #[test]
        fn text_on_any_accent_is_readable(value in 0u32..0x0100_0000) {
            let accent = format!("#{value:06x}");
            let look = Appearance { accent: Some(accent.clone()), ..Appearance::default() };
            let (css, on) = look.accent().unwrap();
            prop_assert_eq!(css, &accent);
            let ground = luminance(rgb(&accent).unwrap());
            let ratio = match on {
                OnAccent::Black => contrast(ground, 0.0),
                OnAccent::White => contrast(1.0, ground),
            };
            prop_assert!(ratio >= 4.5, "{} {}", accent, ratio);
        }

        #[test]
        fn only_a_plain_colour_is_an_accent(text in "\\PC{0,9}|#[0-9a-fA-F]{3,8}") {
            let good = text.len() == 7 && text.starts_with('#')
                && text.chars().skip(1).all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
            let mut form = form(vec![]);
            form.appearance.accent = Some(text);
            prop_assert_eq!(form.check(&NOTHING).is_ok(), good);
            prop_assert_eq!(form.appearance.accent().is_some(), good);
        }

        #[test]
        fn the_first_ending_that_fits_is_taken(answer in "(Tak|Nie|)", tick in any::<bool>()) {
            let mut form = form(vec![field("come", FormFieldKind::Radio), field("lunch", FormFieldKind::Checkbox)]);
            form.endings = vec![ending("come", "Nie"), ending("lunch", "true")];
            form.endings[0].thank_you = "Szkoda".into();
            prop_assert!(form.check(&NOTHING).is_ok());
            let mut answers = Answers::new();
            if !answer.is_empty() { answers.insert("come".into(), answer.clone()); }
            if tick { answers.insert("lunch".into(), "true".into()); }
            let expected = if answer == "Nie" { "Szkoda" } else if tick { "Do zobaczenia" } else { "Dziękujemy" };
            prop_assert_eq!(form.ending(&answers), (expected, None));
        }
    }

    #[test]
    fn a_quota_is_at_least_one() {
        refused(&FormDefinition { quota: Some(0), ..form(vec![]) }, "/quota", Rule::OutOfRange);
        assert_eq!(FormDefinition { quota: Some(1), ..form(vec![]) }.check(&NOTHING), Ok(()));
    }

    #[test]
    fn an_ending_names_an_answer_that_can_be_given() {
        let fields = vec![
            field("come", FormFieldKind::Select),
            field("lunch", FormFieldKind::Checkbox),
            field("name", FormFieldKind::ShortText),
        ];
        let with = |ending| FormDefinition { endings: vec![ending], ..form(fields.clone()) };
        refused(&with(ending("gone", "Tak")), "/endings/0/field", Rule::Unknown);
        refused(&with(ending("name", "Tak")), "/endings/0/field", Rule::WrongKind);
        refused(&with(ending("come", "Może")), "/endings/0/answer", Rule::Unknown);
        refused(&with(ending("lunch", "false")), "/endings/0/answer", Rule::Unknown);
        refused(
            &with(Ending { thank_you: " ".into(), ..ending("come", "Tak") }),
            "/endings/0/thank_you",
            Rule::Required,
        );
        let sent_on = |url: &str| {
            with(Ending { thank_you: String::new(), redirect_url: Some(url.into()), ..ending("come", "Tak") })
        };
        refused(&sent_on("http://example.com/"), "/endings/0/redirect_url", Rule::Malformed);
        refused(&sent_on("javascript:alert(1)"), "/endings/0/redirect_url", Rule::Malformed);
        assert_eq!(sent_on("https://example.com/").check(&NOTHING), Ok(()));
        let twice = FormDefinition { endings: vec![ending("come", "Tak"), ending("come", "Tak")], ..form(fields) };
        refused(&twice, "/endings/1/answer", Rule::Duplicate);
    }

    #[test]
    fn a_reply_is_fixed_text_and_needs_an_address() {
        let reply = |subject: &str, text: &str| {
            let reply = Some(Reply { subject: subject.into(), text: text.into() });
            FormDefinition { reply, ..form(vec![field("name", FormFieldKind::ShortText)]) }
        };
        refused(&reply("Jeden\nDwa", "Tekst"), "/reply/subject", Rule::ControlCharacters);
        refused(&reply("Dzień dobry {{name}}", "Tekst"), "/reply/subject", Rule::Placeholder);
        refused(&reply("Dzień dobry", ""), "/reply/text", Rule::Required);
        let mut form = reply("Dzień dobry", "Odpiszemy.\nDo zobaczenia.");
        assert_eq!(form.check(&NOTHING), Ok(()));
        assert_eq!(form.check_complete(&NOTHING), Err(Invalids::one("/reply", Rule::EmailFieldNeeded)));
        form.fields.push(field("mail", FormFieldKind::Email));
        assert_eq!(form.check_complete(&NOTHING), Ok(()));
    }

    #[test]
    fn mailboxes_of_staff_are_addresses_few_and_different() {
        let told = |notify: &[&str]| {
            let notify = notify.iter().map(|text| (*text).to_owned()).collect();
            FormDefinition { notify, ..form(vec![field("name", FormFieldKind::ShortText)]) }
        };
        refused(&told(&["biuro"]), "/notify/0", Rule::Malformed);
        refused(&told(&["biuro@example.com", "Biuro@example.com"]), "/notify/1", Rule::Duplicate);
        let many: Vec<String> = (0..=MAX_NOTIFY).map(|n| format!("a{n}@example.com")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        refused(&told(&many), "/notify", Rule::TooMany { max: MAX_NOTIFY });
        let by_mail = FormDefinition { mapping: Mapping::Email, ..told(&[]) };
        assert_eq!(by_mail.check(&NOTHING), Ok(()));
        assert_eq!(by_mail.check_complete(&NOTHING), Err(Invalids::one("/notify", Rule::Required)));
        let by_mail = FormDefinition { mapping: Mapping::Email, ..told(&["biuro@example.com"]) };
        assert_eq!(by_mail.check_complete(&NOTHING), Ok(()));
    }

    #[test]
    fn a_file_field_says_what_it_takes_and_goes_to_no_card() {
        let with = |change: &dyn Fn(&mut FormField)| {
            let mut file = field("cv", FormFieldKind::File);
            change(&mut file);
            form(vec![file])
        };
        let rules = |types: &[FileType], max_bytes| Some(FileRules { types: types.to_vec(), max_bytes });
        refused(&with(&|it| it.file = None), "/fields/0/file", Rule::Required);
        refused(&with(&|it| it.file = rules(&[], 1)), "/fields/0/file/types", Rule::Required);
        refused(
            &with(&|it| it.file = rules(&[FileType::Pdf, FileType::Pdf], 1)),
            "/fields/0/file/types/1",
            Rule::Duplicate,
        );
        for size in [0, FILE_BYTES_MAX + 1] {
            refused(&with(&|it| it.file = rules(&[FileType::Pdf], size)), "/fields/0/file/max_bytes", Rule::OutOfRange);
        }
        refused(
            &with(&|it| it.target = Some(FieldRef::Builtin(crate::client::BuiltinField::Note))),
            "/fields/0/target",
            Rule::CannotMap,
        );
        let mut text = field("name", FormFieldKind::ShortText);
        text.file = Some(FileRules::default());
        refused(&form(vec![text]), "/fields/0/file", Rule::WrongKind);
        let many = (0..=MAX_FILES).map(|n| field(&format!("f{n}"), FormFieldKind::File)).collect();
        refused(&form(many), "/fields/3/kind", Rule::TooMany { max: MAX_FILES });
        let mut waiting = form(vec![field("cv", FormFieldKind::File)]);
        waiting.confirm_first = true;
        refused(&waiting, "/fields/0/kind", Rule::Contradiction);
    }

    #[test]
    fn a_definition_of_before_is_read_as_it_was_meant() {
        let stored = r#"{"title":"Kontakt","language":"pl","fields":[{"key":"email","kind":"email","label":"E-mail",
            "required":true,"target":"email"}],"mapping":"client","submit_label":"Wyślij","thank_you":"Dziękujemy",
            "allowed_origins":["https://www.example.com"],"anonymous":false}"#;
        let form: FormDefinition = serde_json::from_str(stored).unwrap();
        assert_eq!(form.check_complete(&NOTHING), Ok(()));
        assert_eq!(form.window(moment(0)), Window::Open);
        assert_eq!((form.quota, form.reply.as_ref(), form.appearance.accent()), (None, None, None));
        assert!(form.endings.is_empty() && form.notify.is_empty() && !form.confirm_first && !form.strict);
        let again = serde_json::to_value(&form).unwrap();
        assert_eq!(serde_json::from_value::<FormDefinition>(again).unwrap(), form);
    }
}
