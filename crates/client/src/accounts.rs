//! Setting up, signing in, sessions, preferences, system activities.

use crate::transport::{Api, ApiError, Extra};
use reqwest::Method;
use uuid::Uuid;
use zgoda_api_types::{
    Page,
    accounts::{Installation, Me, Preferences, Session, SetUp, SignIn, Unlock},
    audit::AuditEntry,
};
use zgoda_domain::id::SessionId;

impl Api {
    pub async fn installation(&self) -> Result<Installation, ApiError> {
        self.get("/installation").await
    }

    /// Makes the first owner and signs them in.
    pub async fn set_up(&self, body: &SetUp) -> Result<Me, ApiError> {
        self.post("/setup", body).await
    }

    pub async fn sign_in(&self, body: &SignIn) -> Result<Me, ApiError> {
        self.post("/session", body).await
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

    pub async fn sessions(&self) -> Result<Vec<Session>, ApiError> {
        self.get("/sessions").await
    }

    pub async fn revoke_session(&self, id: SessionId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/sessions/{id}"), None, Extra::default()).await
    }

    pub async fn save_preferences(&self, body: &Preferences) -> Result<(), ApiError> {
        self.act(Method::PUT, "/preferences", Some(body), Extra::default()).await
    }

    /// System activities, newest first.
    pub async fn audit_events(&self, after: Option<Uuid>) -> Result<Page<AuditEntry>, ApiError> {
        self.get(&paged("/audit-events", after)).await
    }
}

/// A list's address from its `after`.
pub(crate) fn paged(path: &str, after: Option<Uuid>) -> String {
    match after {
        Some(after) => format!("{path}{}after={after}", if path.contains('?') { '&' } else { '?' }),
        None => path.to_owned(),
    }
}
