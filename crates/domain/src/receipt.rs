//! Consent receipts: what somebody agreed to, as a document of their own (ISO/IEC TS 27560:2023).
//!
//! The document is JSON-LD in the terms of the W3C Data Privacy Vocabulary. Its members have the names of the technical
//! specification; the context, which stands in the document so that nothing has to be fetched, says which term of the
//! vocabulary each is. Everything the specification makes mandatory is there in every receipt; what the organisation has
//! not said about itself reads [`NOT_STATED`].

use crate::{
    consent::{Channel, ConsentEventKind, ConsentMethod, EvidenceGrade, Language, LawfulBasis, Purpose},
    organisation::Organisation,
};
use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::{Value, json};
use std::sync::LazyLock;
use uuid::Uuid;

/// In the place of what the specification demands and nobody filled in.
pub const NOT_STATED: &str = "not stated";
/// A duration that ends with a withdrawal, whenever that is.
pub const UNTIL_WITHDRAWN: &str = "dpv:UntilEventDuration";

/// A receipt of one or several consents of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    #[serde(rename = "@context")]
    context: Context,
    #[serde(rename = "@type")]
    kind: ReceiptType,
    pub schema_version: SchemaVersion,
    pub receipt_id: Uuid,
    pub issued_at: DateTime<Utc>,
    /// The client's id, or the submission's where there is no client yet. Never a name or an address.
    pub pii_principal_id: Uuid,
    pub records: Vec<ConsentRecord>,
    pub parties: Vec<Party>,
}

/// One consent: what for, and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentRecord {
    #[serde(rename = "@type")]
    kind: RecordType,
    /// The last entry of the ledger that it tells of, or the submission.
    pub record_id: Uuid,
    /// Where the consent stood when the receipt was made.
    pub status: EventState,
    pub processing: Processing,
    /// Oldest first.
    pub events: Vec<ReceiptEvent>,
}

/// What is done with the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processing {
    /// Address of the privacy notice.
    pub privacy_notice: String,
    pub language: Language,
    pub purpose: ReceiptPurpose,
    pub lawful_basis: LegalBasis,
    pub channel: Channel,
    pub pii_information: Vec<PiiInformation>,
    /// Ids of parties.
    pub pii_controllers: Vec<String>,
    /// Where this is told.
    pub storage_locations: Vec<String>,
    pub retention_period: String,
    /// Countries (ISO 3166-1 alpha-2).
    pub jurisdiction: Vec<String>,
    /// Where this is told.
    pub recipient_third_parties: Vec<String>,
    /// Addresses (URI) to withdraw at.
    pub withdrawal_method: Vec<String>,
    pub privacy_rights: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptPurpose {
    pub purpose_id: Uuid,
    pub name: String,
    pub is_marketing: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PiiInformation {
    pub pii_type: PiiType,
}

/// Whoever decides about the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Address of the installation: it names the party also where the party did not name itself.
    pub party_id: String,
    #[serde(rename = "type")]
    pub kind: PartyType,
    pub name: String,
    pub address: String,
    pub country: String,
    /// An e-mail address.
    pub contact: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_protection_officer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representative: Option<String>,
}

/// One thing that happened to a consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptEvent {
    pub event_time: DateTime<Utc>,
    /// ISO 8601, or [`UNTIL_WITHDRAWN`]. Nothing but a given consent lasts.
    pub validity_duration: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
    /// The person, or the party that acted.
    pub entity_id: String,
    pub event_type: ConsentType,
    pub event_state: EventState,
    /// How the will was expressed.
    pub method: ConsentMethod,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<EvidenceGrade>,
    /// The text as it was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<ShownWording>,
}

/// A text exactly as the person read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownWording {
    pub wording_id: Uuid,
    pub language: Language,
    pub text: String,
    /// Of the UTF-8 bytes of `text`, lower-case hexadecimal.
    pub sha256: String,
}

macro_rules! terms {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $term:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $term)] $variant),* }
    )*};
}

