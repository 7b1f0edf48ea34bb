//! Public forms: the definition that staff edit.

mod check;

use crate::{
    client::BuiltinField,
    code::coded_enum,
    consent::{Channel, Language, Purpose, Wording},
    custom_field::CustomField,
    field_ref::FieldRef,
    file::{FILE_MAX, FileType},
    id::{PurposeId, WordingId},
    rule::Rule,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Most fields of a form.
pub const MAX_FIELDS: usize = 100;
/// Most origins a form may be embedded on.
pub const MAX_ORIGINS: usize = 20;
/// Most file fields of a form, and so files of a submission.
pub const MAX_FILES: usize = 3;
/// Largest file of a visitor, in bytes.
#[expect(clippy::cast_possible_truncation, reason = "10 MiB fit")]
pub const FILE_BYTES_MAX: u32 = FILE_MAX as u32;

coded_enum!(
    /// What a form's field asks for.
    FormFieldKind {
        ShortText = "short_text",
        LongText = "long_text",
        Email = "email",
        Phone = "phone",
        Number = "number",
        Date = "date",
        Select = "select",
        /// With a single option it acts as a consent tick: never pre-selected, can be un-ticked.
        Radio = "radio",
        Checkbox = "checkbox",
        /// A consent bound to a purpose, a channel and an immutable wording; writes the ledger.
        Consent = "consent",
        /// A file to attach; kept with the submission, goes to no field of a card.
        File = "file",
        Hidden = "hidden",
        Heading = "heading",
        StaticText = "static_text",
    }
);

impl FormFieldKind {
    /// Asks the visitor nothing.
    pub const fn is_decoration(self) -> bool {
        matches!(self, Self::Heading | Self::StaticText)
    }

    pub const fn has_options(self) -> bool {
        matches!(self, Self::Select | Self::Radio)
    }
}

coded_enum!(
    /// Sposób mapowania: what a submission becomes.
    Mapping {
        /// Kept as a submission only.
        Nothing = "nothing",
        /// Kept as a submission, and mailboxes of staff are told of it, without its content.
        Email = "email",
        /// Creates a client, or proposes changes to the one with the same e-mail address.
        Client = "client",
    }
);

coded_enum!(
    /// Letters of a form. Nothing is downloaded for them.
    FormFont {
        /// Those of the page around the form.
        Host = "host",
        Sans = "sans",
        Serif = "serif",
        Monospace = "monospace",
    }
);

#[expect(clippy::derivable_impls, reason = "the macro that makes the type knows no default")]
impl Default for FormFont {
    fn default() -> Self {
        Self::Host
    }
}

/// What a consent field asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentItem {
    pub purpose_id: PurposeId,
    pub channel: Channel,
    /// The immutable wording shown beside the tick.
    pub wording_id: WordingId,
}

/// What a file field takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileRules {
    pub types: Vec<FileType>,
    /// Largest file, in bytes; at most 10 MiB.
    pub max_bytes: u32,
}

/// What a new file field starts with: every type, as large as may be.
impl Default for FileRules {
    fn default() -> Self {
        Self { types: FileType::ALL.to_vec(), max_bytes: FILE_BYTES_MAX }
    }
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormField {
    /// Stable name of the answer within the form: a letter, then letters, digits, `_`; at most 40 characters.
    #[cfg_attr(feature = "openapi", schema(example = "email"))]
    pub key: String,
    pub kind: FormFieldKind,
    /// Label; the text itself for headings and static text.
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(default)]
    pub required: bool,
    /// Opcje of a select or radio field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Pole zgłoszenia: the client's field that receives the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<FieldRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRules>,
}

/// The whole of a form as it is edited and, once published, kept unchanged as a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormDefinition {
    /// Heading the visitor sees.
    pub title: String,
    pub language: Language,
    pub fields: Vec<FormField>,
    pub mapping: Mapping,
    pub submit_label: String,
    /// Shown after a submission.
    pub thank_you: String,
    /// `https` address to go to instead of showing the thank-you text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// Exact origins (scheme, host, port) of pages that may embed the form and post to it.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// Keep neither address nor browser of the visitor.
    #[serde(default)]
    pub anonymous: bool,
    /// Nothing becomes of a submission before its sender confirmed the e-mail address.
    #[serde(default)]
    pub confirm_first: bool,
    /// Take no submission without proof of work: none from a browser without JavaScript.
    #[serde(default)]
    pub strict: bool,
    /// Visitors can answer from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<DateTime<Utc>>,
    /// Visitors can answer until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<DateTime<Utc>>,
    /// Most submissions that are taken; those that look like spam do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u32>,
    /// Other endings than the thank-you text, by an answer; the first that fits is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endings: Vec<Ending>,
    /// A mail that says to the visitor that the submission arrived. Never repeats what was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// Mailboxes of staff that are told of each submission, without its content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<String>,
    #[serde(default, skip_serializing_if = "Appearance::is_plain")]
    pub appearance: Appearance,
}

