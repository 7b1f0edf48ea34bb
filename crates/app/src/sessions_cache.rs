//! Sessions looked up a moment ago, so that a revocation, a deactivation or a change of role acts at once on every
//! replica (see [`Recent`]).

use crate::recent::Recent;
use moka::sync::Cache;
use std::time::Duration;
use zgoda_domain::{
    access::Role,
    id::{AccountId, RefreshTokenId, SessionId},
};

/// What a request needs to know of its session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LiveSession {
    pub account_id: AccountId,
    pub role: Role,
    pub expires_at: chrono::DateTime<chrono::Utc>,
    pub last_seen_at: chrono::DateTime<chrono::Utc>,
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
