//! Rate limits, per process.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{
    collections::HashMap,
    hash::Hash,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
};
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
    visitor_bytes: Option<Arc<DefaultKeyedRateLimiter<String>>>,
    visitor_uploads: Arc<Semaphore>,
    uploads_of_networks: UploadsOfNetworks,
    staff_uploads: Arc<Semaphore>,
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
/// Submissions with files that are taken at the same time: the files are held in memory whole.
pub const UPLOADS_AT_ONCE: usize = 8;
/// Those of them that one network may have.
pub const UPLOADS_OF_NETWORK: usize = 2;
/// Files of staff that are taken at the same time, whatever visitors do.
pub const STAFF_UPLOADS_AT_ONCE: usize = 4;
/// Mebibytes of submissions with files an hour from one network.
pub const UPLOADED_PER_NETWORK: u32 = 100;
/// What those are counted in, in bytes.
const UPLOAD_UNIT: usize = 1024;

/// Places taken by network.
type UploadsOfNetworks = Arc<Mutex<HashMap<String, usize>>>;

/// A place for one upload, given back when it is dropped: not before the files have left the memory.
pub(crate) struct UploadPlace {
    _place: OwnedSemaphorePermit,
    of_network: Option<(UploadsOfNetworks, String)>,
}

impl Drop for UploadPlace {
    fn drop(&mut self) {
        let Some((counts, network)) = &self.of_network else { return };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(network);
            }
        }
    }
}

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
            visitor_bytes: (forms_per_minute > 0)
                .then(|| per_hour(UPLOADED_PER_NETWORK * 1024 * 1024 / UPLOAD_UNIT as u32)),
            visitor_uploads: Arc::new(Semaphore::new(UPLOADS_AT_ONCE)),
            uploads_of_networks: Arc::default(),
            staff_uploads: Arc::new(Semaphore::new(STAFF_UPLOADS_AT_ONCE)),
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

    /// Counts so many bytes of a submission with files, before they are read.
    pub(crate) fn allows_upload(&self, network: &str, bytes: usize) -> bool {
        let units =
            u32::try_from(bytes.div_ceil(UPLOAD_UNIT)).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        self.visitor_bytes
            .as_ref()
            .is_none_or(|limit| matches!(limit.check_key_n(&network.to_owned(), units), Ok(Ok(()))))
    }

    /// A place for a submission with files; `None` when all are taken, or all of the network. A program of the company's
    /// own counts for no network.
    pub(crate) fn visitor_place(&self, network: Option<&str>) -> Option<UploadPlace> {
        let _place = self.visitor_uploads.clone().try_acquire_owned().ok()?;
        let of_network = match network {
            None => None,
            Some(network) => {
                let mut counts = self.uploads_of_networks.lock().unwrap_or_else(PoisonError::into_inner);
                let count = counts.entry(network.to_owned()).or_default();
                if *count >= UPLOADS_OF_NETWORK {
                    return None;
                }
                *count += 1;
                Some((self.uploads_of_networks.clone(), network.to_owned()))
            }
        };
        Some(UploadPlace { _place, of_network })
    }

    /// A place for a file of staff; `None` when all are taken.
    pub(crate) fn staff_place(&self) -> Option<OwnedSemaphorePermit> {
        self.staff_uploads.clone().try_acquire_owned().ok()
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
        if let Some(limit) = &self.visitor_bytes {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_two_places_for_uploads_and_leaves_the_rest_to_others() {
        let limits = Limits::new(20);
        let mut held: Vec<_> = (0..UPLOADS_OF_NETWORK).filter_map(|_| limits.visitor_place(Some("a"))).collect();
        assert_eq!(held.len(), UPLOADS_OF_NETWORK);
        assert!(limits.visitor_place(Some("a")).is_none());
        held.extend(limits.visitor_place(Some("b")));
        assert_eq!(held.len(), UPLOADS_OF_NETWORK + 1);
        held.remove(0);
        held.extend(limits.visitor_place(Some("a")));
        assert!(limits.visitor_place(Some("a")).is_none());
        while let Some(place) = limits.visitor_place(None) {
            held.push(place);
        }
        assert_eq!(held.len(), UPLOADS_AT_ONCE);
        assert!(limits.staff_place().is_some(), "staff wait for no visitor");
        drop(held);
        assert!(limits.uploads_of_networks.lock().unwrap().is_empty());
    }

    #[test]
    fn a_network_uploads_so_much_an_hour() {
        let (limits, mebibyte) = (Limits::new(20), 1024 * 1024);
        for _ in 0..UPLOADED_PER_NETWORK / 25 {
            assert!(limits.allows_upload("a", 25 * mebibyte));
        }
        assert!(!limits.allows_upload("a", 25 * mebibyte));
        assert!(limits.allows_upload("b", 25 * mebibyte));
        assert!(!limits.allows_upload("c", 1000 * mebibyte));
        assert!(Limits::new(0).allows_upload("a", 1000 * mebibyte));
    }
}
