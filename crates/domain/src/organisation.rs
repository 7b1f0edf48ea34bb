//! The organisation whose product this is: the controller of the personal data (Art. 4(7) GDPR), as mails, receipts and
//! forms name it.

use crate::{
    email::{EmailAddress, PhoneNumber},
    rule::{Invalids, Rule},
    text::{LongText, ShortText},
};
use serde::{Deserialize, Serialize};
use url::Url;

/// Longest postal address, in characters.
pub const ADDRESS_MAX: usize = 500;

/// The organisation as it is typed, stored and sent. All texts are empty until it was filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganisationInput {
    pub name: String,
    /// Postal address, at most 500 characters in several lines.
    pub address: String,
    /// ISO 3166-1 alpha-2.
    #[cfg_attr(feature = "openapi", schema(example = "PL"))]
    pub country: String,
    /// Where people turn with questions about their data, and to withdraw a consent.
    pub email: String,
    #[serde(default)]
    pub phone: Option<String>,
    /// Address of the privacy notice (Art. 13 and 14 GDPR), `https`.
    pub privacy_notice: String,
    /// The data protection officer, where there is one (Art. 37 GDPR).
    #[serde(default)]
    pub data_protection_officer: Option<ContactInput>,
    /// The representative in the Union of a controller from outside it (Art. 27 GDPR).
    #[serde(default)]
    pub representative: Option<ContactInput>,
}

/// Somebody people can turn to, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactInput {
    pub name: String,
    /// An e-mail address, a phone number or a postal address, in one line.
    pub contact: String,
}

/// The organisation, whole: the law wants the controller named with contact details before anyone consents (Art. 13(1)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    pub name: ShortText,
    pub address: LongText,
    pub country: Country,
    pub email: EmailAddress,
    pub phone: Option<PhoneNumber>,
    pub privacy_notice: WebAddress,
    pub data_protection_officer: Option<Contact>,
    pub representative: Option<Contact>,
}

/// Somebody people can turn to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub name: ShortText,
    pub contact: ShortText,
}

/// A country by its two letters (ISO 3166-1 alpha-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(&'static str);

/// The address of a page, `https`, in the URL parser's one spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress(String);

impl Organisation {
    pub fn parse(input: &OrganisationInput) -> Result<Self, Invalids> {
        let mut invalids = Invalids::default();
        let name = invalids.take("/name", ShortText::parse(&input.name));
        let address = invalids.take("/address", parse_address(&input.address));
        let country = invalids.take("/country", Country::parse(&input.country));
        let email = invalids.take("/email", EmailAddress::parse(&input.email));
        let phone = given(input.phone.as_deref()).map(PhoneNumber::parse).transpose();
        let phone = invalids.take("/phone", phone);
        let privacy_notice = invalids.take("/privacy_notice", WebAddress::parse(&input.privacy_notice));
        let mut contact = |pointer: &str, input: Option<&ContactInput>| {
            Contact::parse(input?).map_err(|inner| invalids.nest(pointer, inner)).ok()
        };
        let data_protection_officer = contact("/data_protection_officer", input.data_protection_officer.as_ref());
        let representative = contact("/representative", input.representative.as_ref());
        let whole = || {
            Some(Self {
                name: name?,
                address: address?,
                country: country?,
                email: email?,
                phone: phone?,
                privacy_notice: privacy_notice?,
                data_protection_officer,
                representative,
            })
        };
        let whole = whole();
        invalids.or(whole)
    }

    /// As it is stored and sent.
    pub fn input(&self) -> OrganisationInput {
        OrganisationInput {
            name: self.name.as_str().to_owned(),
            address: self.address.as_str().to_owned(),
            country: self.country.code().to_owned(),
            email: self.email.as_str().to_owned(),
            phone: self.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            privacy_notice: self.privacy_notice.as_str().to_owned(),
            data_protection_officer: self.data_protection_officer.as_ref().map(Contact::input),
            representative: self.representative.as_ref().map(Contact::input),
        }
    }
}

impl OrganisationInput {
    /// Names of the members that differ, for the log.
    pub fn changed(&self, before: &Self) -> Vec<String> {
        let members = [
            ("name", self.name != before.name),
            ("address", self.address != before.address),
            ("country", self.country != before.country),
            ("email", self.email != before.email),
            ("phone", self.phone != before.phone),
            ("privacy_notice", self.privacy_notice != before.privacy_notice),
            ("data_protection_officer", self.data_protection_officer != before.data_protection_officer),
            ("representative", self.representative != before.representative),
        ];
        members.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect()
    }
}

impl Contact {
    fn parse(input: &ContactInput) -> Result<Self, Invalids> {
        let mut invalids = Invalids::default();
        let name = invalids.take("/name", ShortText::parse(&input.name));
        let contact = invalids.take("/contact", ShortText::parse(&input.contact));
        invalids.or(name.zip(contact).map(|(name, contact)| Self { name, contact }))
    }