terms! {
    /// What an event made of the consent, and where the consent stands.
    EventState {
        Requested = "dpv:ConsentRequested",
        Given = "dpv:ConsentGiven",
        Renewed = "dpv:RenewedConsentGiven",
        Refused = "dpv:ConsentRefused",
        Withdrawn = "dpv:ConsentWithdrawn",
        Expired = "dpv:ConsentExpired",
        // A claim without proof.
        Unknown = "dpv:ConsentUnknown",
    }

    /// The kind of consent.
    ConsentType {
        Expressed = "dpv:ExpressedConsent",
        // Nobody knows how it was expressed.
        Unspecified = "dpv:Consent",
    }

    /// Lawful basis by its place in Art. 6(1) GDPR.
    LegalBasis {
        Consent = "eu-gdpr:A6-1-a",
        Contract = "eu-gdpr:A6-1-b",
        LegalObligation = "eu-gdpr:A6-1-c",
        VitalInterests = "eu-gdpr:A6-1-d",
        PublicTask = "eu-gdpr:A6-1-e",
        LegitimateInterests = "eu-gdpr:A6-1-f",
    }

    /// The data that a channel needs.
    PiiType {
        Email = "pd:EmailAddress",
        Phone = "pd:TelephoneNumber",
        Postal = "pd:PhysicalAddress",
        // What the person gave, without a channel.
        Any = "dpv:PersonalData",
    }

    PartyType {
        Controller = "dpv:DataController",
    }

    /// What the document says it is.
    ReceiptType {
        Receipt = "dpv:ConsentReceipt",
    }

    RecordType {
        Record = "dpv:ConsentRecord",
    }

    SchemaVersion {
        Ts27560 = "ISO/IEC TS 27560:2023",
    }
}

impl From<LawfulBasis> for LegalBasis {
    fn from(basis: LawfulBasis) -> Self {
        match basis {
            LawfulBasis::Consent => Self::Consent,
            LawfulBasis::Contract => Self::Contract,
            LawfulBasis::LegalObligation => Self::LegalObligation,
            LawfulBasis::VitalInterests => Self::VitalInterests,
            LawfulBasis::PublicTask => Self::PublicTask,
            LawfulBasis::LegitimateInterests => Self::LegitimateInterests,
        }
    }
}

impl From<Channel> for PiiType {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::Email,
            Channel::Sms | Channel::Phone => Self::Phone,
            Channel::Post => Self::Postal,
            Channel::General => Self::Any,
        }
    }
}

impl From<ConsentEventKind> for EventState {
    fn from(kind: ConsentEventKind) -> Self {
        use ConsentEventKind as Kind;
        match kind {
            Kind::Requested => Self::Requested,
            Kind::Given | Kind::Confirmed | Kind::RecordedByStaff => Self::Given,
            Kind::Renewed => Self::Renewed,
            Kind::Refused => Self::Refused,
            Kind::Withdrawn => Self::Withdrawn,
            Kind::Expired => Self::Expired,
            Kind::Imported => Self::Unknown,
        }
    }
}

impl EventState {
    /// Only then processing is allowed.
    pub const fn allows(self) -> bool {
        matches!(self, Self::Given | Self::Renewed)
    }
}

/// Whose receipt it is, and who gives it.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    pub receipt_id: Uuid,
    pub issued_at: DateTime<Utc>,
    pub pii_principal_id: Uuid,
    /// Public address of this installation.
    pub installation: &'a str,
    pub organisation: Option<&'a Organisation>,
}

/// One consent that a receipt is to tell of.
#[derive(Clone, Debug)]
pub struct ToldConsent<'a> {
    pub record_id: Uuid,
    pub purpose: &'a Purpose,
    pub channel: Channel,
    /// Of the texts.
    pub language: Language,
    /// Where it stands; past its validity it is over, whatever the last event was.
    pub status: EventState,
    /// Oldest first.
    pub events: Vec<ToldEvent>,
}

