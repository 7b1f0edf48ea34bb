//! Searches of one account at the same time: the others wait, so that nobody takes the connections of all.

use crate::tx::Reader;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zgoda_domain::id::AccountId;

/// Searches of one account at the same time, those of its keys and jobs included.
pub const SEARCHES_OF_ACCOUNT: usize = 2;

/// A connection to search by, and the place among the account's searches that it takes until it is dropped.
pub struct Searching<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) _place: Option<OwnedSemaphorePermit>,
}

impl Searching<'_> {
    pub fn reader(&self) -> Reader<'_> {
        self.reader
    }
}

/// Who searches now.
#[derive(Default)]
pub(crate) struct Searches(Mutex<HashMap<AccountId, Arc<Semaphore>>>);

impl Searches {
    /// A place, waited for; none is needed by whoever has no account, which is the program itself.
    pub async fn place(&self, account: Option<AccountId>) -> Option<OwnedSemaphorePermit> {
        let account = account?;
        let places = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, places| Arc::strong_count(places) > 1);
            all.entry(account).or_insert_with(|| Arc::new(Semaphore::new(SEARCHES_OF_ACCOUNT))).clone()
        };
        places.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn an_account_searches_twice_at_the_same_time_and_others_do_not_wait_for_it() {
        let searches = Searches::default();
        let [one, other] = [1, 2].map(|n| Some(AccountId::from_uuid(uuid::Uuid::from_u128(n))));
        let place = |account| searches.place(account).now_or_never().flatten();
        let mut held: Vec<_> = (0..SEARCHES_OF_ACCOUNT).filter_map(|_| place(one)).collect();
        assert_eq!(held.len(), SEARCHES_OF_ACCOUNT);
        assert!(place(one).is_none(), "it waits");
        held.extend(place(other));
        assert_eq!(held.len(), SEARCHES_OF_ACCOUNT + 1);
        drop(held.remove(0));
        held.extend(place(one));
        assert!(place(one).is_none(), "a place is taken once");
        held.clear();
        assert!(place(other).is_some());
        assert_eq!(searches.0.lock().unwrap().len(), 1, "who is done is forgotten");
    }
}
