//! Problem documents (RFC 9457). The `code` is the contract; the title is a courtesy in English.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zgoda_domain::{Invalid, Rule};

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal, $title:literal;)*) => {
        /// What went wrong. Stable: codes are never renamed or reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum ProblemCode { $($(#[$doc])* $variant),* }

        impl ProblemCode {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),* }
            }

            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
        }
    };
}

problem_codes! {
    /// The request is not understood: broken JSON, an unknown member, invalid UTF-8, a malformed header.
    Malformed = "malformed", 400, "The request could not be read.";
    /// Both a cookie and an `Authorization` header, or a header that contradicts another.
    AmbiguousCredentials = "ambiguous-credentials", 400, "Send one kind of credentials only.";
    SignInNeeded = "sign-in-needed", 401, "Please sign in.";
    /// Unknown address or wrong password: never says which.
    SignInRefused = "sign-in-refused", 401, "The e-mail address or the password is wrong.";
    NotAllowed = "not-allowed", 403, "You may not do this.";
    /// The current password, asked of someone who is signed in.
    WrongPassword = "wrong-password", 403, "The current password is wrong.";
    /// A state-changing request from another site (cross-site request forgery).
    CrossSite = "cross-site", 403, "This request came from another site.";
    /// The page's origin is not on the form's list.
    ForeignOrigin = "foreign-origin", 403, "This form may not be used on that page.";
    /// The form takes no answers without a proof of work: `GET …/challenge`.
    ProofRequired = "proof-required", 403, "This form needs JavaScript: it asks the browser for some computing.";
    /// Wrong, of another page, older than ten minutes, or used before.
    ProofRefused = "proof-refused", 403, "The proof of work is worth nothing; please ask for a new challenge.";
    /// The caller's role opens cards only after a reason was given: `POST …/reasons`.
    ReasonNeeded = "reason-needed", 403, "Say why you open this card first.";
    /// The caller's role hides fields, so what they would hand over would not be whole.
    PartialView = "partial-view", 403, "Only someone to whom all the fields concerned are open may do this.";
    /// A code or a passkey's answer is wrong; never says why.
    CodeRefused = "code-refused", 403, "The code is wrong.";
    /// Too late, or tried too often.
    AttemptSpent = "attempt-spent", 403, "This attempt is over; please begin again.";
    /// What was asked for needs a proof of the last five minutes: `POST /session/step-up`.
    StepUpNeeded = "step-up-needed", 403, "Prove who you are again first.";
    NotFound = "not-found", 404, "There is nothing here.";
    MethodNotAllowed = "method-not-allowed", 405, "This cannot be done here.";
    BodyTimeout = "body-timeout", 408, "The request took too long to arrive.";
    Taken = "taken", 409, "This already exists.";
    /// The rules refuse the step, for example withdrawing what was never given.
    WrongState = "wrong-state", 409, "This is not possible in the present state.";
    /// The form was published anew while the visitor had it open.
    FormVersionRetired = "form-version-retired", 409, "The form has changed; please look at it again.";
    /// The row a page continues from is gone.
    CursorGone = "cursor-gone", 409, "The list has changed; please start from its first page.";
    /// Somebody has to remain who may do everything.
    LastOwner = "last-owner", 409, "This is the last owner.";
    SetupDone = "setup-done", 409, "This installation already has its owner.";
    /// A link that works once: used, replaced, expired or never given out.
    LinkSpent = "link-spent", 410, "This link does not work any more; please ask for a new one.";
    /// The form takes answers later; `opens_at` says from when on.
    FormNotOpen = "form-not-open", 409, "This form is not open yet.";
    FormClosed = "form-closed", 410, "This form is closed.";
    /// `If-Match` names an older version.
    Outdated = "outdated", 412, "Someone changed this meanwhile.";
    BodyTooLarge = "body-too-large", 413, "The request is too large.";
    UnsupportedMediaType = "unsupported-media-type", 415, "Send this as application/json, uncompressed.";
    /// Some fields break a rule; `errors` says which.
    Invalid = "invalid", 422, "Some fields need attention.";
    /// A search has some seconds.
    TooSlow = "too-slow", 422, "This search takes too long; please narrow it down.";
    /// The key was used for another request before.
    IdempotencyKeyReused = "idempotency-key-reused", 422, "This Idempotency-Key belongs to another request.";
    /// Nobody used the session for a while; `POST /session/unlock` unlocks it.
    SessionLocked = "session-locked", 423, "The session is locked.";
    VersionNeeded = "version-needed", 428, "Say which version you change: send If-Match.";
    TooManyRequests = "too-many-requests", 429, "Too many attempts; please wait.";
    /// The account's exports hold as many rows as they may within 24 hours; `again_at` says from when on the same can be asked for.
    ExportBudgetSpent = "export-budget-spent", 429, "Your exports hold as many clients as they may within a day.";
    Internal = "internal", 500, "Something broke on our side.";
    Busy = "busy", 503, "The service is busy; please try again.";
}

/// A problem document (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Relative reference that names the problem, `/problems/` and the code.
    #[serde(rename = "type")]
    pub type_: String,
    pub title: String,
    pub status: u16,
    pub code: ProblemCode,
    /// Which fields break which rule; never repeats a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Invalid>,
    /// Of `form-not-open`: from when on the form takes answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<DateTime<Utc>>,
    /// Of `export-budget-spent`: from when on the same can be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<DateTime<Utc>>,
}

impl Problem {
    pub fn new(code: ProblemCode) -> Self {
        Self {
            type_: format!("/problems/{}", code.code()),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            errors: Vec::new(),
            opens_at: None,
            again_at: None,
        }
    }

    pub fn not_open(opens_at: DateTime<Utc>) -> Self {
        Self { opens_at: Some(opens_at), ..Self::new(ProblemCode::FormNotOpen) }
    }

    pub fn export_budget_spent(again_at: DateTime<Utc>) -> Self {
        Self { again_at: Some(again_at), ..Self::new(ProblemCode::ExportBudgetSpent) }
    }

    /// Another record has what stands at this place of the request.
    pub fn taken(pointer: Option<&str>) -> Self {
        let errors = pointer.map(|pointer| Invalid { pointer: pointer.to_owned(), rule: Rule::Taken });
        Self { errors: errors.into_iter().collect(), ..Self::new(ProblemCode::Taken) }
    }

    pub fn invalid(errors: Vec<Invalid>) -> Self {
        Self { errors, ..Self::new(ProblemCode::Invalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_written_as_it_is_named() {
        for code in ProblemCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.code());
            assert!((400..600).contains(&code.status()));
        }
    }
}