/// One event that a receipt is to tell of.
#[derive(Clone, Debug)]
pub struct ToldEvent {
    pub at: DateTime<Utc>,
    pub kind: ConsentEventKind,
    pub method: ConsentMethod,
    pub grade: Option<EvidenceGrade>,
    pub expires_at: Option<DateTime<Utc>>,
    pub wording: Option<ShownWording>,
}

impl Receipt {
    pub fn new(header: Header<'_>, consents: Vec<ToldConsent<'_>>) -> Self {
        Self {
            context: Context,
            kind: ReceiptType::Receipt,
            schema_version: SchemaVersion::Ts27560,
            receipt_id: header.receipt_id,
            issued_at: header.issued_at.trunc_subsecs(3),
            pii_principal_id: header.pii_principal_id,
            records: consents.into_iter().map(|consent| record(&header, consent)).collect(),
            parties: vec![party(&header)],
        }
    }

    /// The party that decides about the data.
    pub fn controller(&self) -> Option<&Party> {
        self.parties.first()
    }
}

fn record(header: &Header<'_>, consent: ToldConsent<'_>) -> ConsentRecord {
    let ToldConsent { record_id, purpose, channel, language, status, events } = consent;
    let notice = header.organisation.map_or(NOT_STATED, |known| known.privacy_notice.as_str());
    let withdrawal = match header.organisation {
        Some(known) => vec![format!("mailto:{}", known.email.as_str()), notice.to_owned()],
        None => vec![header.installation.to_owned()],
    };
    let expires_at =
        events.iter().rev().find(|event| EventState::from(event.kind).allows()).and_then(|it| it.expires_at);
    ConsentRecord {
        kind: RecordType::Record,
        record_id,
        status,
        processing: Processing {
            privacy_notice: notice.to_owned(),
            language,
            purpose: ReceiptPurpose {
                purpose_id: purpose.id.as_uuid(),
                name: purpose.name.as_str().to_owned(),
                is_marketing: purpose.is_marketing,
            },
            lawful_basis: purpose.basis.into(),
            channel,
            pii_information: vec![PiiInformation { pii_type: channel.into() }],
            pii_controllers: vec![header.installation.to_owned()],
            storage_locations: vec![notice.to_owned()],
            retention_period: expires_at
                .map_or_else(|| UNTIL_WITHDRAWN.to_owned(), |at| at.trunc_subsecs(3).to_rfc3339()),
            jurisdiction: vec![header.organisation.map_or(NOT_STATED, |known| known.country.code()).to_owned()],
            recipient_third_parties: vec![notice.to_owned()],
            withdrawal_method: withdrawal,
            // Withdrawal; access, rectification, erasure, restriction, portability; complaint.
            privacy_rights: ["A7-3", "A15", "A16", "A17", "A18", "A20", "A77"]
                .map(|at| format!("eu-gdpr:{at}"))
                .to_vec(),
        },
        events: events.into_iter().map(|event| receipt_event(header, event)).collect(),
    }
}

fn receipt_event(header: &Header<'_>, event: ToldEvent) -> ReceiptEvent {
    let ToldEvent { at, kind, method, grade, expires_at, wording } = event;
    let state = EventState::from(kind);
    let by_the_controller = matches!(method, ConsentMethod::Job | ConsentMethod::Import);
    ReceiptEvent {
        event_time: at.trunc_subsecs(3),
        validity_duration: match expires_at.filter(|_| state.allows()) {
            Some(until) => format!("P{}D", (until - at).num_days()),
            None if state.allows() => UNTIL_WITHDRAWN.to_owned(),
            None => "P0D".to_owned(),
        },
        valid_until: expires_at.filter(|_| state.allows()).map(|until| until.trunc_subsecs(3)),
        entity_id: match by_the_controller {
            true => header.installation.to_owned(),
            false => format!("urn:uuid:{}", header.pii_principal_id),
        },
        event_type: match method {
            ConsentMethod::Import | ConsentMethod::Job => ConsentType::Unspecified,
            _ => ConsentType::Expressed,
        },
        event_state: state,
        method,
        grade,
        wording,
    }
}

