//! The client's card: its built-in fields and how typed text becomes them.

use crate::{
    email::{EmailAddress, PhoneNumber},
    registry::{Nip, Pesel, Regon},
    rule::{Invalids, Rule},
    text::{LongText, ShortText},
};
use serde::{Deserialize, Serialize};
use url::Url;

/// A person, or a company.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ClientKind {
    #[default]
    Person,
    Company,
}

impl ClientKind {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Company => "company",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Person, Self::Company].into_iter().find(|kind| kind.code() == code)
    }
}

/// A built-in field that holds text. Keys are part of the API and of stored form mappings: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BuiltinField {
    Name,
    FirstName,
    LastName,
    Position,
    Email,
    Phone,
    MobilePhone,
    Website,
    Nip,
    Regon,
    Pesel,
    Street,
    PostCode,
    City,
    Country,
    Note,
    ExternalId,
    CreatedAt,
    UpdatedAt,
}

impl BuiltinField {
    pub const ALL: [Self; 19] = [
        Self::Name,
        Self::FirstName,
        Self::LastName,
        Self::Position,
        Self::Email,
        Self::Phone,
        Self::MobilePhone,
        Self::Website,
        Self::Nip,
        Self::Regon,
        Self::Pesel,
        Self::Street,
        Self::PostCode,
        Self::City,
        Self::Country,
        Self::Note,
        Self::ExternalId,
        Self::CreatedAt,
        Self::UpdatedAt,
    ];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Position => "position",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::MobilePhone => "mobile_phone",
            Self::Website => "website",
            Self::Nip => "nip",
            Self::Regon => "regon",
            Self::Pesel => "pesel",
            Self::Street => "street",
            Self::PostCode => "post_code",
            Self::City => "city",
            Self::Country => "country",
            Self::Note => "note",
            Self::ExternalId => "external_id",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.key() == key)
    }

    /// Kept as ciphertext under the client's own key; found by exact value only.
    pub const fn is_sealed(self) -> bool {
        matches!(self, Self::Pesel)
    }

    /// Set by the system, never by input.
    pub const fn is_system(self) -> bool {
        matches!(self, Self::CreatedAt | Self::UpdatedAt)
    }

    /// The list can be ordered and filtered by it through an index.
    pub const fn is_sortable(self) -> bool {
        !self.is_sealed() && !matches!(self, Self::Note)
    }

    /// People's words, in the order of the Polish alphabet; all else is ordered by its bytes.
    pub const fn is_wording(self) -> bool {
        matches!(
            self,
            Self::Name | Self::FirstName | Self::LastName | Self::Position | Self::Street | Self::City | Self::Note
        )
    }
}

/// The card's editable built-in part as people type it; also the body of create and edit requests.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientInput {
    pub kind: ClientKind,
    /// Display name. When absent it is made of first and last name, else of the e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    /// An `http` or `https` address; the scheme may be left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Polish tax number, checked by its check digit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nip: Option<String>,
    /// Polish statistical number, checked by its check digit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regon: Option<String>,
    /// Polish personal number. Sensitive: stored sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pesel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The record's id in another system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

impl ClientInput {
    fn slot(&mut self, field: BuiltinField) -> Option<&mut Option<String>> {
        Some(match field {
            BuiltinField::Name => &mut self.name,
            BuiltinField::FirstName => &mut self.first_name,
            BuiltinField::LastName => &mut self.last_name,
            BuiltinField::Position => &mut self.position,
            BuiltinField::Email => &mut self.email,
            BuiltinField::Phone => &mut self.phone,
            BuiltinField::MobilePhone => &mut self.mobile_phone,
            BuiltinField::Website => &mut self.website,
            BuiltinField::Nip => &mut self.nip,
            BuiltinField::Regon => &mut self.regon,
            BuiltinField::Pesel => &mut self.pesel,
            BuiltinField::Street => &mut self.street,
            BuiltinField::PostCode => &mut self.post_code,
            BuiltinField::City => &mut self.city,
            BuiltinField::Country => &mut self.country,
            BuiltinField::Note => &mut self.note,
            BuiltinField::ExternalId => &mut self.external_id,
            BuiltinField::CreatedAt | BuiltinField::UpdatedAt => return None,
        })
    }

