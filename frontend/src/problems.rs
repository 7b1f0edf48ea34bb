//! What went wrong, in words, and which field it is about.

use crate::words::Words;
use zgoda_api_types::problem::{Problem, ProblemCode};
use zgoda_client::ApiError;
use zgoda_domain::{Invalid, Rule};

/// A failed request, kept for showing.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The server refused, and says why.
    Problem(Box<Problem>),
    /// No answer.
    Offline,
    /// An answer this app does not understand: it is older or newer than the server.
    Unexpected,
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Problem(problem) => Self::Problem(problem),
            ApiError::Transport(_) => Self::Offline,
            ApiError::Unexpected => Self::Unexpected,
        }
    }
}

impl Failure {
    /// The complaints the server itself would make, found before asking it.
    pub fn invalid(errors: Vec<Invalid>) -> Self {
        Self::Problem(Box::new(Problem::invalid(errors)))
    }

    /// One complaint, found before asking the server.
    pub fn rule(pointer: &str, rule: Rule) -> Self {
        Self::invalid(vec![Invalid { pointer: pointer.to_owned(), rule }])
    }

    /// What is worked on was deleted meanwhile.
    pub fn gone() -> Self {
        Self::Problem(Box::new(Problem::new(ProblemCode::NotFound)))
    }

    pub fn code(&self) -> Option<ProblemCode> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            Self::Offline | Self::Unexpected => None,
        }
    }

    pub fn complaints(&self) -> &[Invalid] {
        match self {
            Self::Problem(problem) => &problem.errors,
            Self::Offline | Self::Unexpected => &[],
        }
    }

    /// The first complaint about exactly this place.
    pub fn at(&self, pointer: &str) -> Option<&Rule> {
        self.complaints().iter().find(|invalid| invalid.pointer == pointer).map(|invalid| &invalid.rule)
    }

    /// One sentence for people.
    pub fn sentence(&self, w: &Words) -> &'static str {
        match self {
            Self::Problem(problem) => code_words(w, problem.code),
            Self::Offline => w.offline,
            Self::Unexpected => w.unexpected_answer,
        }
    }
}

/// A sentence for every code.
pub fn code_words(w: &Words, code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::Malformed => w.problem_malformed,
        ProblemCode::AmbiguousCredentials => w.problem_ambiguous_credentials,
        ProblemCode::SignInNeeded => w.problem_sign_in_needed,
        ProblemCode::SignInRefused => w.problem_sign_in_refused,
        ProblemCode::NotAllowed => w.problem_not_allowed,
        ProblemCode::WrongPassword => w.problem_wrong_password,
        ProblemCode::CrossSite => w.problem_cross_site,
        ProblemCode::ForeignOrigin => w.problem_foreign_origin,
        ProblemCode::ProofRequired | ProblemCode::ProofRefused => w.problem_proof,
        ProblemCode::NotFound => w.problem_not_found,
        ProblemCode::MethodNotAllowed => w.problem_method_not_allowed,
        ProblemCode::BodyTimeout => w.problem_body_timeout,
        ProblemCode::Taken => w.problem_taken,
        ProblemCode::WrongState => w.problem_wrong_state,
        ProblemCode::FormVersionRetired => w.problem_form_version_retired,
        ProblemCode::CursorGone => w.problem_cursor_gone,
        ProblemCode::ReasonNeeded => w.problem_reason_needed,
        ProblemCode::PartialView => w.problem_partial_view,
        ProblemCode::LastOwner => w.problem_last_owner,
        ProblemCode::CodeRefused => w.problem_code_refused,
        ProblemCode::AttemptSpent => w.problem_attempt_spent,
        ProblemCode::StepUpNeeded => w.problem_step_up_needed,
        ProblemCode::SessionLocked => w.problem_session_locked,
        ProblemCode::SetupDone => w.problem_setup_done,
        ProblemCode::LinkSpent => w.problem_link_spent,
        ProblemCode::FormNotOpen => w.problem_form_not_open,
        ProblemCode::FormClosed => w.problem_form_closed,
        ProblemCode::Outdated => w.problem_outdated,
        ProblemCode::BodyTooLarge => w.problem_body_too_large,
        ProblemCode::UnsupportedMediaType => w.problem_unsupported_media_type,
        ProblemCode::Invalid => w.problem_invalid,
        ProblemCode::IdempotencyKeyReused => w.problem_idempotency_key_reused,
        ProblemCode::VersionNeeded => w.problem_version_needed,
        ProblemCode::TooManyRequests => w.problem_too_many_requests,
        ProblemCode::ExportBudgetSpent => w.problem_export_budget_spent,
        ProblemCode::Internal => w.problem_internal,
        ProblemCode::Busy => w.problem_busy,
        ProblemCode::TooSlow => w.problem_too_slow,
    }
}