fn party(header: &Header<'_>) -> Party {
    let known = header.organisation;
    let or_not_stated = |text: Option<&str>| text.unwrap_or(NOT_STATED).to_owned();
    Party {
        party_id: header.installation.to_owned(),
        kind: PartyType::Controller,
        name: or_not_stated(known.map(|known| known.name.as_str())),
        address: or_not_stated(known.map(|known| known.address.as_str())),
        country: or_not_stated(known.map(|known| known.country.code())),
        contact: or_not_stated(known.map(|known| known.email.as_str())),
        phone: known.and_then(|known| known.phone.as_ref()).map(|phone| phone.as_str().to_owned()),
        data_protection_officer: known.and_then(|known| known.data_protection_officer.as_ref()).map(contact),
        representative: known.and_then(|known| known.representative.as_ref()).map(contact),
    }
}

fn contact(contact: &crate::organisation::Contact) -> String {
    format!("{}, {}", contact.name.as_str(), contact.contact.as_str())
}

/// What each member means, by IRI. The same in every receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Context;

/// How a member's value is to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As it stands, or as the keyword says.
    Text,
    Iri,
    Time,
}

/// Prefixes, and what each member is.
const TERMS: [(&str, &str, Reading); 53] = {
    use Reading::{Iri, Text, Time};
    [
        ("dpv", "https://w3id.org/dpv#", Text),
        ("pd", "https://w3id.org/dpv/pd#", Text),
        ("eu-gdpr", "https://w3id.org/dpv/legal/eu/gdpr#", Text),
        ("dct", "http://purl.org/dc/terms/", Text),
        ("xsd", "http://www.w3.org/2001/XMLSchema#", Text),
        ("zgoda", "urn:zgoda:receipt:", Text),
        ("schema_version", "dct:conformsTo", Text),
        ("receipt_id", "dpv:hasIdentifier", Text),
        ("issued_at", "dct:issued", Time),
        ("pii_principal_id", "dpv:hasDataSubject", Text),
        ("records", "dct:hasPart", Text),
        ("parties", "dpv:hasEntity", Text),
        ("record_id", "dpv:hasIdentifier", Text),
        ("status", "dpv:hasConsentStatus", Iri),
        ("processing", "dpv:hasProcess", Text),
        ("privacy_notice", "dpv:hasNotice", Text),
        ("language", "dct:language", Text),
        ("purpose", "dpv:hasPurpose", Text),
        ("purpose_id", "dpv:hasIdentifier", Text),
        ("is_marketing", "zgoda:is_marketing", Text),
        ("lawful_basis", "dpv:hasLegalBasis", Iri),
        ("channel", "zgoda:channel", Text),
        ("pii_information", "dpv:hasPersonalData", Text),
        ("pii_type", "@type", Text),
        ("pii_controllers", "dpv:hasDataController", Iri),
        ("storage_locations", "dpv:hasStorageCondition", Text),
        ("retention_period", "dpv:hasDuration", Text),
        ("jurisdiction", "dpv:hasJurisdiction", Text),
        ("recipient_third_parties", "dpv:hasRecipientThirdParty", Text),
        ("withdrawal_method", "dpv:hasConsentControl", Iri),
        ("privacy_rights", "dpv:hasRight", Iri),
        ("party_id", "@id", Text),
        ("type", "@type", Text),
        ("name", "dct:title", Text),
        ("address", "dpv:hasAddress", Text),
        ("country", "dpv:hasCountry", Text),
        ("contact", "dpv:hasContact", Text),
        ("phone", "zgoda:phone", Text),
        ("data_protection_officer", "dpv:hasDataProtectionOfficer", Text),
        ("representative", "dpv:hasRepresentative", Text),
        ("events", "dpv:hasContext", Text),
        ("event_time", "dpv:isIndicatedAtTime", Time),
        ("validity_duration", "dpv:hasDuration", Text),
        ("valid_until", "dct:valid", Time),
        ("entity_id", "dpv:isIndicatedBy", Iri),
        ("event_type", "@type", Text),
        ("event_state", "dpv:hasConsentStatus", Iri),
        ("method", "dpv:hasIndicationMethod", Text),
        ("grade", "zgoda:grade", Text),
        ("wording", "zgoda:wording", Text),
        ("wording_id", "dpv:hasIdentifier", Text),
        ("text", "dct:description", Text),
        ("sha256", "zgoda:sha256", Text),
    ]
};