/// What is shown instead of the usual thank-you, if a field has a certain answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ending {
    /// Key of the field.
    pub field: String,
    /// The answer: an option's text, or `true` for a tick.
    pub answer: String,
    pub thank_you: String,
    /// `https` address to go to instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
}

/// A mail to the visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reply {
    pub subject: String,
    pub text: String,
}

/// How the form fits into the page around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Appearance {
    /// `#rrggbb`, for the button and marks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    #[serde(default)]
    pub font: FormFont,
}

impl Appearance {
    fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// Everything a definition refers to.
pub struct FormContext<'a> {
    pub custom_fields: &'a [CustomField],
    pub purposes: &'a [Purpose],
    pub wordings: &'a [Wording],
}

impl FormDefinition {
    /// A form without fields that only stores.
    pub fn blank(title: &str, language: Language) -> Self {
        Self {
            title: title.to_owned(),
            language,
            fields: Vec::new(),
            mapping: Mapping::Nothing,
            submit_label: String::new(),
            thank_you: String::new(),
            redirect_url: None,
            allowed_origins: Vec::new(),
            anonymous: false,
            confirm_first: false,
            strict: false,
            opens_at: None,
            closes_at: None,
            quota: None,
            endings: Vec::new(),
            reply: None,
            notify: Vec::new(),
            appearance: Appearance::default(),
        }
    }

    /// The same with its redirects in the URL parser's one spelling, which is ASCII and fits into a header.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        let one_spelling = |url: &mut String| {
            if let Ok(parsed) = Url::parse(url) {
                *url = parsed.into();
            }
        };
        self.redirect_url.iter_mut().for_each(one_spelling);
        self.endings.iter_mut().filter_map(|ending| ending.redirect_url.as_mut()).for_each(one_spelling);
        self
    }

    /// The field that asks for the client's e-mail address.
    pub fn address_field(&self) -> Option<&FormField> {
        self.fields.iter().find(|field| field.target == Some(FieldRef::Builtin(BuiltinField::Email)))
    }

    /// What of the form wants a confirmation by mail, as pointers into the definition.
    pub fn confirms_by_mail(&self, purposes: &[Purpose]) -> Vec<String> {
        let double = |field: &FormField| {
            let item = field.consent.filter(|_| self.mapping == Mapping::Client);
            item.is_some_and(|item| purposes.iter().any(|it| it.id == item.purpose_id && it.double_opt_in))
        };
        let whole = self.confirm_first.then(|| "/confirm_first".to_owned());
        let single = self.fields.iter().enumerate().filter(|(_, field)| double(field));
        whole.into_iter().chain(single.map(|(at, _)| format!("/fields/{at}/consent/purpose_id"))).collect()
    }
}

impl FormField {
    /// Its answer is a name or the address that a card is found by; a card needs one of them.
    pub fn names_the_client(&self) -> bool {
        matches!(
            self.target,
            Some(FieldRef::Builtin(
                BuiltinField::Name | BuiltinField::FirstName | BuiltinField::LastName | BuiltinField::Email
            ))
        )
    }

    /// A radio with one option is shown as a tick that can be taken back.
    pub fn is_single_tick(&self) -> bool {
        self.kind == FormFieldKind::Radio && self.options.len() == 1
    }
}

/// An origin (RFC 6454) in its one canonical spelling: `https://host` or with a port that is not the default.
/// Plain `http` is for pages on this machine and for companies that have no certificate yet.
pub fn parse_origin(raw: &str) -> Result<String, Rule> {
    let url = Url::parse(raw).map_err(|_| Rule::Malformed)?;
    if !matches!(url.scheme(), "https" | "http") || !has_plain_host(&url) {
        return Err(Rule::Malformed);
    }
    Ok(url.origin().ascii_serialization())
}

