//! Rate limits, per process.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{hash::Hash, num::NonZeroU32, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zgoda_domain::{email::EmailAddress, id::AccountId};

/// How often things may be tried. Every number stands in docs/security.md.
#[derive(Clone)]
pub struct Limits {
    sign_in_by_account: Arc<DefaultKeyedRateLimiter<String>>,
    sign_in_by_network: Arc<DefaultKeyedRateLimiter<String>>,
    form_by_network: Option<Arc<DefaultKeyedRateLimiter<String>>>,
    password_by_account: Arc<DefaultKeyedRateLimiter<AccountId>>,
    reset_by_address: Arc<DefaultKeyedRateLimiter<String>>,
    reset_by_network: Arc<DefaultKeyedRateLimiter<String>>,
    code_by_network: Arc<DefaultKeyedRateLimiter<String>>,
    link_by_network: Arc<DefaultKeyedRateLimiter<String>>,
    uploads: Arc<Semaphore>,
}

/// Attempts to sign in per minute, for an address typed and the network it is typed from.
pub const SIGN_IN_PER_ACCOUNT: u32 = 5;
/// Attempts to sign in per minute from one network, whatever the address.
pub const SIGN_IN_PER_NETWORK: u32 = 30;
/// Attempts to change one's own password per minute.
pub const PASSWORD_CHECKS_PER_ACCOUNT: u32 = 5;
/// Links to choose a new password that one address can be sent per hour.
pub const RESETS_PER_ADDRESS: u32 = 3;
/// Requests for such links per hour from one network, whatever the address.
pub const RESETS_PER_NETWORK: u32 = 10;
/// Questions and answers about second factors per minute from one network.
pub const CODES_PER_NETWORK: u32 = 30;
/// Uses of links that work once per minute from one network.
pub const LINKS_PER_NETWORK: u32 = 10;
/// Files that are taken at the same time: each is held in memory whole.
pub const UPLOADS_AT_ONCE: usize = 8;

impl Limits {
    /// `forms_per_minute` counts submissions from one network; 0 for no limit.
    pub fn new(forms_per_minute: u32) -> Self {
        Self {
            sign_in_by_account: per_minute(SIGN_IN_PER_ACCOUNT),
            sign_in_by_network: per_minute(SIGN_IN_PER_NETWORK),
            form_by_network: (forms_per_minute > 0).then(|| per_minute(forms_per_minute)),
            password_by_account: per_minute(PASSWORD_CHECKS_PER_ACCOUNT),
            reset_by_address: per_hour(RESETS_PER_ADDRESS),
            reset_by_network: per_hour(RESETS_PER_NETWORK),
            code_by_network: per_minute(CODES_PER_NETWORK),
            link_by_network: per_minute(LINKS_PER_NETWORK),
            uploads: Arc::new(Semaphore::new(UPLOADS_AT_ONCE)),
        }
    }

    pub(crate) fn allows_sign_in(&self, email: &str, network: &str) -> bool {
        // What is no address is counted together: it can be as long as a body, and nobody's account has it.
        let address = EmailAddress::parse(email).map(|email| email.normalised()).unwrap_or_default();
        let account = format!("{address}|{network}");
        self.sign_in_by_network.check_key(&network.to_owned()).is_ok()
            && self.sign_in_by_account.check_key(&account).is_ok()
    }

    pub(crate) fn allows_submission(&self, network: &str) -> bool {
        self.form_by_network.as_ref().is_none_or(|limit| limit.check_key(&network.to_owned()).is_ok())
    }

    /// Whoever has no account has no password to check.
    pub(crate) fn allows_password_check(&self, account: Option<AccountId>) -> bool {
        account.is_some_and(|account| self.password_by_account.check_key(&account).is_ok())
    }

    pub(crate) fn allows_reset(&self, address: &str, network: &str) -> bool {
        self.reset_by_network.check_key(&network.to_owned()).is_ok()
            && self.reset_by_address.check_key(&address.to_owned()).is_ok()
    }

    pub(crate) fn allows_code(&self, network: &str) -> bool {
        self.code_by_network.check_key(&network.to_owned()).is_ok()
    }

    pub(crate) fn allows_link(&self, network: &str) -> bool {
        self.link_by_network.check_key(&network.to_owned()).is_ok()
    }

    /// A place for one upload, given back when it is dropped; `None` when all are taken.
    pub(crate) fn upload_place(&self) -> Option<OwnedSemaphorePermit> {
        self.uploads.clone().try_acquire_owned().ok()
    }

    /// Forgets networks and addresses that have been quiet; called now and then.
    pub fn sweep(&self) {
        self.sign_in_by_account.retain_recent();
        self.sign_in_by_network.retain_recent();
        self.password_by_account.retain_recent();
        self.reset_by_address.retain_recent();
        self.reset_by_network.retain_recent();
        self.code_by_network.retain_recent();
        self.link_by_network.retain_recent();
        if let Some(limit) = &self.form_by_network {
            limit.retain_recent();
        }
    }
}

fn per_minute<K: Hash + Eq + Clone>(count: u32) -> Arc<DefaultKeyedRateLimiter<K>> {
    Arc::new(RateLimiter::keyed(Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN))))
}

fn per_hour<K: Hash + Eq + Clone>(count: u32) -> Arc<DefaultKeyedRateLimiter<K>> {
    Arc::new(RateLimiter::keyed(Quota::per_hour(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN))))
}