static CONTEXT: LazyLock<Value> = LazyLock::new(|| {
    let terms = TERMS.into_iter().map(|(name, term, reading)| {
        let meaning = match reading {
            Reading::Text => json!(term),
            Reading::Iri => json!({ "@id": term, "@type": "@id" }),
            Reading::Time => json!({ "@id": term, "@type": "xsd:dateTime" }),
        };
        (name.to_owned(), meaning)
    });
    Value::Object(terms.collect())
});

impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CONTEXT.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Under another context the members would mean something else.
        let given = Value::deserialize(deserializer)?;
        if given == *CONTEXT { Ok(Self) } else { Err(D::Error::custom("another context")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::PurposeId,
        organisation::{ContactInput, OrganisationInput},
        text::ShortText,
    };
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn organisation() -> Organisation {
        Organisation::parse(&OrganisationInput {
            name: "Przykład sp. z o.o.".into(),
            address: "ul. Przykładowa 1".into(),
            country: "PL".into(),
            email: "dane@example.com".into(),
            phone: None,
            privacy_notice: "https://example.com/prywatnosc".into(),
            data_protection_officer: Some(ContactInput { name: "Iwona".into(), contact: "iod@example.com".into() }),
            representative: None,
        })
        .unwrap()
    }

    fn receipt(known: bool, events: &[(ConsentEventKind, Channel, bool)]) -> Receipt {
        let at = DateTime::from_timestamp(1_800_000_000, 123_456_789).unwrap();
        let organisation = organisation();
        let header = Header {
            receipt_id: Uuid::from_u128(1),
            issued_at: at,
            pii_principal_id: Uuid::from_u128(2),
            installation: "https://crm.example.com",
            organisation: known.then_some(&organisation),
        };
        let purpose = Purpose {
            id: PurposeId::from_uuid(Uuid::from_u128(3)),
            version: 1,
            name: ShortText::parse("Newsletter").unwrap(),
            basis: LawfulBasis::Consent,
            is_marketing: true,
            channels: vec![Channel::Email],
            validity_days: None,
            parent_id: None,
            double_opt_in: false,
            retired_at: None,
        };
        let consents = events.iter().map(|(kind, channel, limited)| ToldConsent {
            record_id: Uuid::from_u128(4),
            purpose: &purpose,
            channel: *channel,
            language: Language::Pl,
            status: (*kind).into(),
            events: vec![ToldEvent {
                at,
                kind: *kind,
                method: ConsentMethod::FormCheckbox,
                grade: Some(EvidenceGrade::B),
                expires_at: limited.then(|| at + TimeDelta::days(365)),
                wording: Some(ShownWording {
                    wording_id: Uuid::from_u128(5),
                    language: Language::Pl,
                    text: "Zgadzam się.".into(),
                    sha256: "ab".repeat(32),
                }),
            }],
        });
        Receipt::new(header, consents.collect())
    }

    /// The mandatory fields of TS 27560, by section.
    const HEADER: [&str; 3] = ["/schema_version", "/receipt_id", "/pii_principal_id"];
    const RECORD: [&str; 12] = [
        "/record_id",
        "/processing/privacy_notice",
        "/processing/language",
        "/processing/purpose/name",
        "/processing/pii_information/0/pii_type",
        "/processing/pii_controllers/0",
        "/processing/storage_locations/0",
        "/processing/retention_period",
        "/processing/jurisdiction/0",
        "/processing/recipient_third_parties/0",
        "/processing/withdrawal_method/0",
        "/processing/lawful_basis",
    ];
    const PARTY: [&str; 5] = ["/party_id", "/name", "/address", "/contact", "/type"];
    const EVENT: [&str; 5] = ["/event_time", "/validity_duration", "/entity_id", "/event_type", "/event_state"];

    fn is_filled(value: Option<&Value>) -> bool {
        value.and_then(Value::as_str).is_some_and(|text| !text.is_empty())
    }

    #[test]
    fn every_mandatory_field_is_filled_in_for_every_state() {
        for known in [true, false] {
            for kind in ConsentEventKind::ALL {
                for channel in Channel::ALL {
                    let told =
                        serde_json::to_value(receipt(known, &[(*kind, *channel, true), (*kind, *channel, false)]))
                            .unwrap();
                    for field in HEADER {
                        assert!(is_filled(told.pointer(field)), "{field}");
                    }
                    for field in PARTY {
                        assert!(is_filled(told["parties"][0].pointer(field)), "{field}");
                    }
                    for record in told["records"].as_array().unwrap() {
                        for field in RECORD {
                            assert!(is_filled(record.pointer(field)), "{field} {kind:?}");
                        }
                        for field in EVENT {
                            assert!(is_filled(record["events"][0].pointer(field)), "{field} {kind:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_member_has_a_meaning_in_the_context() {
        fn members(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(map) => map.iter().filter(|(name, _)| *name != "@context").for_each(|(name, value)| {
                    found.push(name.clone());
                    members(value, found);
                }),
                Value::Array(items) => items.iter().for_each(|item| members(item, found)),
                _ => {}
            }
        }
        let told = serde_json::to_value(receipt(true, &[(ConsentEventKind::Given, Channel::Email, true)])).unwrap();
        let mut found = Vec::new();
        members(&told, &mut found);
        assert!(found.len() > 40);
        for name in found {
            assert!(name.starts_with('@') || CONTEXT.get(&name).is_some(), "{name}");
        }
    }

    #[test]
    fn only_a_given_consent_lasts() {
        for kind in ConsentEventKind::ALL {
            let made = receipt(true, &[(*kind, Channel::Email, true)]);
            let event = &made.records[0].events[0];
            assert_eq!(event.valid_until.is_some(), event.event_state.allows(), "{kind:?}");
            assert_eq!(event.validity_duration, if event.event_state.allows() { "P365D" } else { "P0D" }, "{kind:?}");
        }
        let endless = receipt(true, &[(ConsentEventKind::Renewed, Channel::Email, false)]);
        assert_eq!(endless.records[0].events[0].validity_duration, UNTIL_WITHDRAWN);
        assert_eq!(endless.records[0].status, EventState::Renewed);
    }

    #[test]
    fn another_context_or_member_is_no_receipt() {
        let good = serde_json::to_value(receipt(true, &[(ConsentEventKind::Given, Channel::Sms, false)])).unwrap();
        assert!(serde_json::from_value::<Receipt>(good.clone()).is_ok());
        let mut foreign = good.clone();
        foreign["@context"]["name"] = "https://example.com/other".into();
        assert!(serde_json::from_value::<Receipt>(foreign).is_err());
        let mut more = good;
        more["email"] = "ewa@example.com".into();
        assert!(serde_json::from_value::<Receipt>(more).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(known: bool, told in proptest::collection::vec((
            proptest::sample::select(ConsentEventKind::ALL.to_vec()),
            proptest::sample::select(Channel::ALL.to_vec()),
            any::<bool>(),
        ), 0..4)) {
            let made = receipt(known, &told);
            let text = serde_json::to_string(&made).unwrap();
            prop_assert_eq!(serde_json::from_str::<Receipt>(&text).unwrap(), made);
        }
    }
}