/// A sentence for every rule; `{}` in a text stands for the rule's limit.
pub fn rule_words(w: &Words, rule: &Rule) -> String {
    let with = |text: &str, limit: usize| text.replace("{}", &limit.to_string());
    match rule {
        Rule::Required => w.rule_required.to_owned(),
        Rule::TooLong { max } => with(w.rule_too_long, *max),
        Rule::TooShort { min } => with(w.rule_too_short, *min),
        Rule::Malformed => w.rule_malformed.to_owned(),
        Rule::ControlCharacters => w.rule_control_characters.to_owned(),
        Rule::Checksum => w.rule_checksum.to_owned(),
        Rule::WrongKind => w.rule_wrong_kind.to_owned(),
        Rule::Query { fault, .. } => w.fault(*fault).to_owned(),
        Rule::Unknown => w.rule_unknown.to_owned(),
        Rule::Retired => w.rule_retired.to_owned(),
        Rule::Circle => w.rule_circle.to_owned(),
        Rule::TooDeep { max } => with(w.rule_too_deep, *max),
        Rule::InUse => w.rule_in_use.to_owned(),
        Rule::OnlyGrows => w.rule_only_grows.to_owned(),
        Rule::OtherChannel => w.rule_other_channel.to_owned(),
        Rule::OutOfRange => w.rule_out_of_range.to_owned(),
        Rule::Superseded => w.rule_superseded.to_owned(),
        Rule::ChangedSince => w.rule_changed_since.to_owned(),
        Rule::ProofNeeded => w.rule_proof_needed.to_owned(),
        Rule::SheetRefused { .. } => w.rule_sheet_refused.to_owned(),
        Rule::FileType => w.rule_file_type.to_owned(),
        Rule::NoRoom { max } => with(w.rule_no_room, (*max / (1024 * 1024)) as usize),
        Rule::ReadOnly => w.rule_read_only.to_owned(),
        Rule::NotShown => w.rule_not_shown.to_owned(),
        Rule::BeyondOwnRights => w.rule_beyond_own_rights.to_owned(),
        Rule::Duplicate => w.rule_duplicate.to_owned(),
        Rule::Taken => w.rule_taken.to_owned(),
        Rule::TooMany { max } => with(w.rule_too_many, *max),
        Rule::ConsentMustBeFree => w.rule_consent_must_be_free.to_owned(),
        Rule::AddressNeeded => w.rule_address_needed.to_owned(),
        Rule::NotByConsent => w.rule_not_by_consent.to_owned(),
        Rule::EmailFieldNeeded => w.rule_email_field_needed.to_owned(),
        Rule::Placeholder => w.rule_placeholder.to_owned(),
        Rule::TooManyOpen { max } => with(w.rule_too_many_open, *max as usize),
        Rule::FileTooLarge { max } => with(w.rule_file_too_large, (*max / (1024 * 1024)) as usize),
        Rule::MailNeeded => w.rule_mail_needed.to_owned(),
        Rule::TooCommon => w.rule_too_common.to_owned(),
        Rule::CannotMap => w.rule_cannot_map.to_owned(),
        Rule::Contradiction => w.rule_contradiction.to_owned(),
    }
}
