//! Rate limits, per process.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{num::NonZeroU32, sync::Arc};

/// How often things may be tried. Every number stands in docs/security.md.
#[derive(Clone)]
pub struct Limits {
    sign_in_by_account: Arc<DefaultKeyedRateLimiter<String>>,
    sign_in_by_network: Arc<DefaultKeyedRateLimiter<String>>,
    form_by_network: Option<Arc<DefaultKeyedRateLimiter<String>>>,
}

/// Attempts to sign in per minute, for an address typed and the network it is typed from.
pub const SIGN_IN_PER_ACCOUNT: u32 = 5;
/// Attempts to sign in per minute from one network, whatever the address.
pub const SIGN_IN_PER_NETWORK: u32 = 30;

impl Limits {
    /// `forms_per_minute` counts submissions from one network; 0 for no limit.
    pub fn new(forms_per_minute: u32) -> Self {
        Self {
            sign_in_by_account: per_minute(SIGN_IN_PER_ACCOUNT),
            sign_in_by_network: per_minute(SIGN_IN_PER_NETWORK),
            form_by_network: (forms_per_minute > 0).then(|| per_minute(forms_per_minute)),
        }
    }

    pub(crate) fn allows_sign_in(&self, email: &str, network: &str) -> bool {
        let account = format!("{}|{network}", email.trim().to_lowercase());
        self.sign_in_by_network.check_key(&network.to_owned()).is_ok()
            && self.sign_in_by_account.check_key(&account).is_ok()
    }

    pub(crate) fn allows_submission(&self, network: &str) -> bool {
        self.form_by_network.as_ref().is_none_or(|limit| limit.check_key(&network.to_owned()).is_ok())
    }

    /// Forgets networks and addresses that have been quiet; called now and then.
    pub fn sweep(&self) {
        self.sign_in_by_account.retain_recent();
        self.sign_in_by_network.retain_recent();
        if let Some(limit) = &self.form_by_network {
            limit.retain_recent();
        }
    }
}

fn per_minute(count: u32) -> Arc<DefaultKeyedRateLimiter<String>> {
    Arc::new(RateLimiter::keyed(Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN))))
}
