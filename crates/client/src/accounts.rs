//! Setting up, signing in, sessions, passwords, preferences, system activities.

use crate::transport::{Api, ApiError, Download, Either, Extra};
use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::Method;
use uuid::Uuid;
use zgoda_api_types::{
    Page,
    accounts::{
        ChangePassword, Installation, Me, Preferences, RequestPasswordReset, ResetPassword, Session, SetUp, SignIn,
        Unlock, UnlockWays,
    },
    audit::{AuditDetail, AuditEntry},
    second_factors::SecondFactorNeeded,
};
use zgoda_domain::{
    audit::{Action, RecordKind},
    id::{AccountId, AuditEventId, ClientId, SessionId},
};

/// What comes of address and password.
#[derive(Clone, Debug, PartialEq)]
pub enum SignInOutcome {
    SignedIn(Box<Me>),
    SecondFactor(SecondFactorNeeded),
}

impl Api {
    pub async fn installation(&self) -> Result<Installation, ApiError> {
        self.get("/installation").await
    }

    /// Makes the first owner and signs them in.
    pub async fn set_up(&self, body: &SetUp) -> Result<Me, ApiError> {
        self.post("/setup", body).await
    }

    pub async fn sign_in(&self, body: &SignIn) -> Result<SignInOutcome, ApiError> {
        self.post_either("/session", body).await.map(|answer| match answer {
            Either::First(me) => SignInOutcome::SignedIn(Box::new(me)),
            Either::Second(needed) => SignInOutcome::SecondFactor(needed),
        })
    }

    pub async fn sign_out(&self) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, "/session", None, Extra::default()).await
    }

    /// Exchanges the refresh token for a new pair; normally done by itself when needed.
    pub async fn refresh(&self) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, "/session/refresh", None, Extra::default()).await
    }

    pub async fn me(&self) -> Result<Me, ApiError> {
        self.get("/session").await
    }

    /// Says that someone is at work, so that the session is not locked.
    pub async fn note_activity(&self) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, "/session/activity", None, Extra::default()).await
    }

    /// Locks the session until [`Api::unlock`].
    pub async fn lock(&self) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, "/session/lock", None, Extra::default()).await
    }

    pub async fn unlock(&self, body: &Unlock) -> Result<(), ApiError> {
        self.act(Method::POST, "/session/unlock", Some(body), Extra::default()).await
    }

    /// What unlocks the session besides the password.
    pub async fn unlock_ways(&self) -> Result<UnlockWays, ApiError> {
        self.get("/session/unlock").await
    }

    pub async fn sessions(&self) -> Result<Vec<Session>, ApiError> {
        self.get("/sessions").await
    }

    pub async fn revoke_session(&self, id: SessionId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/sessions/{id}"), None, Extra::default()).await
    }

    pub async fn save_preferences(&self, body: &Preferences) -> Result<(), ApiError> {
        self.act(Method::PUT, "/preferences", Some(body), Extra::default()).await
    }

    /// Changes the own password; the account's other sessions end.
    pub async fn change_password(&self, body: &ChangePassword) -> Result<(), ApiError> {
        self.act(Method::POST, "/password", Some(body), Extra::default()).await
    }

    /// Asks for a link to choose a new password.
    pub async fn request_password_reset(&self, body: &RequestPasswordReset) -> Result<(), ApiError> {
        self.act(Method::POST, "/password-reset", Some(body), Extra::default()).await
    }

    /// Chooses a new password with the token of a link.
    pub async fn reset_password(&self, body: &ResetPassword) -> Result<(), ApiError> {
        self.act(Method::POST, "/password-reset/confirm", Some(body), Extra::default()).await
    }

    /// System activities, newest first.
    pub async fn audit_events(&self, after: Option<Uuid>) -> Result<Page<AuditEntry>, ApiError> {
        self.search_audit_events(AuditSearch::default(), after).await
    }

    /// Some system activities, newest first.
    pub async fn search_audit_events(
        &self,
        search: AuditSearch,
        after: Option<Uuid>,
    ) -> Result<Page<AuditEntry>, ApiError> {
        self.get(&paged(&format!("/audit-events{}", search.query()), after)).await
    }

    /// One system activity with its values before and after.
    pub async fn audit_event(&self, id: AuditEventId) -> Result<AuditDetail, ApiError> {
        self.get(&format!("/audit-events/{id}")).await
    }

    /// System activities as comma-separated values.
    pub async fn export_audit_events(&self, search: AuditSearch) -> Result<Download, ApiError> {
        self.download(&format!("/audit-events.csv{}", search.query())).await
    }

    /// Takes a change of a card back.
    pub async fn revert_change(&self, client: ClientId, event: AuditEventId) -> Result<(), ApiError> {
        let path = format!("/clients/{client}/history/{event}/revert");
        self.act::<()>(Method::POST, &path, None, Extra::default()).await
    }
}

/// Which system activities are asked for; everything that is given must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditSearch {
    pub client: Option<ClientId>,
    pub actor: Option<AccountId>,
    pub action: Option<Action>,
    pub record: Option<RecordKind>,
    /// Not before this moment.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub until: Option<DateTime<Utc>>,
}

impl AuditSearch {
    fn query(self) -> String {
        // `Z`, because a plus would have to be escaped.
        let moment = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let parts = [
            self.client.map(|id| format!("client={id}")),
            self.actor.map(|id| format!("actor={id}")),
            self.action.map(|action| format!("action={}", action.code())),
            self.record.map(|record| format!("record={}", record.code())),
            self.from.map(|at| format!("from={}", moment(at))),
            self.until.map(|at| format!("until={}", moment(at))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

/// A list's address from its `after`.
pub(crate) fn paged(path: &str, after: Option<Uuid>) -> String {
    match after {
        Some(after) => format!("{path}{}after={after}", if path.contains('?') { '&' } else { '?' }),
        None => path.to_owned(),
    }
}