/// Whether the host is an address, or a name of letters, digits, hyphens and dots (RFC 1123 §2.1; others as A-labels):
/// what stands in a header's list of sources must be no wildcard and end no directive.
pub(crate) fn has_plain_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        }
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consent::LawfulBasis,
        id::{FieldId, FormId},
        rule::Invalids,
        text::{LongText, ShortText},
    };

    fn definition(fields: Vec<FormField>) -> FormDefinition {
        FormDefinition {
            fields,
            mapping: Mapping::Client,
            submit_label: "Wyślij".into(),
            thank_you: "Dziękujemy".into(),
            allowed_origins: vec!["https://www.example.com".into()],
            ..FormDefinition::blank("Kontakt", Language::Pl)
        }
    }

    fn field(key: &str, kind: FormFieldKind) -> FormField {
        FormField {
            key: key.into(),
            kind,
            label: "Pole".into(),
            hint: None,
            required: false,
            options: vec![],
            target: None,
            consent: None,
            file: None,
        }
    }

    const NOTHING: FormContext<'_> = FormContext { custom_fields: &[], purposes: &[], wordings: &[] };

    #[test]
    fn the_articles_radio_with_one_option_is_a_tick() {
        let mut radio = field("zgoda", FormFieldKind::Radio);
        assert!(definition(vec![radio.clone()]).check(&NOTHING).is_err(), "no options");
        radio.options = vec!["Zgoda na przetwarzanie danych".into()];
        assert!(radio.is_single_tick());
        assert!(definition(vec![radio]).check(&NOTHING).is_ok());
    }

    fn newsletter() -> Purpose {
        Purpose {
            id: PurposeId::generate(DateTime::UNIX_EPOCH, [0; 10]),
            name: ShortText::parse("Newsletter").unwrap(),
            basis: LawfulBasis::Consent,
            is_marketing: true,
            channels: vec![Channel::Email, Channel::Sms],
            validity_days: None,
            version: 1,
            parent_id: None,
            double_opt_in: false,
            retired_at: None,
        }
    }

    fn wording_of(purpose: &Purpose, channel: Option<Channel>) -> Wording {
        Wording {
            id: WordingId::generate(DateTime::UNIX_EPOCH, [0; 10]),
            purpose_id: purpose.id,
            language: Language::Pl,
            channel,
            version: 1,
            text: LongText::parse("Zgadzam się").unwrap(),
            sha256: String::new(),
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn consent(key: &str, channel: Channel, wording: &Wording) -> FormField {
        let item = ConsentItem { purpose_id: wording.purpose_id, channel, wording_id: wording.id };
        FormField { consent: Some(item), ..field(key, FormFieldKind::Consent) }
    }

    #[test]
    fn a_required_marketing_consent_is_refused_with_the_reason() {
        let purpose = newsletter();
        let wording = wording_of(&purpose, None);
        let consent = FormField { required: true, ..consent("newsletter", Channel::Email, &wording) };
        let (purposes, wordings) = ([purpose], [wording]);
        let context = FormContext { custom_fields: &[], purposes: &purposes, wordings: &wordings };
        let complaints = definition(vec![consent.clone()]).check(&context).unwrap_err();
        assert_eq!(complaints, Invalids::one("/fields/0/required", Rule::ConsentMustBeFree));
        assert!(definition(vec![FormField { required: false, ..consent }]).check(&context).is_ok());
    }

    #[test]
    fn each_channel_is_asked_once_and_in_its_own_words() {
        let purpose = newsletter();
        let wording = wording_of(&purpose, Some(Channel::Email));
        let (email, sms) = (consent("a", Channel::Email, &wording), consent("b", Channel::Sms, &wording));
        let again = consent("c", Channel::Email, &wording);
        let (purposes, wordings) = ([purpose], [wording]);
        let context = FormContext { custom_fields: &[], purposes: &purposes, wordings: &wordings };
        assert!(definition(vec![email.clone()]).check(&context).is_ok());
        let complaints = definition(vec![email.clone(), sms.clone()]).check(&context).unwrap_err();
        assert_eq!(complaints, Invalids::one("/fields/1/consent/wording_id", Rule::OtherChannel));
        let complaints = definition(vec![email.clone(), again]).check(&context).unwrap_err();
        assert_eq!(complaints, Invalids::one("/fields/1/consent", Rule::Duplicate));
        // A wording for every channel serves each.
        let wordings = [Wording { channel: None, ..wordings[0].clone() }];
        let context = FormContext { custom_fields: &[], purposes: &purposes, wordings: &wordings };
        assert!(definition(vec![email, sms]).check(&context).is_ok());
    }

    #[test]
    fn a_retired_purpose_stays_in_a_draft_and_is_not_published() {
        let purpose = Purpose { retired_at: Some(DateTime::UNIX_EPOCH), ..newsletter() };
        let wording = wording_of(&purpose, None);
        let mut email = field("email", FormFieldKind::Email);
        email.target = Some(FieldRef::Builtin(BuiltinField::Email));
        let fields = vec![email, consent("newsletter", Channel::Email, &wording)];
        let (purposes, wordings) = ([purpose], [wording]);
        let context = FormContext { custom_fields: &[], purposes: &purposes, wordings: &wordings };
        assert!(definition(fields.clone()).check(&context).is_ok());
        let complaints = definition(fields.clone()).check_complete(&context).unwrap_err();
        assert_eq!(complaints, Invalids::one("/fields/1/consent/purpose_id", Rule::Retired));
        let purposes = [newsletter()];
        let context = FormContext { custom_fields: &[], purposes: &purposes, wordings: &wordings };
        assert!(definition(fields).check_complete(&context).is_ok());
    }

    #[test]
    fn a_purpose_that_rests_on_something_else_is_not_asked_for() {
        let purpose = Purpose { basis: LawfulBasis::Contract, is_marketing: false, ..newsletter() };
        let wording = wording_of(&purpose, None);
        let mut email = field("email", FormFieldKind::Email);
        email.target = Some(FieldRef::Builtin(BuiltinField::Email));
        let form = definition(vec![email, consent("contract", Channel::Email, &wording)]);
        let (purposes, wordings) = ([purpose], [wording]);
        let context = FormContext { custom_fields: &[], purposes: &purposes, wordings: &wordings };
        let complaints = form.check_complete(&context).unwrap_err();
        assert_eq!(complaints, Invalids::one("/fields/1/consent/purpose_id", Rule::NotByConsent));
        assert!(form.check_complete(&FormContext { purposes: &[newsletter()], ..context }).is_ok());
    }

    #[test]
    fn unknown_targets_and_doubled_keys_are_named() {
        let mut a = field("a", FormFieldKind::ShortText);
        a.target =
            Some(FieldRef::Custom(FieldId::from_uuid(FormId::generate(DateTime::UNIX_EPOCH, [3; 10]).as_uuid())));
        let complaints = definition(vec![a, field("a", FormFieldKind::Email)]).check(&NOTHING).unwrap_err();
        let pointers: Vec<_> = complaints.as_slice().iter().map(|c| c.pointer.as_str()).collect();
        assert_eq!(pointers, ["/fields/0/target", "/fields/1/key"]);
    }

    #[test]
    fn what_is_confirmed_by_mail_asks_for_the_address() {
        let complete = |required: Option<bool>| {
            let mut name = field("name", FormFieldKind::ShortText);
            name.target = Some(FieldRef::Builtin(BuiltinField::Name));
            let mut form = definition(vec![name]);
            form.confirm_first = true;
            if let Some(required) = required {
                let mut email = field("email", FormFieldKind::Email);
                email.target = Some(FieldRef::Builtin(BuiltinField::Email));
                email.required = required;
                form.fields.push(email);
            }
            form.check_complete(&NOTHING)
        };
        let complaint = Err(Invalids::one("/confirm_first", Rule::AddressNeeded));
        assert_eq!(complete(None), complaint);
        assert_eq!(complete(Some(false)), complaint);
        assert_eq!(complete(Some(true)), Ok(()));
    }

    #[test]
    fn origins_are_exact() {
        assert_eq!(parse_origin("https://Example.com:443/x").as_deref(), Ok("https://example.com"));
        assert_eq!(parse_origin("http://localhost:9000").as_deref(), Ok("http://localhost:9000"));
        for bad in [
            "null",
            "*",
            "https://",
            "ftp://example.com",
            "example.com",
            "https://*",
            "https://*.example.com",
            "https://a;b.example.com",
            "https://a,b.example.com",
            "https://'self'",
        ] {
            assert!(parse_origin(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_origin("https://żółw.pl").as_deref(), Ok("https://xn--w-uga1v8h.pl"));
        assert_eq!(parse_origin("http://[::1]:8080").as_deref(), Ok("http://[::1]:8080"));
        let mut form = definition(vec![]);
        form.redirect_url = Some("https://*.example.com/dalej".into());
        assert_eq!(form.check(&NOTHING), Err(Invalids::one("/redirect_url", Rule::Malformed)));
        let mut form = definition(vec![]);
        form.allowed_origins = vec!["https://example.com/".into()];
        assert_eq!(form.check(&NOTHING), Err(Invalids::one("/allowed_origins/0", Rule::Malformed)));
    }

    #[test]
    fn a_form_that_makes_clients_must_ask_for_a_name_or_an_address() {
        let mut email = field("email", FormFieldKind::Email);
        assert_eq!(
            definition(vec![email.clone()]).check_complete(&NOTHING),
            Err(Invalids::one("/mapping", Rule::CannotMap))
        );
        email.target = Some(FieldRef::Builtin(BuiltinField::Email));
        assert!(definition(vec![email]).check_complete(&NOTHING).is_ok());
    }
}
