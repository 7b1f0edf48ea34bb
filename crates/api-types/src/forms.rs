//! Forms as staff edit them, and as visitors get them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;
use zgoda_domain::{
    consent::{Channel, Language},
    form::{FormDefinition, FormFieldKind, FormFont},
    form_templates::FormTemplate,
    id::{FormId, FormVersionId},
};

/// Makes a form from a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateForm {
    /// For staff; also the first title.
    pub name: String,
    pub template: FormTemplate,
    pub language: Language,
}

/// Saves a form's draft. What visitors see changes only when it is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveForm {
    pub name: String,
    pub definition: FormDefinition,
}

/// Whether visitors can reach a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FormStatus {
    /// Never published.
    Draft,
    Live,
    Closed,
}

/// A form in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormSummary {
    pub id: FormId,
    /// Stands in public addresses.
    pub public_id: String,
    pub name: String,
    pub status: FormStatus,
    /// Number of the published version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_version: Option<i32>,
    pub submissions: u64,
    /// Sign-ups that wait for a click in a mail. Who they are is not shown to anybody.
    #[serde(default)]
    pub waiting_signups: u64,
    pub updated_at: DateTime<Utc>,
}

/// A form with its draft. Its `ETag` is the version of the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Form {
    pub id: FormId,
    pub public_id: String,
    pub version: i32,
    pub name: String,
    pub status: FormStatus,
    pub definition: FormDefinition,
    /// Number of the published version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_version: Option<i32>,
    /// The draft differs from what visitors see.
    pub has_unpublished_changes: bool,
    /// Absolute base of public addresses: `{base}/f/{public_id}`, `{base}/embed/v1.js`.
    pub public_base_url: String,
    /// The script of this release, below the base: it never changes, and is gone with the next release.
    pub embed_path: String,
    /// Its hash for the attribute `integrity` (W3C Subresource Integrity).
    pub embed_integrity: String,
}

/// What a visitor's browser gets: everything needed to show the form, nothing about mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicForm {
    /// Send it back with the answers.
    pub form_version: FormVersionId,
    pub title: String,
    pub language: Language,
    pub fields: Vec<PublicField>,
    pub submit_label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<PublicLook>,
    /// Name of a text field that no person sees or fills in: out of sight, out of the tab order, hidden from screen
    /// readers, without autocompletion. An own HTML form should have it.
    pub decoy: String,
    /// Without a proof of work nothing is taken: `GET …/challenge`.
    pub proof_required: bool,
}

/// How the form is to look on the page around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicLook {
    pub font: FormFont,
    /// `#rrggbb`, for the button and marks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// Of text on the accent: black or white, whichever contrasts more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_accent: Option<String>,
}

/// What a file field takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicFile {
    /// For the attribute of the same name.
    #[cfg_attr(feature = "openapi", schema(example = ".pdf,.png"))]
    pub accept: String,
    pub max_bytes: u32,
}

/// A field as the visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicField {
    pub key: String,
    pub kind: FormFieldKind,
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    pub required: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The wording beside a consent tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PublicFile>,
}

/// A visitor's answers. A tick is the text `true`; a radio or select answer is the option's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submit {
    pub form_version: FormVersionId,
    pub answers: BTreeMap<String, String>,
    /// The challenge's token and the numbers found, joined by full stops: `GET …/challenge`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// Some computing that a browser does before it sends a form, and when the form was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Challenge {
    /// Stands before the numbers in the proof.
    pub token: String,
    /// What every hash begins with.
    pub salt: String,
    /// Numbers to be found.
    pub parts: u32,
    /// Hashes that one number takes on average.
    pub difficulty: u32,
    /// The proof is worth nothing afterwards.
    pub expires_at: DateTime<Utc>,
    /// What is sent sooner than these seconds after now is taken for the work of a program.
    pub min_seconds: u32,
}

/// The same answer for every visitor, known or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submitted {
    pub id: Uuid,
    /// Where a consent was ticked: what `POST …/receipts` takes to answer its receipt, for an hour. Names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    pub thank_you: String,
    /// Absent while a mail has to be looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// Say that a mail comes, and that something of this counts once the link in it was used. That depends on the form and
    /// its ticks, never on the address.
    #[serde(default)]
    pub confirm_by_mail: bool,
}

/// Whether visitors see a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum VersionState {
    /// The one that visitors see, while the form is not closed.
    Published,
    Retired,
}

/// A version that was published. Never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormVersionSummary {
    pub id: FormVersionId,
    /// Counts from 1 within the form.
    pub number: i32,
    pub published_at: DateTime<Utc>,
    pub state: VersionState,
    /// Of the stored definition; lower-case hexadecimal.
    pub sha256: String,
    pub fields: u32,
}

/// A version with what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormVersion {
    #[serde(flatten)]
    pub summary: FormVersionSummary,
    pub definition: FormDefinition,
}
