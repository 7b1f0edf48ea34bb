//! What a use case can answer instead of its result.

use chrono::{DateTime, Utc};
use zgoda_domain::Invalids;
use zgoda_persistence::{DbError, Unique, consents::LedgerError};

/// What the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("there is nothing here")]
    NotFound,
    /// Someone changed the record meanwhile.
    #[error("changed meanwhile")]
    Outdated,
    /// A unique value, such as a name, is taken; where it stands in the request, if it does.
    #[error("already exists")]
    Taken(Option<&'static str>),
    #[error("some fields break a rule")]
    Invalid(Invalids),
    /// The rules refuse the step in the present state.
    #[error("not possible in the present state")]
    WrongState,
    #[error("the page's first row is gone")]
    CursorGone,
    #[error("the idempotency key belongs to another request")]
    KeyReused,
    #[error("address or password is wrong")]
    SignInRefused,
    #[error("no valid session")]
    SignInNeeded,
    /// The session is locked; the password unlocks it.
    #[error("the session is locked")]
    Locked,
    /// The caller's role opens cards only after a reason was given.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The caller's role hides fields, so what they would hand over would not be whole.
    #[error("the caller does not see everything")]
    PartialView,
    /// A code or a passkey's answer is wrong; never says why.
    #[error("the code is wrong")]
    CodeRefused,
    /// Too late, or tried too often: begin again.
    #[error("the attempt is over")]
    AttemptSpent,
    /// The person has to prove themselves again first.
    #[error("a recent proof is needed")]
    StepUpNeeded,
    /// Somebody has to remain who may do everything.
    #[error("the last owner")]
    LastOwner,
    /// The password of someone who is signed in already.
    #[error("the current password is wrong")]
    WrongPassword,
    /// Used, replaced, expired or never given out: nobody is told which.
    #[error("the link works no longer")]
    LinkSpent,
    #[error("the owner exists already")]
    SetupDone,
    #[error("the form is closed")]
    FormClosed,
    /// Visitors can answer from then on.
    #[error("the form is not open yet")]
    FormNotOpen(DateTime<Utc>),
    #[error("another version of the form is live")]
    FormVersionRetired,
    #[error("the page's origin is not allowed")]
    ForeignOrigin,
    /// The form wants work done before it is answered, and none was shown.
    #[error("a proof of work is needed")]
    ProofRequired,
    /// Wrong, of another page, too old or used before: nobody is told which.
    #[error("the proof of work is worth nothing")]
    ProofRefused,
    /// Something is done too often for one account or address, whoever does it.
    #[error("too often")]
    TooOften,
    /// The account's exports hold as many rows as they may within a day; so many more can be taken out from then on.
    #[error("too many rows exported")]
    ExportBudgetSpent(DateTime<Utc>),
    #[error("too many at once")]
    Busy,
    /// Took longer than a search may.
    #[error("too slow")]
    TooSlow,
    #[error("unexpected: {0}")]
    Unexpected(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<DbError> for AppError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Missing => Self::NotFound,
            DbError::Outdated => Self::Outdated,
            DbError::TooSlow => Self::TooSlow,
            DbError::Busy => Self::Busy,
            DbError::Taken(what) => Self::Taken(match what {
                Unique::Name => Some("/name"),
                Unique::Address => Some("/email"),
                Unique::Unseen => None,
            }),
            DbError::Corrupt { .. } | DbError::CommitFailed | DbError::Sql(_) => Self::Unexpected(Box::new(error)),
        }
    }
}

impl From<LedgerError> for AppError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Refused(_) => Self::WrongState,
            LedgerError::Db(error) => error.into(),
        }
    }
}

impl From<Invalids> for AppError {
    fn from(invalids: Invalids) -> Self {
        Self::Invalid(invalids)
    }
}

impl From<zgoda_vault::VaultError> for AppError {
    fn from(error: zgoda_vault::VaultError) -> Self {
        Self::Unexpected(Box::new(error))
    }
}
