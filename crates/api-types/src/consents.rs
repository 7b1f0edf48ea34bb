//! Purposes, wordings and the consents on a card.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use zgoda_domain::{
    consent::{Channel, ConsentEventKind, ConsentMethod, ConsentStatus, EvidenceGrade, Language, LawfulBasis},
    id::{ClientId, ConsentEventId, FileId, FormId, FormVersionId, PurposeId, SubmissionId, WordingId},
    purposes::SegmentKind,
    recorded::{Decision, RecordMethod},
    renewal::NotAsked,
};

/// Makes a purpose (cel przetwarzania), and with it a consent column of the client list per channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatePurpose {
    pub name: String,
    pub basis: LawfulBasis,
    #[serde(default)]
    pub is_marketing: bool,
    /// At least one. A marketing purpose names real channels, not `general`.
    pub channels: Vec<Channel>,
    /// Days until a consent runs out; absent for no limit.
    #[serde(default)]
    pub validity_days: Option<u16>,
    /// A purpose whose withdrawal withdraws this one too.
    #[serde(default)]
    pub parent_id: Option<PurposeId>,
    /// Consent given in a form counts once the e-mail address was confirmed.
    #[serde(default)]
    pub double_opt_in: bool,
}

/// Changes a purpose: the whole of it, with `If-Match`. Channels are only added; basis and marketing stay once it has a
/// wording or an entry in the ledger. A validity counts for consents given from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePurpose {
    pub name: String,
    pub basis: LawfulBasis,
    pub is_marketing: bool,
    pub channels: Vec<Channel>,
    #[serde(default)]
    pub validity_days: Option<u16>,
    #[serde(default)]
    pub parent_id: Option<PurposeId>,
    pub double_opt_in: bool,
}

/// A purpose with its wordings, newest first, and what rests on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Purpose {
    pub id: PurposeId,
    pub version: i32,
    pub name: String,
    pub basis: LawfulBasis,
    pub is_marketing: bool,
    pub channels: Vec<Channel>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity_days: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<PurposeId>,
    pub double_opt_in: bool,
    /// Asked for no more since then; consents given before stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<DateTime<Utc>>,
    pub wordings: Vec<Wording>,
    /// Consents that allow something now, whatever they rest on.
    pub live_consents: u64,
    /// Forms that visitors can answer now and that ask for it.
    pub asked_by: Vec<AskingForm>,
    pub created_at: DateTime<Utc>,
}

/// A form that visitors can answer now and that asks for a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AskingForm {
    pub id: FormId,
    pub name: String,
}

/// Adds the next version of a purpose's text (treść klauzuli). Wordings are never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateWording {
    pub language: Language,
    /// The channel the text speaks of; absent where it is for every channel of the purpose.
    #[serde(default)]
    pub channel: Option<Channel>,
    pub text: String,
}

/// An immutable text of a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Wording {
    pub id: WordingId,
    pub language: Language,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    pub version: i32,
    pub text: String,
    /// SHA-256 of the UTF-8 bytes of `text`, lower-case hexadecimal.
    pub sha256: String,
    /// How many live consents rest on it; absent where it stands as evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_consents: Option<u64>,
    pub created_at: DateTime<Utc>,
}

/// Two wordings of a purpose with what differs, word by word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WordingComparison {
    pub from: Wording,
    pub to: Wording,
    /// In order: equal and removed ones make up the text of `from`, equal and added ones that of `to`.
    pub segments: Vec<TextSegment>,
}

/// A piece of text, white space and all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TextSegment {
    pub kind: SegmentKind,
    pub text: String,
}

/// One consent of a client: its state and the whole of its ledger, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consent {
    pub purpose_id: PurposeId,
    pub purpose_name: String,
    pub channel: Channel,
    pub status: ConsentStatus,
    pub since: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// How well a given consent can be proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<EvidenceGrade>,
    pub events: Vec<ConsentEvent>,
}

/// One entry of the consent ledger with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentEvent {
    pub id: ConsentEventId,
    pub kind: ConsentEventKind,
    pub method: ConsentMethod,
    pub occurred_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    /// The wording as the person saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<Wording>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_version_id: Option<FormVersionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission_id: Option<SubmissionId>,
    /// Who recorded it, for events made by staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<EvidenceGrade>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The scan that proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_id: Option<FileId>,
    /// The withdrawal of a purpose above that this one follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caused_by: Option<ConsentEventId>,
    pub evidence: ConsentEvidence,
}

/// Sealed proof of how the consent was expressed. All absent in an anonymous form and after erasure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentEvidence {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Origin of the page that carried the form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Label of the form's field that was ticked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_label: Option<String>,
    /// What staff wrote about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Recorded by staff where only the day of the act is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<NaiveDate>,
    /// The scan that proves it; `file_id` of the entry leads to its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<EvidenceFile>,
}

/// What the ledger says of a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvidenceFile {
    pub name: String,
    /// Of the content; lower-case hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: i32,
}

/// Records a person's answer that staff were told, with its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordConsent {
    pub purpose_id: PurposeId,
    pub channel: Channel,
    /// `refused` for what stands is kept as its withdrawal.
    pub decision: Decision,
    pub method: RecordMethod,
    /// When the person answered: a day (`2026-05-01`) or a moment (RFC 3339). Neither in the future nor before 1970.
    pub given_on: String,
    /// The text that the person agreed to: one of the purpose, for this channel or for every one.
    #[serde(default)]
    pub wording_id: Option<WordingId>,
    /// How it was given. Needed, in three words or more, where there is no file.
    #[serde(default)]
    pub note: Option<String>,
    /// A file of this client from `POST …/files` that proves nothing else yet.
    #[serde(default)]
    pub file_id: Option<FileId>,
}

/// A consent that ran out or will.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiringConsent {
    pub client_id: ClientId,
    pub client_name: String,
    pub purpose_id: PurposeId,
    pub purpose_name: String,
    pub channel: Channel,
    pub status: ConsentStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When this person was last asked to renew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<DateTime<Utc>>,
    /// Why you cannot ask now; absent when you can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_asked: Option<NotAsked>,
}

/// Asks people by e-mail to renew consents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AskRenewals {
    /// 1 to 500.
    pub items: Vec<RenewalItem>,
}

/// One consent of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenewalItem {
    pub client_id: ClientId,
    pub purpose_id: PurposeId,
    pub channel: Channel,
}

/// How many were asked, and why others were not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenewalsAsked {
    pub asked: u64,
    pub not_asked: Vec<NotAskedCount>,
}

/// How many were not asked for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotAskedCount {
    pub reason: NotAsked,
    pub count: u64,
}

/// Withdraws a consent on the client's word; appends to the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WithdrawConsent {
    pub purpose_id: PurposeId,
    pub channel: Channel,
    /// How the client said so, for example "by phone".
    #[serde(default)]
    pub note: Option<String>,
}
