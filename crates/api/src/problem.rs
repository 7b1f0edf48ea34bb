//! Refusals as problem documents (RFC 9457): the only error type of a handler.

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError, http::StatusCode, web};
use std::fmt;
use zgoda_api_types::problem::{Problem, ProblemCode};
use zgoda_app::AppError;
use zgoda_domain::{Invalid, Invalids};

/// A refusal on its way out.
pub struct Failure(Box<Problem>);

impl Failure {
    pub fn code(&self) -> ProblemCode {
        self.0.code
    }

    pub fn malformed(errors: Vec<Invalid>) -> Self {
        Self(Box::new(Problem { errors, ..Problem::new(ProblemCode::Malformed) }))
    }
}

impl From<ProblemCode> for Failure {
    fn from(code: ProblemCode) -> Self {
        Self(Box::new(Problem::new(code)))
    }
}

impl From<Invalids> for Failure {
    fn from(invalids: Invalids) -> Self {
        Self(Box::new(Problem::invalid(invalids.into_vec())))
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let code = match error {
            AppError::NotFound => ProblemCode::NotFound,
            AppError::Outdated => ProblemCode::Outdated,
            AppError::Taken(pointer) => return Self(Box::new(Problem::taken(pointer))),
            AppError::Invalid(invalids) => return invalids.into(),
            AppError::WrongState => ProblemCode::WrongState,
            AppError::CursorGone => ProblemCode::CursorGone,
            AppError::KeyReused => ProblemCode::IdempotencyKeyReused,
            AppError::SignInRefused => ProblemCode::SignInRefused,
            AppError::SignInNeeded => ProblemCode::SignInNeeded,
            AppError::CodeRefused => ProblemCode::CodeRefused,
            AppError::AttemptSpent => ProblemCode::AttemptSpent,
            AppError::StepUpNeeded => ProblemCode::StepUpNeeded,
            AppError::Locked => ProblemCode::SessionLocked,
            AppError::ReasonNeeded => ProblemCode::ReasonNeeded,
            AppError::PartialView => ProblemCode::PartialView,
            AppError::LastOwner => ProblemCode::LastOwner,
            AppError::WrongPassword => ProblemCode::WrongPassword,
            AppError::LinkSpent => ProblemCode::LinkSpent,
            AppError::SetupDone => ProblemCode::SetupDone,
            AppError::FormClosed => ProblemCode::FormClosed,
            AppError::FormNotOpen(at) => return Self(Box::new(Problem::not_open(at))),
            AppError::FormVersionRetired => ProblemCode::FormVersionRetired,
            AppError::ForeignOrigin => ProblemCode::ForeignOrigin,
            AppError::ProofRequired => ProblemCode::ProofRequired,
            AppError::ProofRefused => ProblemCode::ProofRefused,
            AppError::TooOften => ProblemCode::TooManyRequests,
            AppError::ExportBudgetSpent(at) => return Self(Box::new(Problem::export_budget_spent(at))),
            AppError::Busy => ProblemCode::Busy,
            AppError::TooSlow => ProblemCode::TooSlow,
            AppError::Unexpected(error) => {
                tracing::error!(%error, "a use case failed");
                ProblemCode::Internal
            }
        };
        code.into()
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.code())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.code())
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status_code());
        response.content_type("application/problem+json");
        match self.0.code {
            ProblemCode::TooManyRequests => {
                response.insert_header(("Retry-After", "60"));
            }
            ProblemCode::Busy => {
                response.insert_header(("Retry-After", "2"));
            }
            _ => {}
        }
        match serde_json::to_string(&self.0) {
            Ok(body) => response.body(body),
            Err(_) => response.finish(),
        }
    }
}

/// A problem document outside a handler.
pub fn answer(code: ProblemCode) -> HttpResponse {
    Failure::from(code).error_response()
}

/// Paths and queries that do not parse are problems too.
pub fn framework(config: &mut web::ServiceConfig) {
    fn path(_: actix_web::error::PathError, _: &HttpRequest) -> actix_web::Error {
        Failure::from(ProblemCode::NotFound).into()
    }
    fn query(_: actix_web::error::QueryPayloadError, _: &HttpRequest) -> actix_web::Error {
        Failure::from(ProblemCode::Malformed).into()
    }
    config
        .app_data(web::PathConfig::default().error_handler(path))
        .app_data(web::QueryConfig::default().error_handler(query));
}
