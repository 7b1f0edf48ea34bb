//! Sessions looked up a moment ago, so that a revocation, a deactivation or a change of role acts at once on every
//! replica (see [`Recent`]).

use crate::recent::Recent;
use chrono::{DateTime, Utc};
use moka::sync::Cache;
use std::{sync::Arc, time::Duration};
use zgoda_domain::{
    access::Access,
    id::{AccountId, DepartmentId, RefreshTokenId, RoleId, SessionId},
};

/// What a request needs to know of its session.
#[derive(Clone, Debug)]
pub(crate) struct LiveSession {
    pub account_id: AccountId,
    pub role_id: RoleId,
    pub access: Arc<Access>,
    pub departments: Arc<[DepartmentId]>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// Last use by a person.
    pub active_at: DateTime<Utc>,
    pub locked: bool,
    /// When the person last proved who they are; `None` when a remembered device stood in for the second factor.
    pub proved_at: Option<DateTime<Utc>>,
    /// When they last showed a second factor, or a remembered device in its place.
    pub second_factor_at: Option<DateTime<Utc>>,
}

#[derive(Clone)]
pub(crate) struct SessionCache {
    pub(crate) live: Recent<SessionId, LiveSession>,
    /// Refresh tokens whose access tokens were seen in use.
    seen: Cache<RefreshTokenId, ()>,
}

impl Default for SessionCache {
    fn default() -> Self {
        Self {
            live: Recent::default(),
            seen: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(900)).build(),
        }
    }
}

impl SessionCache {
    pub(crate) fn was_seen(&self, id: RefreshTokenId) -> bool {
        self.seen.contains_key(&id)
    }

    pub(crate) fn note_seen(&self, id: RefreshTokenId) {
        self.seen.insert(id, ());
    }
}