    /// The text of a field; `None` for empty and for system fields.
    pub fn get(&self, field: BuiltinField) -> Option<&str> {
        let text = match field {
            BuiltinField::Name => &self.name,
            BuiltinField::FirstName => &self.first_name,
            BuiltinField::LastName => &self.last_name,
            BuiltinField::Position => &self.position,
            BuiltinField::Email => &self.email,
            BuiltinField::Phone => &self.phone,
            BuiltinField::MobilePhone => &self.mobile_phone,
            BuiltinField::Website => &self.website,
            BuiltinField::Nip => &self.nip,
            BuiltinField::Regon => &self.regon,
            BuiltinField::Pesel => &self.pesel,
            BuiltinField::Street => &self.street,
            BuiltinField::PostCode => &self.post_code,
            BuiltinField::City => &self.city,
            BuiltinField::Country => &self.country,
            BuiltinField::Note => &self.note,
            BuiltinField::ExternalId => &self.external_id,
            BuiltinField::CreatedAt | BuiltinField::UpdatedAt => return None,
        };
        text.as_deref().filter(|text| !text.trim().is_empty())
    }

    /// Sets a field; empty text clears it. System fields are left alone.
    pub fn set(&mut self, field: BuiltinField, text: Option<String>) {
        if let Some(slot) = self.slot(field) {
            *slot = text.filter(|text| !text.trim().is_empty());
        }
    }

    /// Fields that differ from `other`.
    pub fn changed_fields(&self, other: &Self) -> Vec<BuiltinField> {
        BuiltinField::ALL.into_iter().filter(|field| self.get(*field) != other.get(*field)).collect()
    }
}

/// Personal data never reaches a log by accident.
impl std::fmt::Debug for ClientInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientInput(…)")
    }
}

/// A checked card. The only way to get one is [`ClientDetails::parse`].
#[derive(Clone, PartialEq, Eq)]
pub struct ClientDetails(ClientInput);

impl ClientDetails {
    /// Checks every field and normalises it; complaints point at `/field`.
    pub fn parse(input: &ClientInput) -> Result<Self, Invalids> {
        let mut invalids = Invalids::default();
        let mut clean = ClientInput { kind: input.kind, ..ClientInput::default() };
        for field in BuiltinField::ALL {
            if let Some(raw) = input.get(field)
                && let Some(text) = invalids.take(format!("/{}", field.key()), normalise(field, raw))
            {
                clean.set(field, Some(text));
            }
        }
        if clean.name.is_none() && input.get(BuiltinField::Name).is_none() {
            clean.name = fallback_name(&clean);
            if clean.name.is_none() && invalids.is_empty() {
                invalids.add("/name", Rule::Required);
            }
        }
        invalids.or(Some(Self(clean)))
    }

    pub fn name(&self) -> &str {
        self.0.name.as_deref().unwrap_or_default()
    }

    pub fn kind(&self) -> ClientKind {
        self.0.kind
    }

    pub fn get(&self, field: BuiltinField) -> Option<&str> {
        self.0.get(field)
    }

    pub fn as_input(&self) -> &ClientInput {
        &self.0
    }

    pub fn into_input(self) -> ClientInput {
        self.0
    }
}

impl std::fmt::Debug for ClientDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientDetails(…)")
    }
}

fn fallback_name(input: &ClientInput) -> Option<String> {
    let names: Vec<&str> =
        [BuiltinField::FirstName, BuiltinField::LastName].into_iter().filter_map(|f| input.get(f)).collect();
    if names.is_empty() { input.email.clone() } else { Some(names.join(" ")) }
}

