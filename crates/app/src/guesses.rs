//! Passwords tried for an address, from wherever they come.
//!
//! Five may be wrong; then each has to wait longer than the one before, up to a quarter of an hour. So an address is
//! worth at most 20 guesses in an hour and nobody is locked out for good (ASVS 6.3.1). Whoever signs in with a passkey
//! or from a remembered device does not come here, so nobody else can keep them waiting. Known and unknown addresses are
//! counted alike. Counted by this process alone.

use chrono::{DateTime, TimeDelta, Utc};
use moka::{ops::compute::CompResult, ops::compute::Op, sync::Cache};
use std::time::Duration;

/// Wrong passwords that cost no time.
const FREE: u32 = 5;
/// Waited after the last of them; doubled with each further one.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(1);
/// The longest wait.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);
/// An address nobody tried for this long begins anew.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);
/// Addresses remembered at the same time.
const MOST: u64 = 100_000;

#[derive(Clone, Copy)]
struct Tried {
    wrong: u32,
    last: DateTime<Utc>,
}

impl Tried {
    fn next(self) -> DateTime<Utc> {
        let wait = match self.wrong.checked_sub(FREE) {
            None => TimeDelta::zero(),
            Some(further) => (FIRST_WAIT * 2_i32.pow(further.min(4))).min(LONGEST_WAIT),
        };
        self.last + wait
    }
}

/// How often each address was tried.
#[derive(Clone)]
pub(crate) struct Guesses(Cache<String, Tried>);

impl Default for Guesses {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_idle(Duration::from_secs(2 * 3600)).build())
    }
}

impl Guesses {
    /// Whether a password may be tried for this address now. Counted as wrong until [`Self::forgive`], so that of many
    /// at once no more are admitted than one after the other.
    pub(crate) fn admits(&self, address: &str, now: DateTime<Utc>) -> bool {
        let done = self.0.entry_by_ref(address).and_compute_with(|found| {
            let before = found.map(moka::Entry::into_value).filter(|tried| now - tried.last < FORGOTTEN);
            match before {
                Some(tried) if now < tried.next() => Op::Nop,
                before => Op::Put(Tried { wrong: before.map_or(0, |tried| tried.wrong).saturating_add(1), last: now }),
            }
        });
        matches!(done, CompResult::Inserted(_) | CompResult::ReplacedWith(_))
    }

    /// The password was right after all.
    pub(crate) fn forgive(&self, address: &str) {
        let _ = self.0.entry_by_ref(address).and_compute_with(|found| match found.map(moka::Entry::into_value) {
            Some(tried) => Op::Put(Tried { wrong: tried.wrong.saturating_sub(1), ..tried }),
            None => Op::Nop,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_worth_at_most_twenty_guesses_in_any_hour() {
        let (guesses, start) = (Guesses::default(), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let admitted: Vec<i64> = (0..5 * 3600)
            .filter(|second| guesses.admits("a@example.com", start + TimeDelta::seconds(*second)))
            .collect();
        let most = admitted.iter().map(|from| admitted.iter().filter(|at| (*from..from + 3600).contains(*at)).count());
        assert!(most.max().is_some_and(|most| most <= 20), "{admitted:?}");
        // It never stops for good, and another address waits for nobody.
        assert!(admitted.last().is_some_and(|last| *last > 4 * 3600));
        assert!(guesses.admits("b@example.com", start));
    }

    #[test]
    fn right_passwords_cost_nothing_and_quiet_is_forgotten() {
        let (guesses, start) = (Guesses::default(), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        for _ in 0..50 {
            assert!(guesses.admits("a@example.com", start));
            guesses.forgive("a@example.com");
        }
        for _ in 0..FREE {
            assert!(guesses.admits("a@example.com", start));
        }
        assert!(!guesses.admits("a@example.com", start + TimeDelta::seconds(59)));
        let later = start + FORGOTTEN;
        assert!((0..FREE).all(|_| guesses.admits("a@example.com", later)));
        assert!(!guesses.admits("a@example.com", later));
    }
}
