//! Two cards of one person become one: what that does to each consent, and what makes two cards look like one person's.

use crate::{
    code::coded_enum,
    consent::{ConsentEventKind, ConsentState, ConsentStatus, EvidenceGrade},
    id::WordingId,
};
use chrono::{DateTime, TimeDelta, Utc};

/// A merge can be undone for this long; afterwards what it put away is deleted.
pub const UNDO_FOR: TimeDelta = TimeDelta::days(30);

coded_enum!(
    /// Why two cards look like one person's. Codes are stored.
    DuplicateReason {
        Email = "email",
        Nip = "nip",
        Phone = "phone",
        /// The same or nearly the same name at one place.
        Name = "name",
    }
);

/// What is entered for the kept card, so that its consent allows no more than either card's did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinedConsent {
    pub kind: ConsentEventKind,
    pub occurred_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub grade: Option<EvidenceGrade>,
    pub wording_id: Option<WordingId>,
}

/// The stricter of two cards' consents, as an entry for the kept one; `None` where the kept one is strict enough.
///
/// A card that was never asked has said nothing, so that the kept card's own answer stays. What the kept card has no answer
/// to takes a no over, and of a yes only that it was claimed: joining cards gives nobody's consent.
pub fn join(kept: Option<&ConsentState>, other: Option<&ConsentState>) -> Option<JoinedConsent> {
    use ConsentEventKind as Kind;
    use ConsentStatus as Status;
    let other = other?;
    let plain = |kind| JoinedConsent {
        kind,
        occurred_at: other.since,
        expires_at: None,
        grade: None,
        wording_id: other.wording_id,
    };
    let Some(kept) = kept else {
        return Some(match other.status {
            Status::Refused | Status::Withdrawn => plain(Kind::Refused),
            _ => JoinedConsent { grade: Some(EvidenceGrade::D), ..plain(Kind::Imported) },
        });
    };
    match (kept.status, other.status) {
        // Two times no: the later one, so that nothing of between ends it.
        (Status::Refused | Status::Withdrawn, Status::Refused | Status::Withdrawn) => {
            (other.since > kept.since).then(|| plain(Kind::Refused))
        }
        (Status::Refused | Status::Withdrawn, _) => None,
        (_, Status::Withdrawn) => Some(plain(Kind::Withdrawn)),
        (_, Status::Refused) => Some(plain(Kind::Refused)),
        (Status::Given, Status::Given) => join_given(kept, other),
        // What ran out or was never answered allows nothing.
        (Status::Given, Status::Expired | Status::Requested) => Some(plain(Kind::Expired)),
        (Status::Expired | Status::Requested, _) => None,
    }
}

fn join_given(kept: &ConsentState, other: &ConsentState) -> Option<JoinedConsent> {
    let proves = |state: &ConsentState| state.grade.is_some_and(|grade| grade < EvidenceGrade::D);
    let grade = kept.grade.max(other.grade);
    let expires_at = match (kept.expires_at, other.expires_at) {
        (Some(one), Some(two)) => Some(one.min(two)),
        (one, two) => one.or(two),
    };
    if !proves(other) {
        return proves(kept).then_some(JoinedConsent {
            kind: ConsentEventKind::Expired,
            occurred_at: other.since,
            expires_at: None,
            grade: None,
            wording_id: None,
        });
    }
    if !proves(kept) || (grade == kept.grade && expires_at == kept.expires_at) {
        return None;
    }
    let wording_id = kept.wording_id;
    let occurred_at = kept.since.max(other.since);
    Some(JoinedConsent { kind: ConsentEventKind::Given, occurred_at, expires_at, grade, wording_id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consent::{StateEvent, apply},
        id::ConsentEventId,
    };
    use proptest::prelude::*;

    fn moment(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn any_state() -> impl Strategy<Value = ConsentState> {
        let status = proptest::sample::select(ConsentStatus::ALL.to_vec());
        let grade = proptest::option::of(proptest::sample::select(EvidenceGrade::ALL.to_vec()));
        (status, grade, 0_i64..100, proptest::option::of(0_i64..200)).prop_map(|(status, grade, since, expiry)| {
            let expires_at = expiry.map(moment);
            ConsentState {
                status,
                since: moment(since),
                expires_at,
                last_event: ConsentEventId::generate(moment(since), [1; 10]),
                grade,
                wording_id: None,
            }
        })
    }

    /// The kept card's consent after the merge.
    fn joined(kept: Option<&ConsentState>, other: Option<&ConsentState>) -> Option<ConsentState> {
        let Some(entry) = join(kept, other) else { return kept.copied() };
        let event = StateEvent {
            id: ConsentEventId::generate(moment(300), [2; 10]),
            kind: entry.kind,
            occurred_at: entry.occurred_at,
            expires_at: entry.expires_at,
            grade: entry.grade,
            wording_id: entry.wording_id,
        };
        Some(apply(kept, event).expect("the ledger takes what a merge enters"))
    }

    const MOMENTS: [i64; 7] = [0, 25, 50, 75, 100, 150, 250];

    proptest! {
        #[test]
        fn a_merge_allows_nothing_that_either_card_forbids(kept in any_state(), other in any_state()) {
            let after = joined(Some(&kept), Some(&other)).unwrap();
            for now in MOMENTS.map(moment) {
                prop_assert!(!after.allows_at(now) || (kept.allows_at(now) && other.allows_at(now)));
                // And takes nothing away that both allow.
                prop_assert_eq!(after.allows_at(now), kept.allows_at(now) && other.allows_at(now));
            }
        }

        #[test]
        fn a_no_of_either_card_stays_a_no(kept in proptest::option::of(any_state()), other in any_state()) {
            let no = |state: &ConsentState| matches!(state.status, ConsentStatus::Refused | ConsentStatus::Withdrawn);
            if no(&other) || kept.as_ref().is_some_and(no) {
                let after = joined(kept.as_ref(), Some(&other)).unwrap();
                prop_assert!(no(&after));
                let latest = [kept.as_ref(), Some(&other)].into_iter().flatten().filter(|state| no(state)).map(|state| state.since).max();
                prop_assert!(Some(after.since) >= latest);
            }
        }

        #[test]
        fn nobody_consents_by_being_merged(other in any_state()) {
            let after = joined(None, Some(&other)).unwrap();
            prop_assert!(MOMENTS.iter().all(|now| !after.allows_at(moment(*now))));
            prop_assert_eq!(joined(Some(&other), None), Some(other));
        }
    }
}