/// Checks one field's text and returns the form that is stored.
pub fn normalise(field: BuiltinField, raw: &str) -> Result<String, Rule> {
    Ok(match field {
        BuiltinField::Email => EmailAddress::parse(raw)?.as_str().to_owned(),
        BuiltinField::Phone | BuiltinField::MobilePhone => PhoneNumber::parse(raw)?.as_str().to_owned(),
        BuiltinField::Nip => Nip::parse(raw)?.as_str().to_owned(),
        BuiltinField::Regon => Regon::parse(raw)?.as_str().to_owned(),
        BuiltinField::Pesel => Pesel::parse(raw)?.as_str().to_owned(),
        BuiltinField::Website => web_address(raw)?,
        BuiltinField::Country => country(raw)?,
        BuiltinField::Note => LongText::parse(raw)?.into_string(),
        BuiltinField::CreatedAt | BuiltinField::UpdatedAt => return Err(Rule::ReadOnly),
        BuiltinField::Name
        | BuiltinField::FirstName
        | BuiltinField::LastName
        | BuiltinField::Position
        | BuiltinField::Street
        | BuiltinField::PostCode
        | BuiltinField::City
        | BuiltinField::ExternalId => ShortText::parse(raw)?.into_string(),
    })
}

/// Only `http` and `https`: anything else could become a script when clicked.
fn web_address(raw: &str) -> Result<String, Rule> {
    let text = ShortText::parse(raw)?.into_string();
    let with_scheme = if text.contains("://") { text } else { format!("https://{text}") };
    let url = Url::parse(&with_scheme).map_err(|_| Rule::Malformed)?;
    let dotted = url.host_str().is_some_and(|host| host.contains('.'));
    if matches!(url.scheme(), "http" | "https") && dotted { Ok(url.to_string()) } else { Err(Rule::Malformed) }
}

fn country(raw: &str) -> Result<String, Rule> {
    let code = raw.trim().to_ascii_uppercase();
    if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) { Ok(code) } else { Err(Rule::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn input(pairs: &[(BuiltinField, &str)]) -> ClientInput {
        let mut input = ClientInput::default();
        for (field, text) in pairs {
            input.set(*field, Some((*text).to_owned()));
        }
        input
    }

    #[test]
    fn a_name_is_made_of_its_parts_or_of_the_address() {
        let parts = input(&[(BuiltinField::FirstName, "Żaneta"), (BuiltinField::LastName, "Łoś")]);
        assert_eq!(ClientDetails::parse(&parts).unwrap().name(), "Żaneta Łoś");
        let address = input(&[(BuiltinField::Email, "zaneta@example.com")]);
        assert_eq!(ClientDetails::parse(&address).unwrap().name(), "zaneta@example.com");
        assert_eq!(ClientDetails::parse(&ClientInput::default()), Err(Invalids::one("/name", Rule::Required)));
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let wrong = input(&[
            (BuiltinField::Email, "no"),
            (BuiltinField::Nip, "1"),
            (BuiltinField::Website, "javascript://x.y/%0aalert(1)"),
        ]);
        let complaints = ClientDetails::parse(&wrong).unwrap_err().into_vec();
        let pointers: Vec<_> = complaints.iter().map(|c| c.pointer.as_str()).collect();
        assert_eq!(pointers, ["/email", "/website", "/nip"]);
    }

    proptest! {
        #[test]
        fn a_checked_card_checks_again_unchanged(name in "\\PC{1,40}", city in "\\PC{0,40}", note in "\\PC{0,200}") {
            let raw = input(&[(BuiltinField::Name, &name), (BuiltinField::City, &city), (BuiltinField::Note, &note)]);
            if let Ok(details) = ClientDetails::parse(&raw) {
                prop_assert_eq!(ClientDetails::parse(details.as_input()).unwrap(), details);
            }
        }
    }
}