    fn input(&self) -> ContactInput {
        ContactInput { name: self.name.as_str().to_owned(), contact: self.contact.as_str().to_owned() }
    }
}

impl Country {
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let code = raw.trim().to_ascii_uppercase();
        if code.is_empty() {
            return Err(Rule::Required);
        }
        COUNTRIES.split(' ').find(|known| *known == code).map(Self).ok_or(Rule::Unknown)
    }

    pub const fn code(self) -> &'static str {
        self.0
    }

    /// All countries by their code.
    pub fn all() -> impl Iterator<Item = Self> {
        COUNTRIES.split_ascii_whitespace().map(Self)
    }
}

impl WebAddress {
    pub const MAX: usize = 500;

    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let text = crate::text::one_line(raw, Self::MAX)?;
        let url = Url::parse(&text).map_err(|_| Rule::Malformed)?;
        let sound = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        if sound { Ok(Self(url.into())) } else { Err(Rule::Malformed) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn parse_address(raw: &str) -> Result<LongText, Rule> {
    let text = LongText::parse(raw)?;
    match text.as_str().chars().count() {
        n if n > ADDRESS_MAX => Err(Rule::TooLong { max: ADDRESS_MAX }),
        _ => Ok(text),
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// ISO 3166-1 alpha-2, officially assigned.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ \
    FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT \
    JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP \
    MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE \
    RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV \
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> OrganisationInput {
        OrganisationInput {
            name: "Przykład sp. z o.o.".into(),
            address: "ul. Przykładowa 1\n00-001 Warszawa".into(),
            country: "pl".into(),
            email: "dane@example.com".into(),
            phone: Some(" ".into()),
            privacy_notice: "https://example.com/prywatnosc".into(),
            data_protection_officer: Some(ContactInput {
                name: "Iwona Inglot".into(),
                contact: "iod@example.com".into(),
            }),
            representative: None,
        }
    }

    fn complaints(input: &OrganisationInput) -> Vec<(String, Rule)> {
        let invalids = Organisation::parse(input).unwrap_err().into_vec();
        invalids.into_iter().map(|invalid| (invalid.pointer, invalid.rule)).collect()
    }

    #[test]
    fn what_is_parsed_is_stored_in_one_spelling() {
        let parsed = Organisation::parse(&whole()).unwrap();
        assert_eq!(parsed.country.code(), "PL");
        assert_eq!(parsed.phone, None);
        assert_eq!(Organisation::parse(&parsed.input()).unwrap(), parsed);
        assert_eq!(parsed.input().changed(&whole()), ["country", "phone"]);
    }

    #[test]
    fn everything_that_names_the_controller_is_needed() {
        let pointers: Vec<_> =
            complaints(&OrganisationInput::default()).into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(pointers, ["/name", "/address", "/country", "/email", "/privacy_notice"]);
    }

    #[test]
    fn each_complaint_has_its_place() {
        let bad = [
            (OrganisationInput { country: "XX".into(), ..whole() }, "/country", Rule::Unknown),
            (OrganisationInput { country: "PL DE".into(), ..whole() }, "/country", Rule::Unknown),
            (OrganisationInput { email: "dane".into(), ..whole() }, "/email", Rule::Malformed),
            (OrganisationInput { phone: Some("dzwoń".into()), ..whole() }, "/phone", Rule::Malformed),
            (OrganisationInput { address: "a".repeat(501), ..whole() }, "/address", Rule::TooLong { max: ADDRESS_MAX }),
            (
                OrganisationInput { privacy_notice: "http://example.com/".into(), ..whole() },
                "/privacy_notice",
                Rule::Malformed,
            ),
            (
                OrganisationInput { privacy_notice: "https://a:b@example.com/".into(), ..whole() },
                "/privacy_notice",
                Rule::Malformed,
            ),
            (
                OrganisationInput { privacy_notice: "javascript:alert(1)".into(), ..whole() },
                "/privacy_notice",
                Rule::Malformed,
            ),
            (
                OrganisationInput {
                    representative: Some(ContactInput { name: "Ada".into(), contact: String::new() }),
                    ..whole()
                },
                "/representative/contact",
                Rule::Required,
            ),
        ];
        for (input, pointer, rule) in bad {
            assert_eq!(complaints(&input), [(pointer.to_owned(), rule)]);
        }
    }

    #[test]
    fn every_country_has_two_letters_and_stands_once() {
        let all: Vec<_> = Country::all().map(Country::code).collect();
        assert_eq!(all.len(), 249);
        assert!(all.iter().all(|code| code.len() == 2) && all.is_sorted_by(|a, b| a < b));
    }
}
